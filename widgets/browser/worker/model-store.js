/**
 * Trained models on the reader's device, in the browser's origin-private files: one folder for each site, so that
 * `forgetAll` in local-storage.js finds it, a file for each model. Python sees them as a folder of its own. Private files may
 * be missing (over plain http), full or in use by another tab: nothing here throws, and what cannot be stored lasts as
 * long as the tab, which `update` tells.
 *
 * A model is stored in one of two files in turn, `NAME` and `NAME~`: the new one is written beside the old one, which
 * is deleted when the new one is there as a whole. So full storage, or a tab that is closed meanwhile, costs the new
 * model at most. (Moving the new file over the old one would need `move`, which not every browser has.)
 */

/**
 * @typedef {object} Files  Emscripten's file system, as far as it is used here
 * @property {(path: string) => void} mkdirTree
 * @property {(path: string) => string[]} readdir
 * @property {(path: string) => {mtime: Date, size: number}} stat
 * @property {(path: string) => Uint8Array<ArrayBuffer>} readFile
 * @property {(path: string, data: Uint8Array) => void} writeFile
 */

/** Bytes; a file that is larger was not written by this site. */
const LARGEST_BYTES = 8e6;
/** The end of the name of a model's second file. */
const SECOND = "~";

export class ModelStore {
  /** @type {FileSystemDirectoryHandle | undefined} */
  #root;
  #name;
  /** @type {Files | undefined} */
  #files;
  #path = "";
  /** @type {Map<string, string>} what each file was like when it was last stored */
  #stored = new Map();

  /**
   * @param {FileSystemDirectoryHandle | undefined} root  undefined where the browser has no private files
   * @param {string} name  of the site's folder; made when there is something to store
   */
  constructor(root, name) {
    this.#root = root;
    this.#name = name;
  }

  /**
   * @param {string} base  address of the site's course files: `SITE/assets/course/`
   * @returns {Promise<ModelStore>}
   */
  static async open(base) {
    const name = encodeURIComponent(`ft|${new URL("../../", base).pathname}|`);
    try {
      return new ModelStore(await navigator.storage.getDirectory(), name);
    } catch {
      return new ModelStore(undefined, name);
    }
  }

  /**
   * Copy what is stored into a folder of Python's.
   *
   * @param {Files} files
   * @param {string} path
   */
  async fill(files, path) {
    this.#files = files;
    this.#path = path;
    files.mkdirTree(path);
    if (!this.#root) return;
    try {
      const folder = await this.#root.getDirectoryHandle(this.#name);
      /** @type {Set<string>} */
      const names = new Set();
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === "file") names.add(name.endsWith(SECOND) ? name.slice(0, -SECOND.length) : name);
      }
      for (const name of names) {
        const { whole } = await slots(folder, name);
        const file = await whole?.getFile();
        if (!file || file.size > LARGEST_BYTES) continue;
        files.writeFile(`${path}/${name}`, new Uint8Array(await file.arrayBuffer()));
        this.#stored.set(name, this.#mark(files, name));
      }
    } catch (error) {
      // Not found: nothing was trained here before.
      if (!isNotFound(error)) console.warn("The trained models on this device cannot be read:", error);
    }
  }

  /**
   * Store what is new or changed in Python's folder, and delete what is gone from it.
   *
   * @returns {Promise<boolean>}  false if there is something that lasts only as long as the tab
   */
  async update() {
    const files = this.#files;
    if (!files) return true;
    const names = files.readdir(this.#path).filter((name) => !name.startsWith("."));
    if (!this.#root) return names.length === 0;
    try {
      for (const name of names) {
        const mark = this.#mark(files, name);
        if (this.#stored.get(name) === mark) continue;
        await this.#write(name, files.readFile(`${this.#path}/${name}`));
        this.#stored.set(name, mark);
      }
      for (const name of [...this.#stored.keys()].filter((one) => !names.includes(one))) {
        await this.#remove(name);
        this.#stored.delete(name);
      }
      return true;
    } catch (error) {
      console.warn("The trained model lasts only until this tab is closed:", error);
      return false;
    }
  }

  /**
   * @param {string} name
   * @param {Uint8Array<ArrayBuffer>} data
   */
  async #write(name, data) {
    const folder = await this.#root?.getDirectoryHandle(this.#name, { create: true });
    if (!folder) return;
    const { whole, free } = await slots(folder, name);
    const handle = await folder.getFileHandle(free, { create: true });
    try {
      const file = await handle.createSyncAccessHandle();
      try {
        file.truncate(0);
        const written = file.write(data, { at: 0 });
        if (written !== data.length) throw new Error(`only ${written} of ${data.length} bytes of ${name} were stored`);
        file.flush();
      } finally {
        file.close();
      }
    } catch (error) {
      // Half a model is of no use and takes room. If it cannot be deleted, the next one is written over it.
      await folder.removeEntry(free).catch(() => {});
      throw error;
    }
    if (whole) await removeFile(folder, whole.name);
  }

  /** @param {string} name */
  async #remove(name) {
    try {
      const folder = await this.#root?.getDirectoryHandle(this.#name);
      if (folder) for (const slot of [name, name + SECOND]) await removeFile(folder, slot);
    } catch (error) {
      // Everything was deleted in another tab.
      if (!isNotFound(error)) throw error;
    }
  }

  /**
   * @param {Files} files
   * @param {string} name
   */
  #mark(files, name) {
    const { mtime, size } = files.stat(`${this.#path}/${name}`);
    return `${mtime.getTime()}:${size}`;
  }
}

/**
 * Find a model's two files. Where both are there, a tab was closed before the new one was whole or the old one deleted:
 * then the older one counts.
 *
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 * @returns {Promise<{whole: FileSystemFileHandle | undefined, free: string}>}  the file that holds the model, and the
 *   name for the next one
 */
async function slots(folder, name) {
  const handles = await Promise.all([name, name + SECOND].map((slot) => existing(folder, slot)));
  const [first, second] = handles;
  let isSecond = !first && second !== undefined;
  if (first && second) isSecond = (await second.getFile()).lastModified < (await first.getFile()).lastModified;
  return { whole: isSecond ? second : first, free: first && !isSecond ? name + SECOND : name };
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 */
async function existing(folder, name) {
  try {
    return await folder.getFileHandle(name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Delete a file, if another tab has not done so.
 *
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 */
async function removeFile(folder, name) {
  try {
    await folder.removeEntry(name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** @param {unknown} error */
function isNotFound(error) {
  return error instanceof DOMException && error.name === "NotFoundError";
}
