"""The page's script, the worker and the bridge between JavaScript and Python."""
