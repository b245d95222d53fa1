/**
 * The copy of the site that a reader has saved on the device, as both the page and the service worker read it.
 *
 * Everything lies in one cache. A file lies there once, under the hash of its content; one more entry, the index, says
 * which file of the site has which content. A new version of the site therefore adds only what has changed, beside the
 * old one, and takes its place at the moment when the index is replaced.
 */

/**
 * @typedef {object} Index
 * @property {string} version   names the content of all files together
 * @property {string} release   the course's version, for people
 * @property {number} bytes     of all files
 * @property {number} savedAt   milliseconds since 1970
 * @property {Record<string, string>} hashes  path below the site → hash of the content
 */

/** A request with this header asks the server itself, past the saved copy. */
export const PAST_THE_COPY = "ft-past-the-copy";

export class OfflineCopy {
  /** @param {URL} site  the root of the site */
  constructor(site) {
    this.site = site;
    // `forgetAll` in local-storage.js knows the site's caches by this beginning.
    this.name = `ft|${site.pathname}|offline`;
  }

  /**
   * Give the address under which a content lies in the cache.
   *
   * @param {string} hash  or "index"
   */
  key(hash) {
    return new URL(`saved/${hash}`, this.site).href;
  }

  /** @returns {Promise<Index | undefined>}  undefined if no copy is complete */
  async index() {
    const found = await caches.match(this.key("index"), { cacheName: this.name });
    return /** @type {Promise<Index> | undefined} */ (found?.json());
  }

  /**
   * Find the saved answer to a request, whatever stands behind the `?` of its address.
   *
   * @param {string} address
   * @returns {Promise<Response | undefined>}
   */
  async find(address) {
    const hash = (await this.index())?.hashes[this.path(address)];
    return hash === undefined ? undefined : caches.match(this.key(hash), { cacheName: this.name });
  }

  /**
   * Give the path of an address below the site, that of a folder being its index page.
   *
   * @param {string} address
   */
  path(address) {
    const path = decodeURI(new URL(address).pathname.slice(this.site.pathname.length));
    return path === "" || path.endsWith("/") ? `${path}index.html` : path;
  }
}
