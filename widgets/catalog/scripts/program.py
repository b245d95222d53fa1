"""Write the training script: one readable file, from the rows to an answer of the finished model.

The script has the shape of the program in lesson 7: a few names in capitals, one function for each step, and the
steps named on the command line. Everything that comes from the reader stands in the names in capitals or in a keyword
argument, as a Python literal, so no text of a reader can become code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from widgets.catalog.lora import target_module_names
from widgets.catalog.scripts.rows import (
    AS_MESSAGES,
    PROMPT_FUNCTION,
    needs_as_messages,
    rows_function,
    sample_prompt,
    uses_dolly,
)
from widgets.catalog.scripts.settings import PRECISIONS, Settings

FILE_NAME = "train.py"

CHAT_TEMPLATE = r"""CHAT_TEMPLATE = (  # for models that come without one
    "{{ bos_token }}{% for message in messages %}"
    "### {{ message['role'] }}:\n{{ message['content'] }}{{ eos_token }}\n"
    "{% endfor %}{% if add_generation_prompt %}### assistant:\n{% endif %}"
)"""

LOAD_TOKENIZER = '''def load_tokenizer():
    """Load the tokenizer, and give it a chat template if the model has none."""
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    if tokenizer.chat_template is None:
        tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer'''

LLAMA_NAMES = {"q,v": ["q_proj", "v_proj"], "q,k,v,o": ["q_proj", "k_proj", "v_proj", "o_proj"]}
"""Target modules of a model that is not in the catalogue."""


def write_program(settings: Settings) -> str:
    """Write the script. The settings have no problem (:func:`widgets.catalog.scripts.problems.find_problems`)."""
    blocks = [
        _docstring(settings),
        _imports(settings),
        _names(settings),
        PROMPT_FUNCTION if uses_dolly(settings) else "",
        LOAD_TOKENIZER if settings.is_chat else "",
        AS_MESSAGES if needs_as_messages(settings) else "",
        rows_function(settings),
        _train(settings),
        _merge(settings) if settings.merges else "",
        _score(settings) if settings.method == "reward-model" else _generate(settings),
        _main(settings),
    ]
    head, rest = blocks[:3], [block for block in blocks[3:] if block]
    return "\n\n".join(head) + "\n\n\n" + "\n\n\n".join(rest) + "\n"


def literal(value: str | float | bool) -> str:
    """Write a value as Python: a text in double quotes, a number as short as it can be.

    >>> literal("my-model"), literal(2e-05), literal(3.0)
    ('"my-model"', '2e-05', '3')
    """
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return repr(value)


def steps(settings: Settings) -> tuple[str, ...]:
    """Name the steps of the script, in their order."""
    last = "score" if settings.method == "reward-model" else "generate"
    return ("train", "merge", last) if settings.merges else ("train", last)


def _docstring(settings: Settings) -> str:
    names = steps(settings)
    verb = settings.way.verb.format(model=settings.model)
    how = {"full": "all weights", "lora": "a LoRA adapter", "qlora": "a LoRA adapter on a 4-bit base (QLoRA)"}
    train_line = f"    python {FILE_NAME}"
    last_line = f"    python {FILE_NAME} {names[-1]}"
    width = max(len(train_line), len(last_line)) + 4
    return "\n".join(
        [
            f'"""{verb}.',
            "",
            f"What is trained: {how[settings.tuning]}.",
            "",
            f"{train_line:<{width}}# {', '.join(names)}",
            f"{last_line:<{width}}# only the last step",
            '"""',
        ]
    )


def _imports(settings: Settings) -> str:
    way, is_reward = settings.way, settings.method == "reward-model"
    head = "SequenceClassification" if is_reward else "CausalLM"
    peft = ["LoraConfig"] if settings.has_adapter else []
    peft += [f"AutoPeftModelFor{head}"] if settings.has_adapter else []
    transformers = ["AutoTokenizer"]
    transformers += [f"AutoModelFor{head}"] if settings.merges or not settings.has_adapter else []
    transformers += ["BitsAndBytesConfig"] if settings.tuning == "qlora" else []
    lines = ["import sys", "", "import torch", "from datasets import load_dataset"]
    lines += [f"from peft import {', '.join(sorted(peft))}"] if peft else []
    lines += [f"from transformers import {', '.join(sorted(transformers))}"]
    lines += [f"from trl import {way.config}, {way.trainer}"]
    return "\n".join(lines)


