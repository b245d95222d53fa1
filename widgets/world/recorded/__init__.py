"""What the labs showed when they were run natively, one file for each; ``widgets.cli.record`` writes them."""
