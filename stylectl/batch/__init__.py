"""Many pictures at once: which to paint, which are painted already, and painting them."""
