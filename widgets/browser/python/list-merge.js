/**
 * Put together what two tabs have added to one list: items joined by commas, or a JSON array.
 *
 * @param {string} before  the list from which this tab began
 * @param {string} theirs  what is stored now, perhaps by another tab
 * @param {string} ours    what this tab has made of it
 * @param {number} most    how many items are kept; the oldest give way
 * @returns {string}
 */
export function merged(before, theirs, ours, most) {
  if (theirs === before) return ours;
  const known = new Set(items(before));
  const all = [...items(theirs), ...items(ours).filter((item) => !known.has(item))].slice(-most);
  return ours.startsWith("[") ? `[${all}]` : all.join(",");
}

/**
 * @param {string} text
 * @returns {string[]}
 */
function items(text) {
  if (!text.startsWith("[")) return text.split(",").filter(Boolean);
  try {
    return /** @type {unknown[]} */ (JSON.parse(text)).map((item) => JSON.stringify(item));
  } catch {
    // Altered by hand: there is nothing in it to be kept.
    return [];
  }
}
