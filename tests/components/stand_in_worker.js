/**
 * Stands in for Python's worker: it speaks with the page as the real one does (`protocol.js` says how), and CPython
 * answers it through the server of the tests (`stand_in.py`). So a page costs a fraction of what it costs with Pyodide.
 */

const worker = `${performance.timeOrigin} ${Math.random()}`;
/** @type {Map<number, "running" | "paused" | "cancelled">} */
const runs = new Map();
let address = "";
/** @type {Promise<unknown>} what is being answered; questions wait for each other, steps of a run let them in */
let before = Promise.resolve();

/** @param {string} call  a function of bridge.py */
async function ask(call, ...given) {
  const answer = await fetch(address, { method: "POST", body: JSON.stringify({ worker, call, given }) });
  if (!answer.ok) throw new Error(`${answer.status} from the stand-in for Python`);
  return answer.json();
}

function failed(id, { problem, detail = "", is_broken: isBroken = false }) {
  return { kind: "failed", id, problem, detail, ...(isBroken && { isBroken }) };
}

async function boot({ id, base, files }) {
  let bytes = 0;
  try {
    await Promise.all(
      files.map(async (file) => {
        const response = await fetch(new URL(file.file, base));
        if (!response.ok) throw new Error(`${response.status} for ${file.file}`);
        if ((await response.text()) !== "stand-in") throw new Error(`${file.file} is something else`);
        bytes += file.bytes;
        postMessage({ kind: "loading", id, bytes });
      }),
    );
    address = new URL("stand-in", base).href;
    await ask("wake");
  } catch (error) {
    return failed(id, { problem: "Python could not be started.", detail: String(error) });
  }
  return { kind: "done", id };
}

async function run({ id, key, state, action }) {
  runs.set(id, "running");
  let said = await ask("begin", id, key, JSON.stringify(state), action);
  while (said.problem === undefined && runs.get(id) !== "cancelled") {
    if (runs.get(id) === "paused") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    said = await ask("advance", id);
    if (said.total === undefined || runs.get(id) === "cancelled") break;
    postMessage({ kind: "step", id, ...said });
  }
  const cancelled = runs.get(id) === "cancelled";
  runs.delete(id);
  await ask("end", id);
  return said.problem === undefined ? { kind: "finished", id, cancelled, isKept: true } : failed(id, said);
}

async function answer(request) {
  const { kind, id } = request;
  if (kind === "boot") return boot(request);
  if ("run" in request) {
    if (runs.has(request.run) && runs.get(request.run) !== "cancelled") {
      runs.set(request.run, { cancel: "cancelled", pause: "paused", resume: "running" }[kind]);
    }
    return { kind: "done", id };
  }
  if (kind === "run") return run(request);
  const said = await (kind === "open"
    ? ask("open_widget", request.key, request.widgetId, request.opening)
    : ask("render", request.key, JSON.stringify(request.state), JSON.stringify(request.parts ?? null)));
  if (said.problem !== undefined) return failed(id, said);
  return kind === "open" ? { kind: "done", id } : { kind: "parts", id, parts: said.parts };
}

addEventListener("message", ({ data }) => {
  const asked = data.kind === "open" || data.kind === "render" ? before.then(() => answer(data)) : answer(data);
  const told = asked.then(
    (answered) => postMessage(answered),
    (error) => postMessage(failed(data.id, { problem: "Something went wrong in Python.", detail: String(error) })),
  );
  if (data.kind === "open" || data.kind === "render") before = told;
});
