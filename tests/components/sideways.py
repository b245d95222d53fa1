"""What sticks out of a narrow screen, where a reader would have to scroll sideways or could not see it at all."""

from __future__ import annotations

from playwright.sync_api import Page

OUTSIDE = """() => {
  // The theme's drawer waits beside the page, its notes of listings beside their signs; a formula or a drawing is one.
  const apart = ".md-sidebar, .md-tooltip, .ft-visually-hidden, .headerlink, svg *, math *";
  const scrolls = (element) => {
    for (let box = element.parentElement; box && !box.matches(".md-main"); box = box.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
    }
    return false;
  };
  const found = document.documentElement.scrollWidth > innerWidth + 1 ? ["the page scrolls sideways"] : [];
  for (const element of document.querySelectorAll(".md-main *")) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || (box.right <= innerWidth + 1 && box.left >= -1)) continue;
    if (element.closest(apart) || scrolls(element)) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const [left, right] = [box.left, box.right].map(Math.round);
    found.push(`${element.outerHTML.slice(0, 120)}: ${left} to ${right} of ${innerWidth}`);
  }
  return found;
}"""


def sideways(page: Page) -> list[str]:
    """List the visible elements of a page that reach beyond the screen, unless they stand in a box that scrolls.

    (The width of the document does not tell: the page clips what sticks out.)
    """
    found = page.evaluate(OUTSIDE)
    return [f"{page.url.rpartition('/')[2]}: {line}" for line in found]


def sideways_when_small(page: Page) -> list[str]:
    """Look at 320 CSS pixels, and in a window of 640 at 200 %, with the text alone enlarged; then as before."""
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    found = sideways(page)
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("() => { document.documentElement.style.fontSize = '250%'; }")
    found += [f"at 200 %: {line}" for line in sideways(page)]
    page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    if size:
        page.set_viewport_size(size)
    return found
