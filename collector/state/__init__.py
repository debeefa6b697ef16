"""What the collector must know after a restart besides the time series: SQLAlchemy Core on SQLite.

One file per concern: `tables` and `database` for all, `newest` (readings, unknown devices, devices seen at places),
`quarantine`, `accounts`. Every function is one transaction and may block; callers use threads.
"""
