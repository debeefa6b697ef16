"""What the checks of `agent.probes` share: their schedule, HTTP with limits of our own, echoes, routes.

None of these is a kind of probe, and none knows one.
"""
