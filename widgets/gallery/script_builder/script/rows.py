"""Write the part of the script that loads the rows: from an example on the Hub, the reader's own dataset, or a file."""

from __future__ import annotations

from widgets.gallery.script_builder.script.choices import FORMATS
from widgets.gallery.script_builder.script.settings import Settings

PROMPT_FUNCTION = '''def prompt_text(instruction, context=""):
    """Write a request exactly as the model sees it, in training and afterwards."""
    context_block = f"### Context:\\n{context}\\n\\n" if context else ""
    return f"### Instruction:\\n{instruction}\\n\\n{context_block}### Response:\\n"'''

QUESTION = "Name three uses for an old newspaper."


def uses_dolly(settings: Settings) -> bool:
    """Tell whether the rows are Dolly's, whose columns become prompt and completion."""
    return settings.source == "example" and settings.format_id == "prompt-completion"


def sample_prompt(settings: Settings) -> str:
    """Give what the finished model is asked, written as the rows write it."""
    if settings.format_id != "text":
        return QUESTION
    if settings.source == "example":
        return (
            "Below is an instruction that describes a task. Write a response that appropriately completes the "
            f"request.\n\n### Instruction:\n{QUESTION}\n\n### Response:"
        )
    return "Once upon a time"


def rows_function(settings: Settings) -> str:
    """Write ``load_rows``. It returns training and held-out rows; for sampled answers, training rows only."""
    has_held_out = not settings.way.samples_answers
    what = "training and held-out rows" if has_held_out else "the prompts"
    lines = ["def load_rows():", f'    """Return {what}."""', *_load(settings), *_shape(settings)]
    last = "rows.train_test_split(test_size=0.05, seed=0)" if has_held_out else "rows"
    return "\n".join([*lines, f"    return {last}"])


def _load(settings: Settings) -> list[str]:
    if settings.source == "jsonl":
        row = FORMATS[settings.format_id].row
        return [f"    # one row a line: {row}", '    rows = load_dataset("json", data_files=DATASET, split="train")']
    return ['    rows = load_dataset(DATASET, split="train")']


def _shape(settings: Settings) -> list[str]:
    """Give the lines that turn the columns into what the trainer reads."""
    shape = {
        "prompt-completion": _prompt_completion,
        "messages": _messages,
        "text": _text,
        "preference": _preference,
        "prompt": _prompt,
    }
    return shape[settings.format_id](settings)


def _prompt_completion(settings: Settings) -> list[str]:
    if not uses_dolly(settings):
        return ['    rows = rows.select_columns(["prompt", "completion"])  # only the completion is graded']
    return [
        "    columns = rows.column_names",
        "    rows = rows.map(",
        "        lambda row: {",
        '            "prompt": prompt_text(row["instruction"], row["context"]),',
        '            "completion": row["response"],  # only this is graded',
        "        },",
        "        remove_columns=columns,",
        "    )",
    ]


def _messages(settings: Settings) -> list[str]:
    return [
        '    rows = rows.filter(lambda row: row["messages"][-1]["role"] == "assistant")',
        "    columns = rows.column_names",
        "    rows = rows.map(",
        "        lambda row: {",
        '            "prompt": row["messages"][:-1],',
        '            "completion": row["messages"][-1:],  # only the last answer is graded',
        "        },",
        "        remove_columns=columns,",
        "    )",
    ]


def _text(settings: Settings) -> list[str]:
    return ['    rows = rows.select_columns(["text"])  # every token is graded']


def _preference(settings: Settings) -> list[str]:
    if settings.source == "example":
        return ['    rows = rows.select_columns(["chosen", "rejected"])  # whole chats; they begin with the prompt']
    return [
        "    columns = rows.column_names",
        "    rows = rows.map(  # as messages, so that the chat template is applied",
        "        lambda row: {",
        '            "prompt": as_messages("user", row["prompt"]),',
        '            "chosen": as_messages("assistant", row["chosen"]),',
        '            "rejected": as_messages("assistant", row["rejected"]),',
        "        },",
        "        remove_columns=columns,",
        "    )",
    ]


def _prompt(settings: Settings) -> list[str]:
    if settings.source == "example":
        return ['    rows = rows.select_columns(["prompt"])']
    return [
        "    columns = rows.column_names",
        "    rows = rows.map(  # as messages, so that the chat template is applied",
        '        lambda row: {"prompt": as_messages("user", row["prompt"])}, remove_columns=columns',
        "    )",
    ]


AS_MESSAGES = '''def as_messages(role, content):
    """Turn plain text into a message; leave a list of messages as it is."""
    return content if isinstance(content, list) else [{"role": role, "content": content}]'''


def needs_as_messages(settings: Settings) -> bool:
    """Tell whether the rows may hold plain text where the trainer shall see messages."""
    return settings.source != "example" and settings.format_id in ("preference", "prompt")
