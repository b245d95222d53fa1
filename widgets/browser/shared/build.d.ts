/** What the build puts into the code, and modules that come without types. */

declare const CLIENT_FILE: string;
declare const CONVERSATION_FILE: string;
declare const PLOT_FILE: string;
declare const OFFLINE_FILE: string;
declare const FILE_NOTICE_FILE: string;
declare const WORKER_PROGRAM: import("./protocol.js").RuntimeFile;
declare const RUNTIME_FILES: import("./protocol.js").RuntimeFile[];
declare const SNAPSHOT: string;

/** What page/early.js leaves to page/course.js: the buttons that were pressed, in their order, and what they declared. */
declare var ftPressed: [button: HTMLElement, declared: string][] | undefined;

declare module "pyodide/pyodide.asm.mjs" {
  const createPyodideModule: NonNullable<Parameters<typeof import("pyodide").loadPyodide>[0]>["createPyodideModule"];
  export default createPyodideModule;
}

declare module "plotly.js-basic-dist-min" {
  const Plotly: {
    react(
      plot: HTMLElement,
      figure: { data: object[]; layout: Record<string, unknown>; config: Record<string, unknown> },
    ): Promise<void>;
    extendTraces(plot: HTMLElement, added: { x: unknown[][]; y: unknown[][] }, places: number[]): Promise<void>;
    purge(plot: HTMLElement): void;
  };
  export default Plotly;
}

/** Offered in workers only, which TypeScript's types of a page leave out. */
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(data: Uint8Array<ArrayBuffer>, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

/** A service worker's global scope, as far as it is used here; TypeScript's types of a page leave it out. */
interface ServiceWorkerScope {
  registration: ServiceWorkerRegistration;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", act: (event: { waitUntil(promise: Promise<unknown>): void }) => void): void;
  addEventListener(
    type: "fetch",
    act: (event: { request: Request; respondWith(response: Promise<Response>): void }) => void,
  ): void;
}
