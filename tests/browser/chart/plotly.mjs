/** Stands in for plotly.js: notes what it is asked, and fails if it is told to. */

export const calls = [];
export const faults = { next: undefined };

function note(name, ...given) {
  calls.push([name, ...given]);
  const { next } = faults;
  faults.next = undefined;
  if (next) throw next;
}

export default {
  react: async (plot, { data, layout }) => note("react", data, layout),
  extendTraces: async (plot, added, places) => note("extendTraces", added, places),
  purge: () => void calls.push(["purge"]),
};
