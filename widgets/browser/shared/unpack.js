/** Decompress what the build gzipped, so that a file costs the same on every server. */

/**
 * Decompress a stream if it is gzip. Some servers announce a `.gz` file as an encoding and the browser has then already
 * undone it, so the first two bytes decide, not the name.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {(bytes: number) => void} loading  called with the number of bytes just received
 * @returns {Promise<ReadableStream<Uint8Array<ArrayBuffer>>>}
 */
export async function unpacked(stream, loading) {
  const reader = stream.getReader();
  /** @type {Uint8Array<ArrayBuffer>} */
  let start = new Uint8Array(0);
  let ended = false;
  while (start.length < 2 && !ended) {
    const { done, value } = await reader.read();
    ended = done;
    if (value) start = joined(start, value);
  }
  loading(start.length);
  const whole = new ReadableStream({
    /** @param {ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>} controller */
    start(controller) {
      controller.enqueue(start);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      loading(value.length);
      controller.enqueue(value);
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  });
  return start[0] === 0x1f && start[1] === 0x8b ? whole.pipeThrough(new DecompressionStream("gzip")) : whole;
}

/**
 * @param {Uint8Array<ArrayBuffer>} first
 * @param {Uint8Array<ArrayBuffer>} second
 */
function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
