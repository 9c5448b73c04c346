"""Whether this installation works: what is here, what is missing, and a picture to prove it."""
