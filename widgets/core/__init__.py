"""What every widget is made of: fields, parts, HTML, prepared answers. Standard library only, no machine learning."""
