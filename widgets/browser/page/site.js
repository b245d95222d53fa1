/** Where the site and its assets lie, told by the address of the page's script: `SITE/assets/course/course.js`. */

const script = /** @type {HTMLScriptElement | null} */ (globalThis.document?.currentScript);

/** The folder of the assets. */
export const ASSETS = new URL("./", script?.src ?? "http://localhost/assets/course/");

/** The root of the site. */
export const SITE = new URL("../../", ASSETS);

/** False for a page opened as a file: there browsers allow no worker, no module and no fetch. */
export const IS_SERVED = ASSETS.protocol.startsWith("http");
