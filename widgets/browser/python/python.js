/** The one client of the page, with the names and sizes of the files that the build wrote. */

import { Client } from "./client.js";

/** @type {import("../shared/bundles.js").PythonClient} */
export const client = new Client({
  base: new URL("./", import.meta.url),
  program: WORKER_PROGRAM,
  files: RUNTIME_FILES,
  snapshot: SNAPSHOT,
});
