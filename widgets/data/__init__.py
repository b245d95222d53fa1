"""The tiny model's world, its weights, and what the human rater shows."""
