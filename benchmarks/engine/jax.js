/**
 * The training step and the matrix product in @jax-js/jax, WebAssembly backend, one thread, the step as one `jit`.
 *
 * A gather does not work under its `jit`, so tokens are one-hot rows. Every use of an array gives up a reference, so
 * whatever is used again is passed as `.ref`.
 */

import { defaultDevice, init, jit, nn, numpy as np, random, valueAndGrad } from "@jax-js/jax";

const BETAS = [0.9, 0.999];
const RATE = 1e-3;

/** Every parameter, as in `widgets/engine/architectures/gpt.py`; matrices are (in, out). */
function parameters({ vocabulary, context, layers, width }) {
  let seed = 0;
  const normal = (...shape) => random.normal(random.key(++seed), shape).mul(0.02);
  const all = { tokens: normal(vocabulary, width), positions: normal(context, width) };
  const addNorm = (name) => {
    all[`${name}.weight`] = np.ones([width]);
    all[`${name}.bias`] = np.zeros([width]);
  };
  for (let layer = 0; layer < layers; layer++) {
    addNorm(`${layer}.attention_norm`);
    addNorm(`${layer}.feed_forward_norm`);
    const sizes = { q: [width, width], k: [width, width], v: [width, width], o: [width, width] };
    for (const [name, size] of Object.entries({ ...sizes, up: [width, 4 * width], down: [4 * width, width] })) {
      all[`${layer}.${name}.weight`] = normal(...size);
      all[`${layer}.${name}.bias`] = np.zeros([size[1]]);
    }
  }
  addNorm("final_norm");
  return all;
}

function lossOf(all, oneHot, targets, mask, { batch, context, layers, heads, width }) {
  const linear = (x, name) => np.matmul(x, all[`${name}.weight`]).add(all[`${name}.bias`]);
  const norm = (x, name) => nn.standardize(x, -1).mul(all[`${name}.weight`]).add(all[`${name}.bias`]);
  const gelu = (x) => {
    const inner = x.ref.add(x.ref.mul(x.ref).mul(x.ref).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(0.5).mul(np.tanh(inner).add(1));
  };
  const size = width / heads;
  const split = (x) => x.reshape([batch, context, heads, size]).transpose([0, 2, 1, 3]);
  let x = np.matmul(oneHot, all.tokens.ref).reshape([batch, context, width]);
  x = x.add(all.positions).reshape([batch * context, width]);
  for (let layer = 0; layer < layers; layer++) {
    const normal = norm(x.ref, `${layer}.attention_norm`);
    const q = split(linear(normal.ref, `${layer}.q`));
    const k = split(linear(normal.ref, `${layer}.k`));
    const v = split(linear(normal, `${layer}.v`));
    const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(size)).add(mask.ref);
    const mixed = np.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]).reshape([batch * context, width]);
    x = x.add(linear(mixed, `${layer}.o`));
    x = x.ref.add(linear(gelu(linear(norm(x, `${layer}.feed_forward_norm`), `${layer}.up`)), `${layer}.down`));
  }
  mask.dispose();
  const logits = np.matmul(norm(x, "final_norm"), all.tokens.transpose());
  return nn.logSoftmax(logits, -1).mul(targets).sum().mul(-1 / (batch * context));
}

/** One step of Adam with the gradients clipped to norm 1; `time` counts the steps. */
function makeStep(sizes) {
  return jit((all, first, second, time, oneHot, targets, mask) => {
    const copies = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.ref]));
    const [loss, grads] = valueAndGrad((now) => lossOf(now, oneHot, targets, mask, sizes))(copies);
    let total = np.zeros([]);
    for (const grad of Object.values(grads)) total = total.add(grad.ref.mul(grad.ref).sum());
    const scale = np.minimum(np.reciprocal(np.sqrt(total)), 1);
    const corrections = BETAS.map((beta) => np.reciprocal(np.exp(time.ref.mul(Math.log(beta))).mul(-1).add(1)));
    const [after, firstAfter, secondAfter] = [{}, {}, {}];
    for (const name of Object.keys(all)) {
      const grad = grads[name].mul(scale.ref);
      const mean = first[name].mul(BETAS[0]).add(grad.ref.mul(1 - BETAS[0]));
      const square = second[name].mul(BETAS[1]).add(grad.ref.mul(grad).mul(1 - BETAS[1]));
      const change = mean.ref.mul(corrections[0].ref).div(np.sqrt(square.ref.mul(corrections[1].ref)).add(1e-8));
      after[name] = all[name].sub(change.mul(RATE));
      firstAfter[name] = mean;
      secondAfter[name] = square;
    }
    for (const used of [scale, time, ...corrections]) used.dispose();
    return [loss, after, firstAfter, secondAfter];
  });
}

/** Rows of zeros with a one at a drawn place. */
function drawnOneHot(rows, columns) {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) data[row * columns + Math.floor(Math.random() * columns)] = 1;
  return np.array(data).reshape([rows, columns]);
}

/**
 * @param {{batch: number, context: number, vocabulary: number, layers: number, heads: number, width: number,
 *   side: number, warm: number, samples: number}} sizes
 */
export async function measure(sizes) {
  await init("wasm");
  defaultDevice("wasm");
  const { batch, context, vocabulary, side } = sizes;
  const [oneHot, targets] = [drawnOneHot(batch * context, vocabulary), drawnOneHot(batch * context, vocabulary)];
  const hidden = Float32Array.from({ length: context * context }, (_, at) => (at % context > Math.floor(at / context) ? -1e9 : 0));
  const mask = np.array(hidden).reshape([context, context]);
  let all = parameters(sizes);
  const zeros = () => Object.fromEntries(Object.entries(all).map(([name, value]) => [name, np.zeros(value.shape)]));
  let [first, second] = [zeros(), zeros()];
  const compiled = makeStep(sizes);
  let time = 0;
  const step = () => {
    const now = np.array(new Float32Array([++time])).reshape([]);
    const [loss, ...next] = compiled(all, first, second, now, oneHot.ref, targets.ref, mask.ref);
    [all, first, second] = next;
    return loss.dataSync()[0];
  };
  const [a, b] = [random.normal(random.key(1), [side, side]), random.normal(random.key(2), [side, side])];
  const product = jit((one, other) => np.matmul(one, other));
  const multiply = () => product(a.ref, b.ref).dataSync();
  const start = step();
  for (let count = 0; count < sizes.warm; count++) {
    step();
    multiply();
  }
  const stepMs = best(step, 4, sizes.samples);
  const productMs = best(multiply, 20, sizes.samples);
  return { library: "@jax-js/jax", first: start, last: step(), step_ms: stepMs, product_ms: productMs };
}

/** The shortest mean of some repeats, in milliseconds. */
function best(work, repeats, samples) {
  let least = Infinity;
  for (let sample = 0; sample < samples; sample++) {
    const start = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) work();
    least = Math.min(least, (performance.now() - start) / repeats);
  }
  return least;
}
