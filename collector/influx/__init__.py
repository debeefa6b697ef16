"""Engines that take the line protocol at InfluxDB's v2 write API: what the store of kind `influx` is made of.

Settings, lines, the budget of series, writing, watching the engine, and asking it in its own language.
"""
