"""Write the training script: one readable file, from the rows to an answer of the finished model.

The script has the shape of the program in lesson 7: a few names in capitals, one function for each step, and the
steps named on the command line. Everything that comes from the reader stands in the names in capitals or in a keyword
argument, as a Python literal, so no text of a reader can become code.
"""

from __future__ import annotations

from widgets.gallery.script_builder.script.choices import TRAINED
from widgets.gallery.script_builder.script.finish import generate_function, merge_function, score_function
from widgets.gallery.script_builder.script.rows import (
    AS_MESSAGES,
    PROMPT_FUNCTION,
    needs_as_messages,
    rows_function,
    sample_prompt,
    uses_dolly,
)
from widgets.gallery.script_builder.script.settings import Settings, literal
from widgets.gallery.script_builder.script.training import train_function

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


def write_program(settings: Settings) -> str:
    """Write the script. The settings have no problem (see ``problems.py``)."""
    blocks = [
        _docstring(settings),
        _imports(settings),
        _names(settings),
        PROMPT_FUNCTION if uses_dolly(settings) else "",
        LOAD_TOKENIZER if settings.is_chat else "",
        AS_MESSAGES if needs_as_messages(settings) else "",
        rows_function(settings),
        train_function(settings),
        merge_function(settings) if settings.merges else "",
        score_function(settings) if settings.method == "reward-model" else generate_function(settings),
        _main(settings),
    ]
    head, rest = blocks[:3], [block for block in blocks[3:] if block]
    return "\n\n".join(head) + "\n\n\n" + "\n\n\n".join(rest) + "\n"


def steps(settings: Settings) -> tuple[str, ...]:
    """Name the steps of the script, in their order."""
    last = "score" if settings.method == "reward-model" else "generate"
    return ("train", "merge", last) if settings.merges else ("train", last)


def _docstring(settings: Settings) -> str:
    names = steps(settings)
    verb = settings.way.verb.format(model=settings.model)
    train_line = f"    python {FILE_NAME}"
    last_line = f"    python {FILE_NAME} {names[-1]}"
    width = max(len(train_line), len(last_line)) + 4
    return "\n".join(
        [
            f'"""{verb}.',
            "",
            f"What is trained: {TRAINED[settings.tuning]}.",
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
