"""Memory and parameter counts against torch, transformers, PEFT and bitsandbytes themselves."""
