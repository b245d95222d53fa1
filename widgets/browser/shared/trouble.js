/** The one class of errors that are worded for the reader, and what is said of all others. */

/** What went wrong, in words for the reader. */
export class Trouble extends Error {
  // Each bundle holds a copy of this class, so an error is known by this name; minified, the class loses its own.
  name = "Trouble";
}

/**
 * Say what went wrong. The text of an error that is not a {@link Trouble} was not written for readers: it goes to the
 * console.
 *
 * @param {unknown} error
 * @param {string} otherwise  a plain sentence
 * @returns {string}
 */
export function wordsFor(error, otherwise) {
  if (error instanceof Error && error.name === "Trouble") return error.message;
  console.warn(otherwise, error);
  return otherwise;
}
