/** What the theme's search leaves unsaid: how much it has found, and that its index has not come. */

/** A search that has not answered after so many milliseconds is said to be late; when it comes, it answers all the same. */
const LATE_MS = 5000;

/** Look after the search of the page. The theme keeps it where it changes pages without reload, so once is enough. */
export function watchSearch() {
  /** @type {HTMLInputElement | null} */
  const box = document.querySelector("input.md-search__input");
  const answer = document.querySelector(".md-search-result__meta");
  if (!box || !answer) return;
  answer.setAttribute("role", "status");
  const waiting = answer.textContent;
  const offer = () => {
    if (answer.textContent !== waiting) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ft-button";
    button.textContent = "Reload the page";
    button.addEventListener("click", () => reload(box));
    answer.replaceChildren("The search has not loaded yet. Press Enter or: ", button);
  };
  box.addEventListener("input", () => setTimeout(offer, LATE_MS), { once: true });
  // The theme closes the search with the Tab key, so that no key leads to the button.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !answer.querySelector("button")) return;
    event.preventDefault();
    reload(box);
  });
}

/**
 * Load the page again. The theme reads the words to look for from the address, and closes the search where the address
 * names a place of the page.
 *
 * @param {HTMLInputElement} box
 */
function reload(box) {
  const address = new URL(location.href);
  address.searchParams.set("q", box.value);
  address.hash = "";
  location.assign(address);
}
