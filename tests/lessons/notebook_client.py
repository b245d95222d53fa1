"""Run a notebook as Jupyter would, without its installing cell: ``python notebook_client.py FILE`` (needs nbclient).

The kernel is ipykernel's, in a copy of this process (fork), so that it has the libraries which this one has imported.
The error of a cell goes to standard error, and the exit status is 1.
"""

import os
import signal
import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CELL_TIME_LIMIT_S = 900


class KernelInACopy(AsyncKernelManager):
    """A kernel that was forked from this process, and is ended with it."""

    child = 0

    def fork_kernel(self) -> None:
        """Write the file that says how to connect, and become two processes, of which one is the kernel."""
        self.write_connection_file()
        self.child = os.fork()
        if not self.child:
            from ipykernel.kernelapp import launch_new_instance

            try:
                launch_new_instance(argv=["-f", self.connection_file])
            finally:
                os._exit(1)

    @property
    def has_kernel(self) -> bool:
        """Whether there is a kernel, so that the client starts none."""
        return True

    async def is_alive(self) -> bool:  # type: ignore[override]
        """Say whether it has not ended."""
        if self.child and os.waitpid(self.child, os.WNOHANG) != (0, 0):
            self.child = 0
        return self.child > 0

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """End it."""
        self.end_kernel()
        self.cleanup_connection_file()

    # The client of a kernel that is slow to start asks by the inner names.
    _async_is_alive = is_alive
    _async_shutdown_kernel = shutdown_kernel

    def end_kernel(self) -> None:
        """End the process, if there is one."""
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            self.child = 0


def main() -> int:
    """Run the notebook in the current folder."""
    notebook = nbformat.read(sys.argv[1], as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "install" not in cell.metadata.get("tags", [])]
    manager = KernelInACopy(connection_file=str(Path.cwd() / ".kernel.json"))
    manager.fork_kernel()
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_TIME_LIMIT_S,
        resources={"metadata": {"path": str(Path.cwd())}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(f"{error.ename}: {error.evalue}", file=sys.stderr)
        return 1
    finally:
        manager.end_kernel()
    print(sum(cell.cell_type == "code" for cell in notebook.cells), "cells ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
