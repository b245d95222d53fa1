"""What every widget is made of: HTML, fields, parts, the registry. Standard library only, no machine learning."""
