// Reads a JSON array of {latex, display} and writes, for each, what KaTeX finds wrong with it, or null.
import katex from "katex";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = JSON.parse(text).map(({ latex, display }) => {
  try {
    katex.renderToString(latex, { displayMode: display, strict: "error", throwOnError: true, output: "mathml" });
    return null;
  } catch (error) {
    return error instanceof katex.ParseError ? error.message.replace(/^KaTeX parse error: /, "") : String(error);
  }
});
process.stdout.write(JSON.stringify(answers));
