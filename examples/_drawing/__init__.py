"""Procedural drawing of the bundled example images: noise, light, brush strokes and the pictures made of them."""
