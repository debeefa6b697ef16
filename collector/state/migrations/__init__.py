"""The steps from each version of the state database to the next, run by Alembic from `collector.state.upgrading`.

A step is a file in `versions`, written by hand for SQLite and PostgreSQL alike. Its number is one more than the last,
in four digits, and is told in HEAD as well. What a step does is never changed once somebody may have taken it.
"""

HEAD = "0008"
"""The newest step's number: looking it up here spares an up-to-date start the loading of Alembic."""
