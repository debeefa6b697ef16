"""The collector: takes frames in, stores them, remembers the newest, acknowledges, and shows what it knows."""
