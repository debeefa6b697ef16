"""What the pages and the API know of the whole city at once: held for a moment, summed up, listed, looked through."""
