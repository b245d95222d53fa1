/**
 * What the build wrote about a widget (`widgets/core/frame.py`).
 *
 * @typedef {object} FieldSpec
 * @property {string} name
 * @property {string} default
 * @property {boolean} stored  true: kept in local storage; false: in the address bar
 * @property {number} max      longest text, in characters
 * @property {[place: string, name: string]} [kept_as]  where another widget keeps it; it is only read here
 * @property {number} [most]   for a list to which a run adds: how many items it holds
 *
 * @typedef {[start: number, removed: number, ...added: string[]]} Edit
 * @typedef {[key: string, base: -1, html: string] | [key: string, base: number, edits: Edit[]]} Entry
 *
 * @typedef {object} PartSpec
 * @property {string} name
 * @property {string[]} on     what it depends on: fields, `count:FIELD`, `sum:NAME`
 * @property {Record<string, string>} defaults  the text of each of these in the default state
 * @property {Entry[]} cold    its answers that travel with the page
 *
 * @typedef {object} Payload
 * @property {string} title
 * @property {string} place    name under which its stored fields are kept
 * @property {FieldSpec[]} fields
 * @property {PartSpec[]} parts
 * @property {string[]} runs_on  fields whose change starts the widget's run
 * @property {string} opening  what Python is told about it, JSON text that the page does not read
 */

export {};
