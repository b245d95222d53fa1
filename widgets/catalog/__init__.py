"""Facts about real models, methods and GPUs, and the arithmetic that turns them into counts and bytes.

Standard library only: the same code runs in CPython when the site is built and in Pyodide in the reader's tab.
"""
