/**
 * The self-test of a built site, run in one of its pages: start the site's own Python in the site's own worker, train
 * the tiny model for a few steps with a fixed seed, and render every widget once more. It needs nothing but the page,
 * so it is the same in every browser.
 *
 * @typedef {object} Order
 * @property {string} site                     address of the site's folder
 * @property {Record<string, number>} kernels  name of a build of the engine's kernels → its size in bytes
 * @property {string} refused                  the build that is to fail as if the browser could not run it; "" for none
 * @property {string} page                     the page with the SFT lab, relative to the site
 * @property {Record<string, string>} settings of the run, where they differ from the default
 *
 * @typedef {object} Trained
 * @property {number} bootMilliseconds
 * @property {string[]} kernels  the builds that were compiled
 * @property {string} runs       what the lab keeps of the run: settings | figures | step:loss …
 */

/**
 * Runs at the start of the worker: says which of the kernels are compiled, and lets one of them fail.
 *
 * @param {Record<string, number>} kernels
 * @param {string} refused
 */
function watchKernels(kernels, refused) {
  const { Module, compile, instantiate, validate } = WebAssembly;
  const channel = new BroadcastChannel("self-test");
  const names = new Map(Object.entries(kernels).map(([name, bytes]) => [bytes, name]));
  const nameOf = (/** @type {any} */ source) => {
    const name = source instanceof Module ? undefined : names.get(source.byteLength);
    if (name && name === refused) throw new WebAssembly.CompileError(`${name} is refused by the self-test`);
    return name;
  };
  const said = (/** @type {string | undefined} */ name) => name && channel.postMessage(name);
  WebAssembly.Module = new Proxy(Module, {
    construct(target, [source]) {
      const name = nameOf(source);
      const module = new target(source);
      said(name);
      return module;
    },
  });
  for (const [key, original] of Object.entries({ compile, instantiate })) {
    Object.assign(WebAssembly, {
      [key]: async (/** @type {any} */ source, /** @type {any[]} */ ...rest) => {
        const name = nameOf(source);
        const result = await Reflect.apply(original, WebAssembly, [source, ...rest]);
        said(name);
        return result;
      },
    });
  }
  WebAssembly.validate = (source) => names.get(source.byteLength) !== refused && validate(source);
}

/**
 * Runs at the start of a worker: tries what the policy of the pages forbids and what it allows, and tells.
 *
 * @param {string} own      an address of the site
 * @param {string} foreign  one of another origin
 */
async function tryForbidden(own, foreign) {
  /** @type {Record<string, string>} */
  const tried = {};
  const attempt = async (/** @type {string} */ name, /** @type {() => unknown} */ act) => {
    try {
      await act();
      tried[name] = "done";
    } catch (error) {
      tried[name] = error instanceof Error ? error.name : String(error);
    }
  };
  await attempt("eval", () => (0, eval)("1"));
  await attempt("Function", () => new Function("return 1")());
  await attempt("foreign fetch", () => fetch(foreign, { mode: "no-cors" }));
  await attempt("own fetch", () => fetch(own));
  const channel = new BroadcastChannel("self-test-policy");
  channel.postMessage(tried);
}

/**
 * Let Python's worker try what is forbidden.
 *
 * @param {string} site
 * @param {string} foreign
 * @returns {Promise<Record<string, string>>}  what was tried → "done", or the name of the error
 */
export async function tryPolicy(site, foreign) {
  const channel = new BroadcastChannel("self-test-policy");
  const told = new Promise((resolve) => (channel.onmessage = ({ data }) => resolve(data)));
  const make = URL.createObjectURL.bind(URL);
  const trying = `(${tryForbidden})(${JSON.stringify(`${site}index.html`)}, ${JSON.stringify(foreign)});`;
  URL.createObjectURL = (blob) =>
    make(blob instanceof Blob && blob.type === "text/javascript" ? new Blob([trying, "\n", blob], { type: blob.type }) : blob);
  await (await clientOf(site, "?policy")).boot();
  URL.createObjectURL = make;
  return told;
}

/**
 * @param {string} site
 * @param {string} [again]  a query: the page gets a further client, with a worker of its own
 */
