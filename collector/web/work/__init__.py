"""What pages and API share of work lists: what is chosen, and the list as a table and as files."""
