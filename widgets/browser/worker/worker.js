/** The worker's wiring: messages to the handler, answers back. Everything else is in handler.js and boot.js. */

import { boot, breathe, keep } from "./boot.js";
import { handle } from "./handler.js";
import { busy, idle, make } from "./memory-snapshot-maker.js";

/** @type {import("./handler.js").Runtime} */
const runtime = { boot, breathe, keep, bridge: undefined, runs: new Map() };
let underWay = 0;

self.addEventListener("message", async (
  /** @type {MessageEvent<import("../shared/protocol.js").Request | import("./memory-snapshot-maker.js").MakeRequest>} */ { data },
) => {
  if (data.kind === "make") {
    await make(data).catch((error) => console.info("No memory snapshot of Python was made:", error));
    self.postMessage("made");
    return;
  }
  busy(data.kind === "run");
  underWay++;
  for await (const answer of handle(data, runtime)) self.postMessage(answer);
  underWay--;
  if (underWay === 0) idle();
});
