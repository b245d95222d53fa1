"""Measure the engine natively and in Chromium, beside TensorFlow.js and PyTorch where they are installed.

``python -m benchmarks.engine.run`` after ``npm ci``. Peers: ``npm install --no-save @tensorflow/tfjs-core@4.22.0
@tensorflow/tfjs-backend-wasm@4.22.0`` for the matrix product; ``.venv-torch`` with torch for the step. Every figure is
the best of 30 samples; run nothing else meanwhile.
"""

from __future__ import annotations

import json
import mimetypes
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Route, sync_playwright

from tests.browser.install import chromium_path
from widgets.engine.build import BUILD, build_wasm

ROOT = Path(__file__).parents[2]
WORKLOAD = Path(__file__).with_name("workload.py")
ORIGIN = "http://benchmark.test/"

IN_PYODIDE = """async ([files, workload]) => {
  const { loadPyodide } = await import("/node_modules/pyodide/pyodide.mjs");
  const lines = [];
  const python = await loadPyodide({ indexURL: "/node_modules/pyodide/", stdout: (line) => lines.push(line) });
  for (const [from, to] of files) {
    python.FS.mkdirTree(to.slice(0, to.lastIndexOf("/")));
    python.FS.writeFile(to, new Uint8Array(await (await fetch(from)).arrayBuffer()));
  }
  python.runPython("import sys; sys.path.insert(0, '/course')");
  python.runPython(await (await fetch(workload)).text());
  return lines.at(-1);
}"""

IN_TENSORFLOW = """async () => {
  const load = (source) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    document.head.append(Object.assign(script, { src: source, onload: resolve, onerror: reject }));
  });
  await load("/node_modules/@tensorflow/tfjs-core/dist/tf-core.min.js");
  await load("/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js");
  tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  const [a, b] = [tf.randomNormal([256, 256]), tf.randomNormal([256, 256])];
  let best = Infinity;
  for (let sample = 0; sample < 60; sample++) {
    const start = performance.now();
    for (let repeat = 0; repeat < 20; repeat++) tf.matMul(a, b).dispose();
    best = Math.min(best, (performance.now() - start) / 20);
  }
  return 2 * 256 ** 3 / best / 1e6;
}"""


def serve(route: Route) -> None:
    """Answer from the repository's folder; nothing leaves this machine."""
    path = ROOT / route.request.url.removeprefix(ORIGIN)
    if route.request.url == ORIGIN:
        route.fulfill(body="<!doctype html><title>Benchmark</title>", content_type="text/html")
    elif path.is_file():
        kind = "text/javascript" if path.suffix in (".js", ".mjs") else mimetypes.guess_type(path.name)[0]
        route.fulfill(body=path.read_bytes(), content_type=kind or "application/octet-stream")
    else:
        route.fulfill(status=404)


def in_chromium() -> list[dict[str, Any]]:
    """Measure both side modules, and TensorFlow.js if it is there, each in a page of its own."""
    results = []
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for module in build_wasm(BUILD):
            sources = [*ROOT.glob("widgets/*.py"), *ROOT.glob("widgets/core/*.py"), *ROOT.glob("widgets/engine/*.py")]
            names = [str(path.relative_to(ROOT)) for path in sources]
            files = [[f"/{name}", f"/course/{name}"] for name in names]
            files.append([f"/{module.relative_to(ROOT)}", "/course/widgets/engine/engine.so"])
            page = browser.new_page()
            page.route("**/*", serve)
            page.goto(ORIGIN)
            measured = json.loads(page.evaluate(IN_PYODIDE, [files, f"/{WORKLOAD.relative_to(ROOT)}"]))
            results.append({"where": f"Chromium {browser.version}", **measured, "library": module.name})
            page.close()
        if (ROOT / "node_modules/@tensorflow").is_dir():
            page = browser.new_page()
            page.route("**/*", serve)
            page.goto(ORIGIN)
            gflops = round(page.evaluate(IN_TENSORFLOW), 2)
            results.append(
                {"where": f"Chromium {browser.version}", "library": "TensorFlow.js", "matmul_gflops": gflops}
            )
        browser.close()
    return results


def natively(python: Path | str, module: str) -> dict[str, Any]:
    """Run one of the measuring programs in a process of its own."""
    result = subprocess.run([str(python), "-m", module], capture_output=True, text=True, check=True, cwd=ROOT)
    return {"where": "native", **json.loads(result.stdout.strip().splitlines()[-1])}


def main() -> None:
    """Measure everything that is installed and print one line each."""
    results = [natively(sys.executable, "benchmarks.engine.workload")]
    torch_python = ROOT / ".venv-torch/bin/python"
    if torch_python.exists():
        results.append(natively(torch_python, "benchmarks.engine.peers_torch"))
    results += in_chromium()
    print(f"{'where':24}{'library':22}{'step ms':>10}{'uncaptured':>12}{'GFLOP/s 256³':>14}")
    for row in results:
        cells = [row.get(key, "–") for key in ("step_ms", "step_without_capture_ms", "matmul_gflops")]
        print(f"{row['where']:24}{row['library']:22}{cells[0]:>10}{cells[1]:>12}{cells[2]:>14}")


if __name__ == "__main__":
    main()
