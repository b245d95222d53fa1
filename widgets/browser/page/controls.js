/** Native form controls ↔ texts, as `widgets/core/fields.py` defines them. */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/**
 * The controls of a field inside a widget: one, or a group of radio buttons or checkboxes.
 *
 * @param {Element} widget
 * @param {string} name
 * @returns {Control[]}
 */
export function controlsOf(widget, name) {
  return [...widget.querySelectorAll(`[name="${CSS.escape(name)}"]`)].filter(isControl);
}

/**
 * @param {Element} element
 * @returns {element is Control}
 */
export function isControl(element) {
  return /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
}

/**
 * @param {Control} control
 * @returns {control is HTMLInputElement}
 */
function isBox(control) {
  return control.type === "checkbox" || control.type === "radio";
}

/**
 * True for the one checkbox of a yes-or-no field; the checkboxes of a group have values.
 *
 * @param {Control} control
 */
function isToggle(control) {
  return control.type === "checkbox" && !control.hasAttribute("value");
}

/**
 * The controls that the reader has changed since the page's markup set them: on a slow network somebody is quicker than
 * the script. (What browsers restore by themselves is switched off by `autocomplete="off"`.)
 *
 * @param {Element} widget
 * @returns {{control: Control, restore: () => void}[]}  each with a function that puts the change back
 */
export function changedControls(widget) {
  return [...widget.querySelectorAll("input, select, textarea")].filter(isControl).filter(isChanged).map((control) => {
    const { value } = control;
    if (!isBox(control)) return { control, restore: () => void (control.value = value) };
    const { checked } = control;
    return { control, restore: () => void (control.checked = checked) };
  });
}

/** @param {Control} control */
function isChanged(control) {
  if (control instanceof HTMLSelectElement) {
    const usual = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
    return control.value !== usual?.value;
  }
  if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
  const { type, min, max, step, checked, defaultChecked, defaultValue } = control;
  if (type === "file") return false;
  // Of radio buttons the one that was chosen says it all.
  if (type === "radio") return checked && !defaultChecked;
  if (type === "checkbox") return checked !== defaultChecked;
  // A browser may have put the value of the markup onto the steps of a slider.
  return control.value !== Object.assign(document.createElement("input"), { type, min, max, step, defaultValue }).value;
}

/**
 * @param {readonly Control[]} controls
 * @returns {string | undefined}  undefined if there is no control
 */
export function textOf(controls) {
  const [first] = controls;
  if (!first) return undefined;
  if (isToggle(first)) return isBox(first) && first.checked ? "on" : "off";
  if (!isBox(first)) return first.value;
  return controls
    .filter((control) => isBox(control) && control.checked)
    .map((control) => control.value)
    .join(",");
}

/**
 * Show a text in the controls. A box that already means the text is left alone, so that the caret stays.
 *
 * @param {readonly Control[]} controls
 * @param {string} text
 */
export function showText(controls, text) {
  if (textOf(controls) === text) return;
  const chosen = text.split(",");
  for (const control of controls) {
    if (isToggle(control) && isBox(control)) control.checked = text === "on";
    else if (isBox(control)) control.checked = chosen.includes(control.value);
    else control.value = text;
  }
}

/**
 * The number under a slider that mirrors a box: its position, a power of two, or one of `data-stops`.
 *
 * @param {HTMLInputElement} slider
 */
export function sliderText(slider) {
  const position = Number(slider.value);
  const { stops } = slider.dataset;
  if (stops) return stops.split(" ")[position] ?? "";
  return String(slider.dataset.scale === "log2" ? Math.round(2 ** position) : position);
}

/**
 * Move a slider to the text of its box.
 *
 * @param {HTMLInputElement} slider
 * @param {string} text
 */
export function moveSlider(slider, text) {
  const number = Number(text);
  const { stops, scale } = slider.dataset;
  const position = stops ? nearest(stops.split(" "), number) : scale === "log2" ? Math.log2(number) : number;
  if (text === "" || !Number.isFinite(position)) return;
  if (sliderText(slider) !== text) slider.value = String(position);
  // Heard at each move, when the slider's name is not: "Rank 16".
  const label = slider.getAttribute("aria-label")?.replace(" (slider)", "") ?? "";
  slider.setAttribute("aria-valuetext", `${label} ${text} ${slider.dataset.unit ?? ""}`.trim());
}

/**
 * The place of the stop that is nearest to a number, by ratio: the stops of such a slider lie on a logarithmic scale.
 *
 * @param {readonly string[]} stops
 * @param {number} number
 */
function nearest(stops, number) {
  const far = (/** @type {string} */ stop) => Math.abs(Math.log(Number(stop) / number));
  return stops.reduce((best, stop, place) => (far(stop) < far(stops[best]) ? place : best), 0);
}

/**
 * Show the rows whose condition (`data-shown-when="FIELD=TEXT"` or `"FIELD=TEXT|TEXT"`) the state meets, hide the others.
 *
 * @param {Element} widget
 * @param {Readonly<Record<string, string>>} state
 */
export function showRows(widget, state) {
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (widget.querySelectorAll("[data-shown-when]"))) {
    const [name, text] = splitOnce(row.dataset.shownWhen ?? "");
    row.hidden = !text.split("|").includes(state[name]);
  }
}

/**
 * Mark the controls whose text was refused and tie them to the sentences that say why.
 *
 * @param {HTMLElement} widget
 */
export function markProblems(widget) {
  for (const control of widget.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-errormessage");
  }
  for (const problem of /** @type {NodeListOf<HTMLElement>} */ (widget.querySelectorAll("[data-problem]"))) {
    const name = problem.dataset.problem ?? "";
    problem.id = `${widget.id}-${name}-problem`;
    for (const control of controlsOf(widget, name)) {
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-errormessage", problem.id);
    }
  }
}

/**
 * The text under which a number stands in the cold table: the token of the first range that holds it
 * (`data-ranges='[[low, high, "token"], …]'`, `data-otherwise="token"`).
 *
 * @param {readonly Control[]} controls
 * @param {string} text
 */
export function tokenOf([control], text) {
  const ranges = control?.dataset.ranges;
  if (ranges === undefined || text === "") return text;
  const number = Number(text);
  for (const [low, high, token] of /** @type {[number, number, string][]} */ (JSON.parse(ranges))) {
    if (low <= number && number <= high) return token;
  }
  return control.dataset.otherwise ?? text;
}

/**
 * @param {string} text  `NAME=REST`
 * @returns {[name: string, rest: string]}
 */
export function splitOnce(text) {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
