/**
 * Note the buttons that are pressed before the page's script has come; it presses them again when it is there. A file
 * of its own, because it must be small: it stands in the head and comes before anything can be seen.
 */

if (!customElements.get("ft-widget")) {
  globalThis.ftPressed = [];
  addEventListener(
    "click",
    ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      // A button that says nothing to the page's script does what it does by itself.
      if (!globalThis.ftPressed || !button?.matches("[data-action], [data-copy], [data-source]")) return;
      globalThis.ftPressed.push([button, JSON.stringify(button.dataset)]);
      button.setAttribute("aria-busy", "true");
    },
    true,
  );
}
