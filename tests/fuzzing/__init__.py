"""Files that are damaged on purpose, made by script, and what must hold of every one of them."""
