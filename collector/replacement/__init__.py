"""The replacement programme's own data: what it is judged by, brought together for `collector.legacy`, and the result."""
