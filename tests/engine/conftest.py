"""The tests under torch_reference need torch and run in an environment that has it."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["torch_reference/*"]
