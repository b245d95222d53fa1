/**
 * Put together what two tabs have added to one list: items joined by commas, or a JSON array.
 *
 * Lists that were once kept with commas are written as JSON since. Ours is made from all that such an old form held, so
 * an old form of theirs has nothing to add; and if this tab began from one, what it began from stands in theirs.
 *
 * @param {string} before  the list from which this tab began
 * @param {string} theirs  what is stored now, perhaps by another tab
 * @param {string} ours    what this tab has made of it
 * @param {number} most    how many items are kept; the oldest give way
 * @returns {string}
 */
export function merged(before, theirs, ours, most) {
  if (theirs === before) return ours;
  const isJson = (ours || theirs).startsWith("[");
  const isOld = (/** @type {string} */ text) => text !== "" && text.startsWith("[") !== isJson;
  const stored = isOld(theirs) ? [] : items(theirs);
  const known = new Set(isOld(before) ? stored : items(before));
  const all = [...stored, ...items(ours).filter((item) => !known.has(item))].slice(-most);
  return isJson ? `[${all}]` : all.join(",");
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