def _names(settings: Settings) -> str:
    lines = [f"MODEL = {literal(settings.model)}", f"DATASET = {literal(settings.dataset_name)}"]
    if settings.way.samples_answers:
        lines.append(f"REWARD_MODEL = {literal(settings.reward_model)}  # a folder, or a name on the Hub")
    lines.append(f"OUTPUT_DIR = {literal(settings.output_dir)}")
    if settings.merges:
        lines.append(f"MERGED_DIR = {literal(settings.output_dir + '-merged')}")
    lines += _prompt(sample_prompt(settings))
    lines.append("HAS_GPU = torch.cuda.is_available()")
    if settings.is_chat:
        lines += [CHAT_TEMPLATE]
    return "\n".join(lines)


def _prompt(text: str) -> list[str]:
    """Write what the finished model is asked; a text of several paragraphs takes several lines."""
    *first, last = text.split("\n\n")
    if not first:
        return [f"PROMPT = {literal(text)}  # what the finished model is asked"]
    pieces = [*(f"{piece}\n\n" for piece in first), last]
    return ["PROMPT = (  # what the finished model is asked", *(f"    {literal(piece)}" for piece in pieces), ")"]


def _train(settings: Settings) -> str:
    has_held_out = not settings.way.samples_answers
    tokenizer = "load_tokenizer()" if settings.is_chat else "AutoTokenizer.from_pretrained(MODEL)"
    what = "the adapter" if settings.has_adapter else "the model"
    lines = [
        "def train():",
        f'    """Train; save {what} and the tokenizer."""',
        "    rows = load_rows()",
        f"    tokenizer = {tokenizer}",
        *_quantization(settings),
        *_adapter(settings),
        f"    arguments = {settings.way.config}(",
        *(f"        {line}" for line in _arguments(settings)),
        "    )",
        f"    trainer = {settings.way.trainer}(",
        "        model=MODEL,",
        *(["        reward_funcs=REWARD_MODEL,"] if settings.way.samples_answers else []),
        "        args=arguments,",
        *(
            ['        train_dataset=rows["train"],', '        eval_dataset=rows["test"],']
            if has_held_out
            else ["        train_dataset=rows,"]
        ),
        "        processing_class=tokenizer,",
        *(["        peft_config=adapter,"] if settings.has_adapter else []),
        *(["        quantization_config=quantization,"] if settings.tuning == "qlora" else []),
        "    )",
        *(["    trainer.model.print_trainable_parameters()"] if settings.has_adapter else []),
        "    trainer.train()",
        "    trainer.save_model(OUTPUT_DIR)  # the tokenizer too: it was given as processing_class",
    ]
    return "\n".join(lines)


def _quantization(settings: Settings) -> Iterator[str]:
    if settings.tuning != "qlora":
        return
    dtype = f"torch.{PRECISIONS[settings.precision]}"
    yield "    quantization = BitsAndBytesConfig("
    yield "        load_in_4bit=True,"
    yield '        bnb_4bit_quant_type="nf4",'
    yield "        bnb_4bit_use_double_quant=True,  # quantize the constants of the blocks, too"
    yield f"        bnb_4bit_compute_dtype={dtype},"
    yield f"        bnb_4bit_quant_storage={dtype},  # FSDP and ZeRO-3 can only split floating-point numbers"
    if settings.method == "reward-model":
        yield '        llm_int8_skip_modules=["score"],  # the new head is trained in full, so it stays as it is'
    yield "    )"


