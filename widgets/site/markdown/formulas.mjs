// Reads a JSON array of {latex, display} and writes, for each, {mathml} or {problem}: what KaTeX makes of it, as the
// MathML that browsers draw without any style sheet or font of KaTeX's.
import katex from "katex";

const APPLIES = "\u2061"; // the invisible sign between a function and what it is applied to
const THIN = "0.1667em";
const OPENS = new Set(["(", "[", "{", "⟨", "⌈", "⌊", "|", "∣", "∥"]);

/** First code points of the mathematical alphabets: of A, of a, of 0; browsers no longer draw `mathvariant`. */
const ALPHABETS = {
  bold: [0x1d400, 0x1d41a, 0x1d7ce],
  italic: [0x1d434, 0x1d44e],
  "bold-italic": [0x1d468, 0x1d482],
  script: [0x1d49c, 0x1d4b6],
  fraktur: [0x1d504, 0x1d51e],
  "double-struck": [0x1d538, 0x1d552, 0x1d7d8],
  "sans-serif": [0x1d5a0, 0x1d5ba, 0x1d7e2],
  monospace: [0x1d670, 0x1d68a, 0x1d7f6],
};
/** Letters that had a place of their own in Unicode before the alphabets. */
const EARLIER = {
  script: { B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ", e: "ℯ", g: "ℊ", o: "ℴ" },
  fraktur: { C: "ℭ", H: "ℌ", I: "ℑ", R: "ℜ", Z: "ℨ" },
  "double-struck": { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" },
  italic: { h: "ℎ" },
};

/** Write a text in a mathematical alphabet; what the alphabet lacks stays as it is. */
function inAlphabet(text, variant) {
  const [capital, small, digit] = ALPHABETS[variant];
  const written = (letter) => {
    const ranges = [["A", "Z", capital], ["a", "z", small], ["0", "9", digit]];
    const [first, , place] = ranges.find(([from, to]) => letter >= from && letter <= to) ?? [];
    const moved = place && String.fromCodePoint(place + letter.charCodeAt(0) - first.charCodeAt(0));
    return EARLIER[variant]?.[letter] ?? moved ?? letter;
  };
  return [...text].map(written).join("");
}

const textOf = (node) => (node ? node.toText() : "");
const isApplying = (node) => node?.type === "mo" && textOf(node) === APPLIES;
const isOpening = (node) => node?.type === "mo" && OPENS.has(textOf(node));
const isOperator = (node) => ["mo", "mspace", "mtext", undefined].includes(node?.type); // a space has no type

/** Bars as relations, which KaTeX takes for fences too → the signs that browsers stretch and set close. */
const BARS = { "∣": "|", "∥": "‖" };

/** Make of KaTeX's tree what MathML Core knows: letters in place of variants, TeX's spaces, accents that stay visible. */
function adapt(node) {
  if (node.character) node.character = null; // a space: its width, not a character that fonts make wider
  if (!node.children) return;
  const isFragment = (child) => child.children && !child.type;
  node.children = node.children.flatMap((child) => (isFragment(child) ? child.children : [child]));
  const variant = node.attributes?.mathvariant;
  if (variant in ALPHABETS) {
    for (const child of node.children) child.text = inAlphabet(child.text, variant);
    // One letter alone in <mi> would be slanted.
    node.attributes.mathvariant = "normal";
  } else if (variant && node.type === "mo") delete node.attributes.mathvariant;
  if (node.type === "mo" && node.attributes.fence === "true" && textOf(node) in BARS) {
    node.children[0].text = BARS[textOf(node)];
  }
  const accent = node.type === "mover" && node.attributes.accent === "true" && node.children[1];
  // A hat and a tilde stretch well everywhere; WebKit loses a bar that may, and sets a hat that may not too high.
  if (accent && accent.type === "mo" && !["^", "~"].includes(textOf(accent))) accent.attributes.stretchy ??= "false";
  // A prime is raised already: set small and high as well, which fonts without a table for mathematics do, it is lost.
  if (node.type === "msup" && /^′+$/.test(textOf(node.children[1]))) node.type = "mrow";
  if (node.type === "mtable") align(node);
  node.children.forEach((child, place) => {
    adapt(child);
    if (!isApplying(child)) return;
    const [before, after] = [node.children[place - 2], node.children[place + 1]];
    if (after && !isOpening(after) && !isOperator(after)) child.attributes.rspace = THIN;
    const closes = before?.type === "mo" && [")", "]", "}"].includes(textOf(before));
    if (before && (closes || !isOperator(before))) node.children[place - 1].attributes.style = `margin-left:${THIN}`;
  });
}

/** Align the columns of a table by style, where the browser no longer knows the attribute. */
function align(table) {
  const columns = (table.attributes.columnalign ?? "").split(" ");
  if (!columns.some((side) => side === "left" || side === "right")) return;
  for (const row of table.children) {
    row.children.forEach((cell, place) => {
      const side = columns[place] ?? columns.at(-1);
      if (cell.type === "mtd" && side !== "center") cell.attributes.style = `text-align:${side};padding-${side}:0`;
    });
  }
}

function answer({ latex, display }) {
  const options = { displayMode: display, strict: "error", throwOnError: true, output: "mathml" };
  try {
    const math = katex.__renderToDomTree(latex, options).children[0];
    math.children = math.children[0].children.filter((node) => node.type !== "annotation"); // out of <semantics>
    adapt(math);
    return { mathml: math.toMarkup() };
  } catch (error) {
    const text = error instanceof katex.ParseError ? error.message.replace(/^KaTeX parse error: /, "") : String(error);
    return { problem: text };
  }
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
process.stdout.write(JSON.stringify(JSON.parse(text).map(answer)));
