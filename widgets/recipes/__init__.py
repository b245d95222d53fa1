"""The training recipes of the course, each a generator that yields one frozen result a step.

`pretrain`, `sft`, `lora`, `qlora`, `reward_model`, `dpo` and `ppo` hold one recipe each. A recipe changes the model it
is given, step by step, and stops when its generator is closed. If a run blows up, its last result is a `Diverged`.

    from widgets.world.model import base_model
    from widgets.world import qa_pairs
    from widgets.recipes import sft
    from widgets.recipes.evaluation import evaluate

    model = base_model()
    for result in sft.train(model, qa_pairs("train", "full")):
        print(result)
    print(evaluate(model, style="full").exact_match)
"""
