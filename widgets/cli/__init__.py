"""Commands for authors that train or record; nothing here is shipped to the reader's tab."""
