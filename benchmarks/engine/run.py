"""Measure the engine in Chromium and natively beside TensorFlow.js, @jax-js/jax and PyTorch, each on one thread.

``python -m benchmarks.engine.run`` prints the table alone. All rounds go through all libraries in turn, each in a new
page or process; a round's figure is the shortest mean of some repeats, the one least disturbed by the machine.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.browsers import chromium
from benchmarks.engine.workload import BATCH, SIDE, STEPS, VOCABULARY
from benchmarks.measuring import Figures, Taken, in_turn
from benchmarks.peers.install import NODE_MODULES
from benchmarks.peers.install import PEERS as PEERS_FOLDER
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import files_below, serving
from widgets.core.errors import BuildError
from widgets.engine.architectures.gpt import GPTConfig
from widgets.engine.build import BUILD, build_wasm
from widgets.engine.library import library
from widgets.site.assets.bundles import ESBUILD
from widgets.site.node import node_command
from widgets.site.sources.folders import ROOT

FOLDER = Path(__file__).parent
WORKLOAD = FOLDER / "workload.py"
PYODIDE = ROOT / "node_modules" / "pyodide"
TORCH_PYTHON = ROOT / ".venv-torch" / "bin" / "python"
CONFIG = GPTConfig(VOCABULARY, STEPS)
SIZES = {
    "batch": BATCH,
    "context": STEPS,
    "vocabulary": VOCABULARY,
    "layers": CONFIG.n_layer,
    "heads": CONFIG.n_head,
    "width": CONFIG.n_embd,
    "side": SIDE,
    "warm": 30,
    "samples": 30,
}
"""What the programs of the browser libraries must know; the same as in :mod:`benchmarks.engine.workload`."""

PEERS = ("TensorFlow.js", "@jax-js/jax")
PROGRAMS = {"TensorFlow.js": FOLDER / "tensorflow.js", "@jax-js/jax": FOLDER / "jax.js"}
RELAXED, PLAIN_SIMD = "engine-relaxed.so", "engine.so"
IN_KERNEL = "ms in "

IN_PYODIDE = """async ([files, workload]) => {
  const { loadPyodide } = await import("/pyodide/pyodide.mjs");
  const lines = [];
  const python = await loadPyodide({ indexURL: "/pyodide/", stdout: (line) => lines.push(line) });
  for (const [from, to] of files) {
    python.FS.mkdirTree(to.slice(0, to.lastIndexOf("/")));
    python.FS.writeFile(to, new Uint8Array(await (await fetch(from)).arrayBuffer()));
  }
  python.runPython("import sys; sys.path.insert(0, '/course')");
  python.runPython(await (await fetch(workload)).text());
  return lines.at(-1);
}"""
PAGE = "benchmarks/engine/empty.html"


def find(name: str) -> Path | None:
    """Find what the measuring pages ask for: Pyodide, the peers' packages, and files of the repository."""
    for prefix, folder in (("pyodide/", PYODIDE), ("node_modules/", NODE_MODULES)):
        if name.startswith(prefix):
            return files_below(folder)(name.removeprefix(prefix))
    return files_below(ROOT)(name)


def engine_files(module: Path) -> list[list[str]]:
    """List what the engine needs in Pyodide, with one of its side modules: from which address, to which path."""
    sources = [*ROOT.glob("widgets/*.py"), *ROOT.glob("widgets/core/*.py"), *ROOT.glob("widgets/engine/*.py")]
    names = [path.relative_to(ROOT).as_posix() for path in sources]
    files = [[f"/{name}", f"/course/{name}"] for name in names]
    return [*files, [f"/{module.relative_to(ROOT).as_posix()}", "/course/widgets/engine/engine.so"]]


def in_pyodide(browser: Browser, url: str, module: Path) -> Figures:
    """Measure the engine with one of its side modules."""
    page = browser.new_page()
    try:
        page.goto(url + PAGE)
        files = engine_files(module)
        return _figures(json.loads(page.evaluate(IN_PYODIDE, [files, f"/{WORKLOAD.relative_to(ROOT).as_posix()}"])))
    finally:
        page.close()


