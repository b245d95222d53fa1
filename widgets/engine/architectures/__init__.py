"""The transformers that the engine can build, a module each."""