export async function clientOf(site, again = "") {
  const assets = new URL("assets/course/", site);
  const manifest = await (await fetch(new URL("manifest.json", assets))).json();
  const { file } = manifest.find((/** @type {{name: string}} */ { name }) => name === "python.js");
  const { client } = await import(new URL(file, assets).href + again);
  return client;
}

/**
 * Start Python as on a first visit, and again from the memory snapshot which that has left. Both in one page: the
 * automated sessions of WebKitGTK forget Cache Storage as soon as the last page that uses it is left.
 *
 * @param {string} site
 * @param {number} times  how often to start it again
 * @returns {Promise<{isRestored: boolean, milliseconds: number}[]>}  each start
 */
export async function startAgain(site, times) {
  const starts = [];
  for (let turn = 0; turn <= times; turn++) {
    const client = await clientOf(site, turn ? `?${turn}` : "");
    const begun = performance.now();
    await client.boot();
    const { isRestored } = client.progress;
    starts.push({ isRestored, milliseconds: performance.now() - begun });
    while (!(await isPutAside())) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return starts;
}

async function isPutAside() {
  for (const name of await caches.keys()) if ((await (await caches.open(name)).keys()).length) return true;
  return false;
}

/**
 * The widgets of a page, as they stand in its file.
 *
 * @param {string} address
 */
async function widgetsOf(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  const text = await response.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  return [...page.querySelectorAll("ft-widget")].map((widget) => {
    const { fields, opening, parts } = JSON.parse(widget.querySelector("script.ft-payload")?.textContent ?? "");
    /** @type {Record<string, string>} */
    const state = {};
    for (const field of fields) state[field.name] = field.default;
    return { text, name: widget.getAttribute("name"), id: widget.id, opening, parts, state };
  });
}

/**
 * Start Python and train.
 *
 * @param {Order} order
 * @returns {Promise<Trained>}
 */
export async function train({ site, kernels, refused, page, settings }) {
  /** @type {string[]} */
  const compiled = [];
  const channel = new BroadcastChannel("self-test");
  channel.onmessage = ({ data }) => compiled.push(data);
  const make = URL.createObjectURL.bind(URL);
  const watching = `(${watchKernels})(${JSON.stringify(kernels)}, ${JSON.stringify(refused)});`;
  URL.createObjectURL = (blob) =>
    make(blob instanceof Blob && blob.type === "text/javascript" ? new Blob([watching, "\n", blob], { type: blob.type }) : blob);
  const client = await clientOf(site);
  const start = performance.now();
  await client.boot();
  const bootMilliseconds = performance.now() - start;
  const lab = (await widgetsOf(`${site}${page}`)).find(({ name }) => name === "sft-lab");
  if (!lab) throw new Error(`there is no SFT lab in ${page}`);
  let runs = "";
  const { finished } = client.run(
    { key: "self-test:sft-lab", widgetId: lab.id, opening: lab.opening },
    { ...lab.state, ...settings },
    "run",
    (/** @type {import("../../../widgets/browser/shared/protocol.js").StepAnswer} */ step) => (runs = step.fields?.runs ?? runs),
  );
  const { isComplete } = await finished;
  if (!isComplete) throw new Error("the run did not come to its end");
  channel.close();
  return { bootMilliseconds, kernels: compiled, runs };
}

/**
 * Render every part of every widget in its default state and compare with the pages' files.
 *
 * @param {string} site
 * @param {string[]} pages  relative to the site
 * @returns {Promise<{compared: Record<string, number>, different: string[]}>}  name of a widget → parts compared
 */
export async function compareWithPages(site, pages) {
  const client = await clientOf(site);
  /** @type {Record<string, number>} */
  const compared = {};
  const different = [];
  for (const page of pages) {
    for (const { text, name, id, opening, parts, state } of await widgetsOf(`${site}${page}`)) {
      const live = await client.render({ key: `self-test:${page}#${id}`, widgetId: id, opening }, state);
      for (const part of parts) {
        compared[name ?? ""] = (compared[name ?? ""] ?? 0) + 1;
        const start = text.indexOf(`data-part="${part.name}"`, text.indexOf(`id="${id}"`));
        const html = live[part.name];
        if (text.substr(text.indexOf(">", start) + 1, html.length) !== html) different.push(`${page}#${id} ${part.name}`);
      }
    }
  }
  return { compared, different };
}
