// Put together every answer of the payload on standard input as the page's script does, and print them as JSON.
import { text } from "node:stream/consumers";
import { ColdAnswers } from "../../../widgets/browser/page/cold.js";

const { parts } = JSON.parse(await text(process.stdin));
const made = parts.map(({ name, cold }) => {
  const answers = new ColdAnswers(cold);
  return [name, Object.fromEntries(cold.map(([key]) => [key, answers.get(key)]))];
});
process.stdout.write(JSON.stringify(Object.fromEntries(made)));
