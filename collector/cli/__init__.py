"""The `hangang` command, one file per group. It may import everything; nothing imports it."""
