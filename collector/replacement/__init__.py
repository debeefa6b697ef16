"""The replacement programme's data: what it is judged by, brought together for `collector.legacy`, and the result."""
