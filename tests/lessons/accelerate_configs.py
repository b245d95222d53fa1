"""Read configurations of ``accelerate launch`` with accelerate's own parser."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.lessons.warm import Warm

READ_CONFIG = """
import json, sys, tempfile
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_deepspeed_cmd_env, prepare_multi_gpu_env

answers = []
for text in json.load(sys.stdin):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        config = load_config_from_file(file.name)
        parser = launch_command_parser()
        known = {action.dest for action in parser._actions}
        arguments = parser.parse_args(["--config_file", file.name, "train.py", "train"])
        arguments, _, _ = _validate_launch_command(arguments)
        unknown = [key for part in (config.fsdp_config, config.deepspeed_config) for key in part if key not in known]
        if arguments.use_deepspeed:
            arguments.deepspeed_fields_from_accelerate_config = ""
            variables = prepare_deepspeed_cmd_env(arguments)[1]
        else:
            variables = prepare_multi_gpu_env(arguments)
        wanted = ("ACCELERATE_", "FSDP_")
        variables = {key: value for key, value in variables.items() if key.startswith(wanted)}
        answers.append([unknown, arguments.num_processes, variables])
print(json.dumps(answers))
"""

Answer = tuple[list[str], int, dict[str, str]]
"""Keys that accelerate does not know, the number of processes, and the variables it would set for them."""


def read_configs(warm: Warm, texts: Sequence[str]) -> list[Answer]:
    """Read the texts of configurations; an error that accelerate raises fails the test."""
    answers: list[Answer] = warm.answer_of(READ_CONFIG, json.dumps(texts))
    return answers
