"""What pages and API share of people and their tokens."""
