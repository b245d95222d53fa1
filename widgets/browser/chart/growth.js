/** What has been added to a chart's lines since it was drawn. */

/**
 * @typedef {{x?: unknown[], y?: unknown[], [option: string]: unknown}} Trace
 * @typedef {{data: Trace[], layout: Record<string, unknown>}} Figure
 * @typedef {{at: number, x: unknown[], y: unknown[]}} Added  new points at the end of the trace in place `at`
 */

/**
 * Compare two figures.
 *
 * @param {Figure} before
 * @param {Figure} after
 * @returns {Added[] | undefined}  undefined if more has changed than that lines have grown, or nothing has
 */
export function growth(before, after) {
  if (before.data.length !== after.data.length || !isSame(before.layout, after.layout)) return undefined;
  /** @type {Added[]} */
  const added = [];
  for (const [at, trace] of after.data.entries()) {
    const { x = [], y = [], ...options } = trace;
    const { x: oldX = [], y: oldY = [], ...oldOptions } = before.data[at];
    if (!isSame(options, oldOptions) || !isStart(oldX, x) || !isStart(oldY, y)) return undefined;
    if (x.length > oldX.length) added.push({ at, x: x.slice(oldX.length), y: y.slice(oldY.length) });
  }
  return added.length > 0 ? added : undefined;
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * @param {unknown[]} start
 * @param {unknown[]} whole
 */
function isStart(start, whole) {
  return start.length <= whole.length && start.every((item, place) => item === whole[place]);
}
