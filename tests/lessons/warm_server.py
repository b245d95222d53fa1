"""Run many programs one after the other without importing the libraries anew: ``python warm_server.py``.

Reads a line of JSON for each, a :class:`tests.lessons.warm.Job`, and runs it as a program of its own, in a copy of
this process (fork) that has already imported what takes long. Writes a line of JSON with the status for each; what the
program printed stands in the job's files.
"""

from __future__ import annotations

import faulthandler
import json
import os
import runpy
import sys
import traceback
from typing import Any


def run_copy(job: dict[str, Any]) -> int:
    """Run a job in a forked process and give its exit status; minus the signal's number if one ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        os.chdir(job["folder"])
        os.environ.update(job["variables"])
        for number, name in ((1, job["output"]), (2, job["errors"])):
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(file, number)
        os.dup2(os.open(job["input"], os.O_RDONLY), 0)
        faulthandler.enable()
        faulthandler.dump_traceback_later(job["limit_seconds"], exit=True)
        sys.argv = [job["program"], *job["arguments"]]
        sys.path[0:1] = job["path"]
        if job["is_module"]:
            runpy.run_module(job["program"], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(job["program"], run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    import bitsandbytes  # noqa: F401
    import datasets  # noqa: F401
    import ipykernel.kernelapp  # noqa: F401
    import nbclient  # noqa: F401
    import peft  # noqa: F401
    import torch
    import transformers  # noqa: F401
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401
    from trl import DPOTrainer, GRPOTrainer, RewardTrainer, RLOOTrainer, SFTTrainer  # noqa: F401

    torch.set_num_threads(1)
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        replies.write(json.dumps(run_copy(json.loads(line))) + "\n")
        replies.flush()
