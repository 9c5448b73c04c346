"""The bundled example images as programs: noise, light, brush strokes and the pictures."""
