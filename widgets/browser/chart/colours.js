/** Colours of charts: names such as "@accent" stand for the site's own colours, whatever the scheme. */

/**
 * Replace the names of colours, however deep they stand.
 *
 * @param {unknown} value
 * @param {(name: string) => string} colour
 * @returns {unknown}
 */
export function coloured(value, colour) {
  if (typeof value === "string") return value.startsWith("@") ? colour(value.slice(1)) || value : value;
  if (Array.isArray(value)) return value.map((item) => coloured(item, colour));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, coloured(item, colour)]));
}
