/**
 * The training step and the matrix product in TensorFlow.js, WebAssembly backend, one thread.
 *
 * Helped where it is slow as it comes: it has no gradient of a gather, so tokens are one-hot rows; its matrix product
 * is fast only without transposition flags, which its own gradients set, so gradients transpose explicitly.
 * `run.py` bundles this file with the packages, because their bundle leaves the gradients out.
 */

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** The last two axes exchanged. */
function flip(x) {
  const axes = x.shape.map((_, axis) => axis);
  axes.push(...axes.splice(-2).reverse());
  return tf.transpose(x, axes);
}

function product(a, b) {
  return tf.customGrad((one, other, save) => {
    save([one, other]);
    return {
      value: tf.matMul(one, other),
      gradFunc: (dy, [left, right]) => [tf.matMul(dy, flip(right)), tf.matMul(flip(left), dy)],
    };
  })(a, b);
}

function layerNorm(x, weight, bias) {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.mul(centred, centred), -1, true), 1e-5));
  return tf.add(tf.mul(tf.mul(centred, scale), weight), bias);
}

function gelu(x) {
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** Every parameter, as in `widgets/engine/architectures/gpt.py`; matrices are (in, out). */
function parameters({ vocabulary, context, layers, width }) {
  const normal = (...shape) => tf.variable(tf.randomNormal(shape, 0, 0.02));
  const filled = (value, size) => tf.variable(tf.fill([size], value));
  const all = { tokens: normal(vocabulary, width), positions: normal(context, width) };
  for (let layer = 0; layer < layers; layer++) {
    for (const name of ["attention_norm", "feed_forward_norm"]) {
      all[`${layer}.${name}.weight`] = filled(1, width);
      all[`${layer}.${name}.bias`] = filled(0, width);
    }
    const sizes = { q: [width, width], k: [width, width], v: [width, width], o: [width, width] };
    for (const [name, size] of Object.entries({ ...sizes, up: [width, 4 * width], down: [4 * width, width] })) {
      all[`${layer}.${name}.weight`] = normal(...size);
      all[`${layer}.${name}.bias`] = filled(0, size[1]);
    }
  }
  all["final_norm.weight"] = filled(1, width);
  all["final_norm.bias"] = filled(0, width);
  return all;
}

function lossOf(all, oneHot, targets, mask, { batch, context, layers, heads, width }) {
  const linear = (x, name) => tf.add(product(x, all[`${name}.weight`]), all[`${name}.bias`]);
  const norm = (x, name) => layerNorm(x, all[`${name}.weight`], all[`${name}.bias`]);
  const size = width / heads;
  const split = (x) => tf.transpose(tf.reshape(x, [batch, context, heads, size]), [0, 2, 1, 3]);
  let x = tf.reshape(product(oneHot, all.tokens), [batch, context, width]);
  x = tf.reshape(tf.add(x, all.positions), [batch * context, width]);
  for (let layer = 0; layer < layers; layer++) {
    const normal = norm(x, `${layer}.attention_norm`);
    const [q, k, v] = ["q", "k", "v"].map((name) => split(linear(normal, `${layer}.${name}`)));
    const scores = tf.add(tf.mul(product(q, flip(k)), 1 / Math.sqrt(size)), mask);
    const mixed = tf.reshape(tf.transpose(product(tf.softmax(scores), v), [0, 2, 1, 3]), [batch * context, width]);
    x = tf.add(x, linear(mixed, `${layer}.o`));
    x = tf.add(x, linear(gelu(linear(norm(x, `${layer}.feed_forward_norm`), `${layer}.up`)), `${layer}.down`));
  }
  const logits = product(norm(x, "final_norm"), flip(all.tokens));
  return tf.losses.softmaxCrossEntropy(targets, logits);
}

/**
 * @param {{batch: number, context: number, vocabulary: number, layers: number, heads: number, width: number,
 *   side: number, warm: number, samples: number}} sizes
 */
export async function measure(sizes) {
  setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start its WebAssembly backend");
  const { batch, context, vocabulary, side } = sizes;
  const drawn = () => tf.randomUniform([batch * context], 0, vocabulary, "int32");
  const random = () => tf.cast(tf.oneHot(drawn(), vocabulary), "float32");
  const [oneHot, targets] = [random(), random()];
  const row = tf.range(0, context);
  const mask = tf.mul(tf.cast(tf.greater(tf.expandDims(row, 0), tf.expandDims(row, 1)), "float32"), -1e9);
  const all = parameters(sizes);
  const optimizer = tf.train.adam(1e-3);
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => lossOf(all, oneHot, targets, mask, sizes), Object.values(all));
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((grad) => tf.sum(tf.mul(grad, grad)))));
      const scale = tf.minimum(tf.div(1, norm), 1);
      for (const name of Object.keys(grads)) grads[name] = tf.mul(grads[name], scale);
      optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
  const [a, b] = [tf.randomNormal([side, side]), tf.randomNormal([side, side])];
  const first = step();
  for (let count = 0; count < sizes.warm; count++) {
    step();
    tf.matMul(a, b).dispose();
  }
  const stepMs = best(step, 4, sizes.samples);
  const productMs = best(() => tf.matMul(a, b).dispose(), 20, sizes.samples);
  return { library: `TensorFlow.js ${tf.version_core}`, first, last: step(), step_ms: stepMs, product_ms: productMs };
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
