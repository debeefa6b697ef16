"""Grafana boards as code: what a panel shows is defined once, and rendered for the engine that holds the points."""
