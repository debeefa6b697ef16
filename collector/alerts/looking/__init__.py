"""From the newest readings to the snapshot that rules judge. Pure; remembers from one look to the next."""
