"""What ends a transaction that has failed."""

import duckdb


def roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """Undo the transaction, where the failed statement or commit has not ended it already."""
    try:
        cursor.rollback()
    except duckdb.Error:
        return
