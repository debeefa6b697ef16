"""Boards into a Grafana that is already there: what is there is looked at, a plan is made of the difference, and the
plan is carried out, each board by itself. `hangang dashboards push` and `hangang dashboards diff` call this.

Looking and doing are I/O, and go through `grafana`; `planning`, `difference`, `marks` and `requirements` are pure.
"""