def bundle(program: Path) -> Path:
    """Bundle a measuring program with the packages that it imports, into the peers' folder.

    Raises:
        BuildError: If the peers are not installed.
    """
    bundled = PEERS_FOLDER / program.name
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=error", f"--outfile={bundled}"]
    environment = {**os.environ, "NODE_PATH": str(NODE_MODULES)}
    command = [*node_command(), str(ESBUILD), str(program), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{program.name} could not be bundled: {(done.stderr.strip().splitlines() or ['?'])[0]}")
    return bundled


def in_library(browser: Browser, url: str, program: Path) -> Figures:
    """Measure a browser library with its program in this folder.

    Raises:
        BuildError: If it cannot be bundled, or its training step does not train.
    """
    address = f"/{bundle(program).relative_to(ROOT).as_posix()}"
    page = browser.new_page()
    try:
        page.goto(url + PAGE)
        found = page.evaluate("async ([module, sizes]) => (await import(module)).measure(sizes)", [address, SIZES])
    finally:
        page.close()
    if not (abs(found["first"] - math.log(VOCABULARY)) < 0.5 and found["last"] < found["first"] - 0.5):
        raise BuildError(
            f"{program.name}: its step does not train: loss {found['first']} at first, {found['last']} at last"
        )
    return {"step_ms": found["step_ms"], "gflops": 2 * SIDE**3 / found["product_ms"] / 1e6}


def natively(python: Path | str, module: str) -> Figures:
    """Run one of the measuring programs in a process of its own.

    Raises:
        BuildError: If it fails.
    """
    done = subprocess.run([str(python), "-m", module], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise BuildError((done.stderr.strip().splitlines() or ["it failed"])[-1])
    return _figures(json.loads(done.stdout.strip().splitlines()[-1]))


def _figures(found: dict[str, Any]) -> Figures:
    kernels = {f"{IN_KERNEL}{name}": float(ms) for name, ms in found.get("kernel_ms", {}).items()}
    return {"step_ms": float(found["step_ms"]), "gflops": float(found["matmul_gflops"]), **kernels}


def where_it_goes(taken: Taken) -> str:
    """Say which kernels our training step spends its time in, those above 1 % of it; "" if it was not measured."""
    step = taken.get(RELAXED, "step_ms")
    spent = {name: ms.median for name in library().signatures if (ms := taken.get(RELAXED, f"{IN_KERNEL}{name}"))}
    if step is None or not spent:
        return ""
    listed = sorted(spent.items(), key=lambda item: -item[1])
    shares = ", ".join(f"`{name}` {ms:.2f}" for name, ms in listed if ms >= 0.01 * step.median)
    return f"Milliseconds of our step by kernel, all calls of one together: {shares}."


def take(browser: Browser, runs: int) -> Taken:
    """Measure everything that is installed, in turn."""
    modules = {module.name: module for module in build_wasm(BUILD)}
    with serving(find) as served:
        tasks: dict[str, Callable[[], Figures]] = {
            name: lambda m=module: in_pyodide(browser, served.url, m) for name, module in modules.items()
        }
        tasks |= {name: lambda p=file: in_library(browser, served.url, p) for name, file in PROGRAMS.items()}
        tasks["PyTorch"] = lambda: natively(TORCH_PYTHON, "benchmarks.engine.peers_torch")
        tasks["native"] = lambda: natively(sys.executable, "benchmarks.engine.workload")
        return in_turn(tasks, runs)


def measure(browser: Browser, runs: int) -> Section:
    """Measure the training step and the matrix product, and compare."""
    taken = take(browser, runs)
    section = Section(
        "Engine",
        f"One training step (forward, backward, clipping, Adam) of a GPT with vocabulary {VOCABULARY}, "
        f"{CONFIG.n_layer} layers, {CONFIG.n_head} heads, {CONFIG.n_embd} channels, context {STEPS}, batch {BATCH}, "
        f"and a matrix product of {SIDE}³, on one thread; the browser libraries in Chromium, PyTorch (eager) natively.",
    )
    steps = {name: step for name in PEERS if (step := taken.get(name, "step_ms"))}
    best = min(steps, key=lambda name: steps[name].median, default="")
    ours = taken.get(RELAXED, "step_ms")
    for name in (*PEERS, "PyTorch"):
        goal = {best: Goal("≤", 0.5), "PyTorch": Goal("≤", 1 / 0.6)}.get(name)
        row = Comparison(
            "training step", ours, "ms", name, taken.get(name, "step_ms"), goal, taken.failures.get(name, "")
        )
        section.rows.append(row)
    plain, native = taken.get(PLAIN_SIMD, "step_ms"), taken.get("native", "step_ms")
    section.rows.append(Comparison("training step, without relaxed SIMD", plain, "ms", "with it", ours))
    section.rows.append(Comparison("training step, natively", native, "ms", "PyTorch", taken.get("PyTorch", "step_ms")))
    product = taken.get(RELAXED, "gflops")
    for name in (*PEERS, "PyTorch"):
        goal = Goal("≥", 1.0) if name == "TensorFlow.js" else None
        row = Comparison("matrix product", product, "GFLOP/s", name, taken.get(name, "gflops"), goal)
        section.rows.append(row)
    section.rows.append(
        Comparison(
            "matrix product, without relaxed SIMD", taken.get(PLAIN_SIMD, "gflops"), "GFLOP/s", "with it", product
        )
    )
    section.notes += [f"{name} could not be measured: {why}" for name, why in taken.failures.items()]
    if spent := where_it_goes(taken):
        section.notes.append(spent)
    section.notes.append(
        "As ratios of time: twice as fast as the best browser library is ≤ 0.5, 0.6 × as fast as PyTorch is ≤ 1.67."
    )
    return section


def main() -> None:
    """Measure and print."""
    with chromium() as (_, browser):
        print(measure(browser, 3).markdown())


if __name__ == "__main__":
    main()
