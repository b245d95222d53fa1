"""Run a notebook as Jupyter would, without its installing cell: ``python notebook_client.py FILE`` (needs nbclient).

The error of a cell goes to standard error with the cell's number and text, and the exit status is 1.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CELL_TIME_LIMIT_S = 900


def main() -> int:
    """Run the notebook in the current folder."""
    notebook = nbformat.read(sys.argv[1], as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "install" not in cell.metadata.get("tags", [])]
    client = NotebookClient(
        notebook,
        timeout=CELL_TIME_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(Path.cwd())}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(f"{error.ename}: {error.evalue}", file=sys.stderr)
        return 1
    print(sum(cell.cell_type == "code" for cell in notebook.cells), "cells ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
