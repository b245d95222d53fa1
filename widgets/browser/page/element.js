/**
 * `<ft-widget>`: reads the data that the build wrote into it, and then lives as a {@link LiveWidget} for as long as it
 * is on the page.
 *
 * @import {Payload} from "./payload.js"
 */

import { LiveWidget } from "./live-widget.js";
import { showStatus } from "./status.js";

export class FtWidget extends HTMLElement {
  /** @type {LiveWidget | undefined}  undefined until its data were read, and where they cannot be */
  live;
  #isRead = false;

  connectedCallback() {
    if (!this.#isRead) this.#read();
    this.live?.listen();
  }

  /** A theme that changes pages without reload takes the widget away, and its run ends. One that is moved stays. */
  disconnectedCallback() {
    setTimeout(() => this.isConnected || this.live?.leave());
  }

  #read() {
    this.#isRead = true;
    const script = this.querySelector("script.ft-payload");
    /** @type {Payload} */
    let payload;
    try {
      payload = JSON.parse(script?.textContent ?? "");
    } catch (error) {
      console.warn(`The data of the widget ${this.id} cannot be read:`, error);
      this.dataset.state = "error";
      const line = /** @type {HTMLElement | null} */ (this.querySelector(":scope > .ft-status"));
      if (line) showStatus(line, { text: "This widget's data did not arrive whole. Reload the page to try again." });
      return;
    }
    // A theme that changes pages without reload would run what it finds in script elements.
    script?.remove();
    this.live = new LiveWidget(this, payload);
    this.dataset.upgraded = "";
  }
}
