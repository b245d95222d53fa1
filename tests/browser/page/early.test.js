/** Buttons that are pressed before the page's script has come are noted, those that work by themselves are not. */

import assert from "node:assert/strict";
import { test } from "node:test";

let listen;
globalThis.addEventListener = (name, listener) => (listen = listener);
globalThis.customElements = { get: () => undefined };
globalThis.Element = class {};
await import("../../../widgets/browser/page/early.js");

class Button extends Element {
  busy = [];
  constructor(data) {
    super();
    this.data = data;
    this.dataset = { action: data };
  }
  closest() {
    return this;
  }
  matches(selector) {
    return selector.includes(`[${this.data}]`);
  }
  setAttribute(...attribute) {
    this.busy.push(attribute);
  }
}

test("what is pressed is noted in its order and shown as busy, until the page's script takes over", () => {
  const [first, second, own] = ["data-action", "data-copy", "popovertarget"].map((data) => new Button(data));
  for (const target of [second, own, first, second]) listen({ target });
  assert.deepEqual(globalThis.ftPressed.map(([button]) => button), [second, first, second]);
  assert.equal(globalThis.ftPressed[1][1], '{"action":"data-action"}');
  assert.deepEqual(first.busy, [["aria-busy", "true"]]);
  assert.deepEqual(own.busy, []);
  globalThis.ftPressed = undefined;
  listen({ target: first });
  assert.equal(globalThis.ftPressed, undefined);
});
