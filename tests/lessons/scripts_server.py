"""Run many programs one after the other without importing the libraries anew: ``python scripts_server.py``.

Reads lines of JSON, ``{"folder": …, "arguments": […]}``, and for each runs ``train.py`` in that folder as a program of
its own, in a copy of this process (fork) that has already imported what takes long. Writes a line of JSON with the
status for each; what the program printed stands in the folder's ``output.txt``.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback


def run_copy(folder: str, arguments: list[str]) -> int:
    """Run ``train.py`` in a folder in a forked process and give its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        os.chdir(folder)
        output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.argv = ["train.py", *arguments]
        runpy.run_path("train.py", run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    import bitsandbytes  # noqa: F401
    import datasets  # noqa: F401
    import peft  # noqa: F401
    import torch
    import transformers  # noqa: F401
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401
    from trl import DPOTrainer, GRPOTrainer, RewardTrainer, RLOOTrainer, SFTTrainer  # noqa: F401

    torch.set_num_threads(1)
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        job = json.loads(line)
        replies.write(json.dumps(run_copy(job["folder"], job["arguments"])) + "\n")
        replies.flush()
