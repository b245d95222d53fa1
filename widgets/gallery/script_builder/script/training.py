"""Write the step that trains: quantization, adapter, arguments and trainer."""

from __future__ import annotations

import json
from collections.abc import Iterator

from widgets.catalog.lora_counts import target_module_names
from widgets.gallery.script_builder.script.choices import PRECISIONS
from widgets.gallery.script_builder.script.settings import Settings, literal

LLAMA_NAMES = {"q,v": ["q_proj", "v_proj"], "q,k,v,o": ["q_proj", "k_proj", "v_proj", "o_proj"]}
"""Target modules of a model that is not in the catalogue."""


def train_function(settings: Settings) -> str:
    """Write ``train``."""
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
