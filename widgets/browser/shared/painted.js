/** Wait for the screen: what has just changed is seen before more is done. */

/** Milliseconds after which a frame is not waited for any longer: a tab that is out of sight paints none. */
const HIDDEN_MS = 150;

/**
 * Wait until what has changed is on the screen.
 *
 * @returns {Promise<void>}
 */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, HIDDEN_MS);
  });
}
