"""What rules see and say: the city in columns, verdicts, and what several rules share. Pure."""
