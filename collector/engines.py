"""Opens the store that the configuration names; an engine is imported only where it is used."""

from datetime import timedelta

from collector.config import WithDuckDB, WithInflux
from collector.stores import Store


async def open_store(settings: WithDuckDB | WithInflux) -> Store:
    """The store, ready to be written to. Raises StoreError where that needs somebody to mend something: an engine that
    is merely down is waited for later."""
    if isinstance(settings, WithDuckDB):
        from collector.stores import duckdb  # noqa: PLC0415  # 30 MB that other engines do without

        retention = duckdb.Retention(
            timedelta(days=settings.store.raw_days), timedelta(days=settings.store.hourly_days)
        )
        return duckdb.open_store(settings.store_path, retention)
    from collector.stores import influx  # noqa: PLC0415  # 20 MB that the embedded store does without

    store = influx.open_store(settings.store)
    await store.check()
    return store
