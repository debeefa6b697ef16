"""Alerts at work: the city looked at every few seconds, notices delivered. Blocks, or waits for others; what it stands
on is pure, in `collector.alerts`.
"""
