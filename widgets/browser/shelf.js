/**
 * Trained models on the reader's device, in the browser's origin-private files: one folder for each site, so that
 * `forgetAll` in store.js finds it, a file for each model. Python sees them as a folder of its own. Private files may
 * be missing (over plain http), full or in use by another tab: nothing here throws, and what cannot be stored lasts as
 * long as the tab, which `update` tells.
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
const LARGEST = 8e6;

export class Shelf {
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
   * @returns {Promise<Shelf>}
   */
  static async open(base) {
    const name = encodeURIComponent(`ft|${new URL("../../", base).pathname}|`);
    try {
      return new Shelf(await navigator.storage.getDirectory(), name);
    } catch {
      return new Shelf(undefined, name);
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
      for await (const [name, handle] of folder.entries()) {
        if (!(handle instanceof FileSystemFileHandle)) continue;
        const file = await handle.getFile();
        if (file.size > LARGEST) continue;
        files.writeFile(`${path}/${name}`, new Uint8Array(await file.arrayBuffer()));
        this.#stored.set(name, this.#mark(files, name));
      }
    } catch (error) {
      // Not found: nothing was trained here before.
      if (!(error instanceof DOMException && error.name === "NotFoundError")) {
        console.warn("The trained models on this device cannot be read:", error);
      }
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
        this.#stored.delete(name);
        await (await this.#root.getDirectoryHandle(this.#name)).removeEntry(name);
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
    const handle = await folder.getFileHandle(name, { create: true });
    const file = await handle.createSyncAccessHandle();
    try {
      file.truncate(0);
      file.write(data, { at: 0 });
      file.flush();
    } finally {
      file.close();
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
