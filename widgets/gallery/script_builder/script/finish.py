"""Write the steps after training: merge the adapter, and let the finished model answer, or score."""

from __future__ import annotations

from widgets.gallery.script_builder.script.choices import PRECISIONS
from widgets.gallery.script_builder.script.rows import uses_dolly
from widgets.gallery.script_builder.script.settings import Settings


def merge_function(settings: Settings) -> str:
    """Write ``merge``."""
    is_reward = settings.method == "reward-model"
    auto = f"AutoPeftModelFor{'SequenceClassification' if is_reward else 'CausalLM'}"
    labels = ", num_labels=1" if is_reward else ""
    dtype = PRECISIONS[settings.precision]
    bits = 32 if settings.precision == "fp32" else 16
    lines = [
        "def merge():",
        f'    """Add the adapter into a fresh {bits}-bit copy of the base; save one ordinary model."""',
        "    tokenizer = AutoTokenizer.from_pretrained(OUTPUT_DIR)",
        f"    model = {auto}.from_pretrained(OUTPUT_DIR{labels}, dtype=torch.{dtype})",
        "    model = model.merge_and_unload()",
    ]
    if is_reward:
        lines.append("    model.config.pad_token_id = tokenizer.pad_token_id  # the reward is read before the padding")
    if settings.turn_end:
        lines.append("    model.generation_config.eos_token_id = tokenizer.eos_token_id")
    lines += ["    model.save_pretrained(MERGED_DIR)", "    tokenizer.save_pretrained(MERGED_DIR)"]
    return "\n".join(lines)


def _load_finished(settings: Settings) -> list[str]:
    """Give the lines that load what was trained, merged or not."""
    is_reward = settings.method == "reward-model"
    head = "SequenceClassification" if is_reward else "CausalLM"
    folder = "MERGED_DIR" if settings.merges else "OUTPUT_DIR"
    peft = "Peft" if settings.has_adapter and not settings.merges else ""
    labels = ", num_labels=1" if is_reward and peft else ""
    lines = [
        f"    tokenizer = AutoTokenizer.from_pretrained({folder})",
        f'    model = Auto{peft}ModelFor{head}.from_pretrained({folder}{labels}, dtype="auto")',
    ]
    if is_reward and peft:
        lines.append("    model.config.pad_token_id = tokenizer.pad_token_id")
    return [*lines, '    model.to("cuda" if HAS_GPU else "cpu").eval()']


def generate_function(settings: Settings) -> str:
    """Write ``generate``."""
    if settings.is_chat:
        inputs = [
            '    chat = [{"role": "user", "content": PROMPT}]',
            "    inputs = tokenizer.apply_chat_template(",
            '        chat, add_generation_prompt=True, return_dict=True, return_tensors="pt"',
            "    ).to(model.device)",
        ]
    else:
        text = "prompt_text(PROMPT)" if uses_dolly(settings) else "PROMPT"
        inputs = [f'    inputs = tokenizer({text}, return_tensors="pt").to(model.device)']
    return "\n".join(
        [
            "def generate():",
            '    """Let the finished model answer one prompt."""',
            *_load_finished(settings),
            *inputs,
            "    output = model.generate(",
            "        **inputs, max_new_tokens=120, do_sample=False, eos_token_id=tokenizer.eos_token_id",
            "    )",
            '    answer = output[0, inputs["input_ids"].shape[1] :]  # without the prompt',
            "    print(tokenizer.decode(answer, skip_special_tokens=True))",
        ]
    )


def score_function(settings: Settings) -> str:
    """Write ``score``, for reward models."""
    return "\n".join(
        [
            "def score():",
            '    """Let the reward model score two answers; the better one should get more."""',
            *_load_finished(settings),
            '    for answer in ("Wrap a present, clean a window, fold a boat.", "No."):',
            "        chat = [",
            '            {"role": "user", "content": PROMPT},',
            '            {"role": "assistant", "content": answer},',
            "        ]",
            '        inputs = tokenizer.apply_chat_template(chat, return_dict=True, return_tensors="pt")',
            "        with torch.no_grad():",
            "            reward = model(**inputs.to(model.device)).logits[0, 0].item()",
            '        print(f"{reward:+.3f}  {answer}")',
        ]
    )
