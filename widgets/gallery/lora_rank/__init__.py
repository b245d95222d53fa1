"""The LoRA rank explorer: what an adapter adds to a real model, in figures, pictures and code."""
