"""Measurements of the course beside what a reader or an author would use instead; see ``python -m benchmarks``."""
