/**
 * The service worker of a site that a reader has saved for offline use; nothing else registers it. It answers from the
 * saved copy, with or without a network, so that everything a page loads is of the same version as the page. What is
 * not in the copy is asked of the server. It stores nothing itself: `download.js` does.
 */

import { PAST_THE_COPY, OfflineCopy } from "./offline-copy.js";

const worker = /** @type {ServiceWorkerScope} */ (/** @type {unknown} */ (self));
const copy = new OfflineCopy(new URL(worker.registration.scope));

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.method === "GET" && request.url.startsWith(copy.site.href);
  if (isOurs && !request.headers.has(PAST_THE_COPY)) event.respondWith(answer(request));
});

/** @param {Request} request */
async function answer(request) {
  const saved = await copy.find(request.url).catch(() => undefined);
  if (saved) return saved;
  try {
    return await fetch(request);
  } catch (error) {
    const page = request.mode === "navigate" ? await copy.find(new URL("404.html", copy.site).href) : undefined;
    if (page) return new Response(page.body, { status: 404, headers: page.headers });
    throw error;
  }
}
