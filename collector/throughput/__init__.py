"""The server that throughput probes measure against: `hangang throughput-server`.

It stands apart from the collector's own process, because what it does for a living is to fill a link. What the whole
fleet's tests have in common is this server, so the limit on tests at once lives here.
"""