def _adapter(settings: Settings) -> Iterator[str]:
    if not settings.has_adapter:
        return
    scaling = settings.alpha / settings.rank
    yield "    adapter = LoraConfig("
    yield f"        r={settings.rank},"
    yield f"        lora_alpha={settings.alpha},  # the update is scaled by alpha / r = {scaling:g}"
    yield f"        lora_dropout={literal(settings.dropout)},"
    yield f"        target_modules={target_modules(settings)},"
    if settings.method == "reward-model":
        yield '        modules_to_save=["score"],  # the head that gives the reward is new: train and save it whole'
        yield '        task_type="SEQ_CLS",'
    else:
        yield '        task_type="CAUSAL_LM",'
    yield "    )"


def target_modules(settings: Settings) -> str:
    """Write PEFT's ``target_modules`` as Python: a text, or the list of this model's names."""
    if settings.is_known:
        names = target_module_names(settings.model, settings.target_modules)
    else:
        names = LLAMA_NAMES.get(settings.target_modules, settings.target_modules)
    return json.dumps(names)


def _arguments(settings: Settings) -> Iterator[str]:
    way, precision = settings.way, settings.precision
    yield 'output_dir="checkpoints",'
    # Mixed precision keeps trained weights in fp32 and computes in 16 bits.
    weights = "float32" if settings.tuning == "full" else PRECISIONS[precision]
    note = "  # trained weights stay in 32 bits" if settings.tuning == "full" and precision != "fp32" else ""
    yield f'model_init_kwargs={{"dtype": "{weights}"}},{note}'
    if way.samples_answers:
        yield f"num_generations={settings.num_generations},  # answers to one prompt that are compared"
        yield f"max_completion_length={settings.max_length},"
    else:
        yield f"max_length={settings.max_length},"
    if settings.turn_end:
        yield f"eos_token={literal(settings.turn_end)},  # what the chat template ends a turn with"
    if settings.method in ("dpo", "grpo", "rloo"):
        yield f"beta={literal(settings.beta)},  # pull towards the reference model"
    if settings.method == "dpo" and settings.tuning == "full" and settings.strategy == "none":
        yield "precompute_ref_log_probs=True,  # ask the reference once, then free its memory"
    if settings.method == "reward-model":
        yield "center_rewards_coefficient=0.01,  # keep the mean reward near zero"
    yield f"num_train_epochs={literal(settings.num_train_epochs)},"
    yield f"per_device_train_batch_size={settings.per_device_train_batch_size},"
    if not way.samples_answers:
        yield f"per_device_eval_batch_size={settings.per_device_train_batch_size},"
    gpus = f" × {settings.gpus} GPUs" if settings.gpus > 1 else ""
    unit = "answers" if way.samples_answers else "rows"
    factors = f"{settings.per_device_train_batch_size} × {settings.gradient_accumulation_steps}{gpus}"
    yield (
        f"gradient_accumulation_steps={settings.gradient_accumulation_steps},"
        f"  # {factors} = {settings.rows_per_update} {unit} an update"
    )
    yield f"learning_rate={literal(settings.learning_rate)},"
    yield 'lr_scheduler_type="cosine",'
    yield "warmup_steps=0.03,  # below 1: a share of all steps"
    yield "logging_steps=5,"
    if not way.samples_answers:
        yield 'eval_strategy="epoch",'
    yield f"bf16={'HAS_GPU' if precision == 'bf16' else 'False'},"
    if precision == "fp16":
        yield "fp16=HAS_GPU,"
    yield "use_cpu=not HAS_GPU,"
    yield 'report_to="none",'
    yield "seed=0,"


def _merge(settings: Settings) -> str:
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


def _generate(settings: Settings) -> str:
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


def _score(settings: Settings) -> str:
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


def _main(settings: Settings) -> str:
    names = steps(settings)
    listed = ", ".join(f'"{name}"' for name in names)
    functions = ", ".join(f'"{name}": {name}' for name in names)
    return "\n".join(
        [
            'if __name__ == "__main__":',
            f"    for step in sys.argv[1:] or [{listed}]:",
            f"        {{{functions}}}[step]()",
        ]
    )
