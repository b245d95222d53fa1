/** Read what `stored_zip` in widgets/site/assets/wheel.py writes: a zip archive whose files are stored, not compressed. */

const LOCAL_FILE = 0x04034b50;
const HEADER = 30;

/**
 * @param {Uint8Array<ArrayBuffer>} archive
 * @returns {{path: string, data: Uint8Array<ArrayBuffer>}[]}  the data are views, not copies
 */
export function storedFiles(archive) {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const files = [];
  let at = 0;
  while (at + HEADER <= archive.length && view.getUint32(at, true) === LOCAL_FILE) {
    const isStored = view.getUint16(at + 8, true) === 0;
    const size = view.getUint32(at + 18, true);
    const name = at + HEADER;
    const nameEnd = name + view.getUint16(at + 26, true);
    const start = nameEnd + view.getUint16(at + 28, true);
    if (!isStored || start + size > archive.length) throw new Error("the archive of the course's package is damaged");
    const path = new TextDecoder().decode(archive.subarray(name, nameEnd));
    files.push({ path, data: archive.subarray(start, start + size) });
    at = start + size;
  }
  if (files.length === 0) throw new Error("the course's package is not a zip archive");
  return files;
}
