"""Alerts: what is wrong in the city, since when, and who is told. Pure but for reading its own words; what asks
databases and calls out is in `collector.alerting` and `collector.outward`.

The way of an alert: `rules` judge a `snapshot`, `life` makes alerts of their verdicts, `planning` makes notices of
alerts, for those whom routes name and nothing of `holding` holds back, `telling` has the words, `formats` write notices
down for `endpoints`.
"""
