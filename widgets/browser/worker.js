/** The worker's wiring: messages to the handler, answers back. Everything else is in handler.js and boot.js. */

import { boot, breathe, keep } from "./boot.js";
import { handle } from "./handler.js";

/** @type {import("./handler.js").Runtime} */
const runtime = { boot, breathe, keep, bridge: undefined, runs: new Map() };

self.addEventListener("message", async (/** @type {MessageEvent<import("./protocol.js").Request>} */ event) => {
  for await (const answer of handle(event.data, runtime)) self.postMessage(answer);
});
