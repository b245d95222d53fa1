"""The widgets of the course, one module each, with their pure helpers. Standard library only."""
