/**
 * The worker's logic: one request in, a stream of answers out. It knows neither Pyodide nor `postMessage`, so the
 * tests run it in Node with a runtime of their own.
 *
 * @import {Request, Answer, BootRequest, RunRequest} from "../shared/protocol.js"
 */

/**
 * Python's side, as `bridge.py` offers it: JSON text in, JSON text out.
 *
 * @typedef {object} Bridge
 * @property {(key: string, widgetId: string, opening: string) => string} open_widget
 * @property {(key: string, state: string, parts: string) => string} render
 * @property {(run: number, key: string, state: string, action: string) => string} begin
 * @property {(run: number) => string} advance  the next step; `{}` after the last one
 * @property {(run: number) => string} end      forget the run
 */

/**
 * @typedef {object} Runtime
 * @property {(request: BootRequest, loading: (bytes: number) => void, restoring: () => void) => Promise<Bridge>} boot
 * @property {(milliseconds: number) => Promise<void>} breathe  lets waiting messages in, so that a cancel arrives
 * @property {() => Promise<boolean>} [keep]  puts what a run has left in the folder of trained models on the device;
 *   false if it cannot
 * @property {Bridge | undefined} bridge
 * @property {Map<number, "running" | "paused" | "cancelled">} runs
 */

/**
 * What the bridge says: an answer's content, or what went wrong.
 *
 * @typedef {{problem?: string, detail?: string, is_broken?: boolean, parts?: Record<string, string>, text?: string,
 *   done?: number, total?: number, fields?: Record<string, string>}} Said
 */

/** Milliseconds between two looks whether a paused run may go on. */
const REST_MS = 100;
const NOT_STARTED = "Python has not been started yet.";

/**
 * Answer one request.
 *
 * @param {Request} request
 * @param {Runtime} runtime
 * @returns {AsyncGenerator<Answer, void, void>}
 */
export async function* handle(request, runtime) {
  const { id } = request;
  try {
    if (request.kind === "boot") {
      yield* boot(request, runtime);
      return;
    }
    if ("run" in request) {
      control(request, runtime);
      yield { kind: "done", id };
      return;
    }
    const bridge = runtime.bridge;
    if (!bridge) {
      yield { kind: "failed", id, problem: NOT_STARTED, detail: "" };
      return;
    }
    if (request.kind === "run") {
      yield* run(request, runtime, bridge);
      return;
    }
    const said = heard(ask(request, bridge));
    if (said.problem !== undefined) yield failed(id, said);
    else if (request.kind === "open") yield { kind: "done", id };
    else yield { kind: "parts", id, parts: said.parts ?? {} };
  } catch (error) {
    // The bridge never raises, so Python itself has broken down, for example over its stack.
    yield { kind: "failed", id, problem: "Something went wrong in Python.", detail: String(error), isBroken: true };
  }
}

/**
 * @param {import("../shared/protocol.js").OpenRequest | import("../shared/protocol.js").RenderRequest} request
 * @param {Bridge} bridge
 */
function ask(request, bridge) {
  return request.kind === "open"
    ? bridge.open_widget(request.key, request.widgetId, request.opening)
    : bridge.render(request.key, JSON.stringify(request.state), JSON.stringify(request.parts ?? null));
}

/**
 * Start Python and report the bytes as they arrive.
 *
 * @param {BootRequest} request
 * @param {Runtime} runtime
 * @returns {AsyncGenerator<Answer, void, void>}
 */
async function* boot(request, runtime) {
  const { id } = request;
  let bytes = 0;
  let told = 0;
  let isRestoring = false;
  /** @type {() => void} */
  let wake = () => {};
  const started = runtime.boot(
    request,
    (more) => {
      bytes += more;
      wake();
    },
    () => {
      isRestoring = true;
      wake();
    },
  );
  /** @type {{bridge?: Bridge, error?: unknown} | undefined} */
  let outcome;
  started.then(
    (bridge) => {
      outcome = { bridge };
      wake();
    },
    (error) => {
      outcome = { error };
      wake();
    },
  );
  for (;;) {
    if (isRestoring) {
      isRestoring = false;
      yield { kind: "restoring", id };
    }
    if (bytes > told) {
      told = bytes;
      yield { kind: "loading", id, bytes };
    }
    if (outcome) break;
    if (bytes === told && !isRestoring) await new Promise((resolve) => (wake = () => resolve(undefined)));
  }
  if (outcome.bridge) {
    runtime.bridge = outcome.bridge;
    yield { kind: "done", id };
  } else {
    yield failed(id, { problem: "Python could not be started.", detail: String(outcome.error) });
  }
}

/**
 * Carry a long run from step to step, letting other requests in between.
 *
 * @param {RunRequest} request
 * @param {Runtime} runtime
 * @param {Bridge} bridge
 * @returns {AsyncGenerator<Answer, void, void>}
 */
async function* run(request, runtime, bridge) {
  const { id } = request;
  runtime.runs.set(id, "running");
  try {
    let said = heard(bridge.begin(id, request.key, JSON.stringify(request.state), request.action));
    while (said.problem === undefined) {
      await runtime.breathe(runtime.runs.get(id) === "paused" ? REST_MS : 0);
      const order = runtime.runs.get(id);
      if (order === "cancelled") break;
      if (order === "paused") continue;
      said = heard(bridge.advance(id));
      if (said.total === undefined) break;
      yield {
        kind: "step",
        id,
        parts: said.parts ?? {},
        done: said.done ?? 0,
        total: said.total,
        text: said.text ?? "",
        ...(said.fields && { fields: said.fields }),
      };
    }
    const isKept = (await runtime.keep?.()) ?? true;
    if (said.problem !== undefined) yield failed(id, said);
    else yield { kind: "finished", id, cancelled: runtime.runs.get(id) === "cancelled", isKept };
  } finally {
    runtime.runs.delete(id);
    bridge.end(id);
  }
}

/**
 * @param {import("../shared/protocol.js").ControlRequest} request
 * @param {Runtime} runtime
 */
function control({ kind, run }, runtime) {
  const order = runtime.runs.get(run);
  if (order === undefined || order === "cancelled") return;
  runtime.runs.set(run, kind === "cancel" ? "cancelled" : kind === "pause" ? "paused" : "running");
}

/**
 * @param {string} text
 * @returns {Said}
 */
function heard(text) {
  return /** @type {Said} */ (JSON.parse(text));
}

/**
 * @param {number} id
 * @param {Said} said
 * @returns {Answer}
 */
function failed(id, said) {
  const { problem = "", detail = "", is_broken: isBroken = false } = said;
  return { kind: "failed", id, problem, detail, ...(isBroken && { isBroken }) };
}
