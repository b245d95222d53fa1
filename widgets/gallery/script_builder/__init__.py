"""The script builder: a form, and the complete training script that it describes."""
