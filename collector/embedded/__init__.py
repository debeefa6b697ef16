"""What the embedded store is made of: its schema, writing, hourly rollups, reading. Used by `collector.stores.duckdb`.

All of it is SQL on one DuckDB file that one process holds. Nothing here knows of frames on the wire.
"""
