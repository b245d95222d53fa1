"""A small deep-learning engine: tensors over C kernels, a transformer, and what fine-tuning it needs.

The same Python and the same C run natively and in the browser. What there is, by module:

tensor          `Tensor` (contiguous 32-bit floats; `backward`, `grad`, `item`, `tolist`, `data`, `set`), `Indices`
                (token ids), `tensor`, `indices`, `full`, `empty`, `no_grad`
buffers         `Pool`: the memory of tensors, recycled when the last one that uses it is gone
operations      `linear`, `embedding`, `add_positions`, `layer_norm`, `gelu`, `attention`, `token_logprobs`,
                `cross_entropy` (with `counts_in_loss`), `mean`, `sum_rows`, `add`, `subtract`, `multiply`, `scale`,
                `exp`, `log_sigmoid`, `square`, `clamp`, `maximum`, `minimum`, `reshape`
program         `Captured(step)`: runs a step's Python once, then replays its kernel calls in one go. Set inputs
                before a call, read results after it
architectures   in `gpt`: `GPTConfig`, `GPT`: `model(tokens)` (B, T) to logits (B, T, V), `hidden`, `head`,
                `parameters`, `linears`, `quantize_projections`, `restore_projections`, `copy`
linear          `Linear`, `LoraPair`, `adapted_linear`: one projection, its 4-bit form and its low-rank change
adapter         `LoraConfig`, `Adapter(model, config)`: `parameters`, `is_on`, `disabled()`, `merge`, `unmerge`,
                `delta`, `remove`; `expand_targets`
nf4             `QuantizedMatrix`: `codes`, `scales`, `dequantize`, `nbytes`; `NF4_LEVELS`
parameters      `ParameterSet`: named tensors in one flat buffer; `is_trainable`, `count`, `snapshot`, `restore`,
                `copy_from`. A new head is a set of its own: ``ParameterSet({"value.weight": (1, 64)})``
optimizer       `AdamW(parameters or several sets, learning_rate, …, max_norm)`: `step`, `learning_rate` (settable
                between replays), `gradient_norm`
sampling        `SamplingConfig`, `generate(model, prompts, sampling, eos_id=…)`, with a KV cache
losses          `dpo_loss`, `reward_loss`, `ppo_policy_loss`, `ppo_value_loss`; `kl_rewards`,
                `generalized_advantages`, `whiten` on lists
tokenizer       `Tokenizer`: `encode`, `decode`, `unknown_words`, special tokens
checkpoint      `dump_model`, `load_model`, `dump`, `load`, `fill`, `manifest`
random_numbers  `fill_normal`, `fill_uniform`, by seed and stream
build, library  compile the kernels; find, load and call them

A training loop::

    model = GPT(GPTConfig(vocab_size=210, context_length=64), seed=1)
    optimizer = AdamW(model.parameters, 3e-3, max_norm=1.0)
    tokens, targets = Indices((32, 63)), Indices((32, 63))

    def train() -> Tensor:
        loss = cross_entropy(model(tokens), targets)
        loss.backward()
        optimizer.step()  # sets the gradients to zero as well
        return loss

    step = Captured(train)
    for rows in batches:
        tokens.set(rows.tokens)
        targets.set(rows.targets)
        loss = step().item()  # check it with math.isfinite: a diverging run gives NaN, not an exception

Errors are `widgets.core.errors.EngineError`; shape errors name the operation and both shapes.
"""
