/**
 * Names for what the theme leaves nameless to screen readers and out of the keyboard's reach. The theme builds some
 * of it only when it comes into view, so changes of the page are watched.
 */

/** @param {ParentNode} root */
function repair(root) {
  for (const link of root.querySelectorAll(".md-annotation__index:not([aria-label])")) {
    link.setAttribute("aria-label", `Note ${link.querySelector("[data-md-annotation-id]")?.getAttribute("data-md-annotation-id") ?? ""}`);
  }
  // Its title goes while it is shown as a tooltip, that is, whenever the button has the focus.
  for (const button of root.querySelectorAll("button.md-code__button[title]:not([aria-label])")) {
    button.setAttribute("aria-label", button.getAttribute("title") ?? "");
  }
  for (const nav of root.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "presentation");
  for (const table of root.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    table.setAttribute("tabindex", "0");
    table.setAttribute("role", "group");
    table.setAttribute("aria-label", "Table, can be scrolled sideways");
  }
  for (const search of root.querySelectorAll(".md-search[role=dialog]:not([aria-label])")) {
    search.setAttribute("aria-label", "Search");
  }
}

/** Repair the page now, and again whenever the theme adds to it. */
export function watchTheme() {
  repair(document);
  const article = document.querySelector("article");
  if (!article) return;
  let isPlanned = false;
  new MutationObserver(() => {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => {
      isPlanned = false;
      repair(document);
    });
  }).observe(article, { childList: true, subtree: true });
}
