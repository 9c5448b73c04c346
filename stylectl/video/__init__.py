"""Clips in, painted clips out: every frame at its time, every sound, in bounded memory."""
