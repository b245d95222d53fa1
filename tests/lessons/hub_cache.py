"""Build a Hugging Face cache that stands in for the real one: ``python -m tests.lessons.hub_cache FOLDER``.

The lessons name real models and real data. Tests must neither download gigabytes nor depend on a network, so this
module writes a cache folder in which every one of those names leads to a **tiny random checkpoint** or a **few
made-up rows**. With ``HF_HOME`` set to that folder and ``HF_HUB_OFFLINE=1`` the lessons' programs run unmodified.

What is kept of the real thing, because programs depend on it: the architecture, which special tokens there are and
which of them is the padding (some models have none), whether a chat template comes along, tied or separate output
head, the stored precision, the column names of the data. What is not: sizes, the vocabulary's words, and any ability
to answer. Losses and answers from these weights mean nothing.

Everything is seeded and nothing depends on the clock, so the same libraries give the same files.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REVISION = "0" * 40
"""Commit name under which every repository of the cache is stored."""

HIDDEN_SIZE, INTERMEDIATE_SIZE, LAYERS, HEADS, KEY_VALUE_HEADS = 64, 128, 2, 4, 2
"""Widths are multiples of 32: bitsandbytes asks for that when it multiplies 4-bit weights on some CPUs."""

VOCABULARY, CONTEXT = 512, 2048

CHATML = """\
{%- if messages[0]['role'] != 'system' -%}
{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
"""

TEXT = (
    "The quick brown fox asks a question and the assistant answers politely.",
    "What is LoRA? Low-rank adaptation adds two small matrices to every layer.",
    "You are a helpful assistant. Explain quantization in one sentence. 0123456789",
    "### Instruction: Name three uses for an old newspaper. ### Response: Wrap, clean, fold.",
    "Below is an instruction that describes a task. Write a response that completes the request.",
)


@dataclass(frozen=True)
class Model:
    """A model of the cache.

    Attributes:
        name: Repository, as on the Hub.
        family: Architecture: ``qwen2``, ``llama`` or ``mistral``.
        special: Special tokens, in the order of their ids.
        bos, eos, pad: Special tokens by role; None where the real tokenizer has none.
        adds_bos: Whether encoding puts the first token before every text.
        is_chat: Whether a chat template comes with the tokenizer.
        is_tied: Whether the output head shares the embedding's weights.
        dtype: Precision of the stored weights.
    """

    name: str
    family: str
    special: tuple[str, ...]
    bos: str | None
    eos: str
    pad: str | None
    adds_bos: bool = False
    is_chat: bool = False
    is_tied: bool = False
    dtype: str = "bfloat16"


QWEN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
SENTENCEPIECE = ("<unk>", "<s>", "</s>")

MODELS = (
    Model("Qwen/Qwen2.5-0.5B", "qwen2", QWEN, None, QWEN[0], QWEN[0], is_chat=True, is_tied=True),
    Model("Qwen/Qwen2.5-0.5B-Instruct", "qwen2", QWEN, None, QWEN[2], QWEN[0], is_chat=True, is_tied=True),
    Model("Qwen/Qwen2.5-7B", "qwen2", QWEN, None, QWEN[0], QWEN[0], is_chat=True),
    Model("HuggingFaceTB/SmolLM2-135M", "llama", QWEN, QWEN[0], QWEN[0], None, is_tied=True),
    Model("meta-llama/Llama-2-7b-hf", "llama", SENTENCEPIECE, "<s>", "</s>", None, adds_bos=True, dtype="float16"),
    Model("mistralai/Mistral-7B-v0.1", "mistral", SENTENCEPIECE, "<s>", "</s>", None, adds_bos=True),
)


def dolly_row(i: int) -> dict[str, str]:
    """Make row ``i`` in the columns of ``databricks/databricks-dolly-15k``."""
    return {
        "instruction": f"Name the colour of item {i}.",
        "context": "" if i % 2 else f"Item {i} is green.",
        "response": f"Item {i} is green.",
        "category": "open_qa" if i % 2 else "closed_qa",
    }


def alpaca_row(i: int) -> dict[str, str]:
    """Make row ``i`` in the columns of ``tatsu-lab/alpaca``."""
    instruction, context, output = f"Name the colour of item {i}.", "" if i % 2 else f"item {i}", f"Item {i} is green."
    text = f"### Instruction:\n{instruction}\n\n### Response:\n{output}"
    return {"instruction": instruction, "input": context, "output": output, "text": text}


DATASETS: dict[str, Callable[[int], dict[str, str]]] = {
    "databricks/databricks-dolly-15k": dolly_row,
    "tatsu-lab/alpaca": alpaca_row,
}
ROWS = 160
"""Rows of each dataset: enough for the 100 that lessons hold out, few enough for an epoch in seconds."""


def names() -> tuple[str, ...]:
    """List every model and dataset that the cache stands in for."""
    return (*(model.name for model in MODELS), *DATASETS)


def build(home: Path) -> None:
    """Write the cache into ``home``, which becomes ``HF_HOME``; what was there is replaced.

    Args:
        home: Folder to make. It appears only when it is complete.
    """
    fresh = home.with_name(f"{home.name}-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    for model in MODELS:
        save_model(model, fresh / "hub")
    for name, row in DATASETS.items():
        save_dataset(name, [row(i) for i in range(ROWS)], fresh / "datasets")
    shutil.rmtree(home, ignore_errors=True)
    fresh.rename(home)


def save_model(model: Model, hub: Path) -> None:
    """Write one model's tokenizer, configuration and random weights in the layout of the hub cache."""
    import torch
    import transformers

    repository = hub / f"models--{model.name.replace('/', '--')}"
    snapshot = repository / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(REVISION, encoding="utf-8")

    tokenizer = make_tokenizer(model)
    tokenizer.save_pretrained(snapshot)
    kinds = {
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "mistral": (transformers.MistralConfig, transformers.MistralForCausalLM),
    }
    configuration_class, model_class = kinds[model.family]
    configuration = configuration_class(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN_SIZE,
        intermediate_size=INTERMEDIATE_SIZE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_VALUE_HEADS,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=model.is_tied,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    model_class(configuration).to(getattr(torch, model.dtype)).save_pretrained(snapshot)


def make_tokenizer(model: Model) -> Any:
    """Train a byte-level tokenizer on a few sentences and give it the special tokens of a model."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(model.special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    core.train_from_iterator(TEXT * 4, trainer)
    if model.adds_bos and model.bos:
        core.post_processor = processors.TemplateProcessing(
            single=f"{model.bos} $A", pair=f"{model.bos} $A {model.bos} $B", special_tokens=[(model.bos, 1)]
        )
    roles = {"bos_token": model.bos, "eos_token": model.eos, "pad_token": model.pad}
    if "<unk>" in model.special:
        roles["unk_token"] = "<unk>"
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, model_max_length=CONTEXT, **{role: token for role, token in roles.items() if token}
    )
    if model.is_chat:
        tokenizer.chat_template = CHATML
    return tokenizer


def save_dataset(name: str, rows: list[dict[str, str]], cache: Path) -> None:
    """Write rows where ``datasets`` keeps a dataset that it has downloaded and prepared."""
    from datasets import Dataset

    short = name.rpartition("/")[2].lower()
    folder = cache / name.replace("/", "___") / "default" / "0.0.0" / REVISION
    temporary = cache / "temporary"
    Dataset.from_list(rows).save_to_disk(temporary)
    folder.mkdir(parents=True)
    arrow = folder / f"{short}-train.arrow"
    shutil.copy(next(temporary.glob("*.arrow")), arrow)
    size = arrow.stat().st_size
    information = {
        "features": json.loads((temporary / "dataset_info.json").read_text(encoding="utf-8"))["features"],
        "builder_name": "json",
        "dataset_name": short,
        "config_name": "default",
        "version": {"version_str": "0.0.0", "major": 0, "minor": 0, "patch": 0},
        "splits": {"train": {"name": "train", "num_bytes": size, "num_examples": len(rows), "dataset_name": short}},
        "download_size": size,
        "dataset_size": size,
        "size_in_bytes": size,
    }
    (folder / "dataset_info.json").write_text(json.dumps(information), encoding="utf-8")
    shutil.rmtree(temporary)


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    build(Path(sys.argv[1]))
