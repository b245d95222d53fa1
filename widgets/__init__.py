"""Fine-Tuning LLMs: the widgets of the course, the tiny language model they train, and the site's build."""
