"""The replacement programme: which device next, and whether the new one was what was promised."""
