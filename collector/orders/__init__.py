"""Orders: the life of a replacement, who may move it, and what telemetry says of it. Pure."""
