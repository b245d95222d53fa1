"""The method comparison: what the methods need on a real model, beside what the reader's own runs came to."""
