"""What the collector must know after a restart besides the time series: SQLAlchemy Core on SQLite and PostgreSQL alike.

To have a database: `settings`, `database`, `postgresql`, `upgrading` with the steps in `migrations`, `tables`,
`upserting`. To use it, one file per concern: `newest` (readings, unknown devices), `devices` (seen at places),
`events`, `placements`, `quarantine`, `accounts`, `leadership` and `office` (of the elected evaluator), `housekeeping`.
Every function is one transaction and may block; callers use threads.
"""
