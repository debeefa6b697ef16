"""Recording and alert rules for vmalert and Prometheus, from the same questions as the boards' panels.

The collector raises alerts by itself, and tells them by webhook. These rules are for what it cannot tell: that it is
itself not there, cannot store, or cannot tell. And they are for a city that has its alerts in Prometheus' way anyway.
"""
