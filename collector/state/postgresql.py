"""What is particular to PostgreSQL: how one connects to it, and what its refusals mean in words. Used by `database`.

All limits of time are made so that a network that has died is noticed within about ten seconds, by both ends: a thread
of the collector waits no longer, and the server lets go of what a lost session holds.
"""

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from collector.state.settings import StateSettings

OLDEST_VERSION = 14
"""The first that ends an idle session by itself (idle_session_timeout), which the election stands on."""
CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 15
_POOL_TIMEOUT_SECONDS = 10

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_OUR_END = {
    "connect_timeout": f"{CONNECT_TIMEOUT_SECONDS}",
    "keepalives_idle": "3",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "5000",
    "application_name": "hangang-collector",
}
# https://www.postgresql.org/docs/current/runtime-config-client.html and runtime-config-connection.html
_SERVERS_END = {
    "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
    "idle_in_transaction_session_timeout": "15s",
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
    "timezone": "UTC",
}

# The server may speak another language; then the remedy is the one for whatever else.
_REMEDIES = {
    "password authentication failed": "check the password in password_file and the user in url",
    "no password supplied": "name the file with the user's password in password_file",
    "no pg_hba.conf entry": "allow this machine and user in the server's pg_hba.conf",
    "role": "create the user, or correct its name in url",
    "database": "create the database, or correct its name in url",
    "too many clients": "raise the server's max_connections",
    "starting up": "wait until the server has started",
}


def create_postgresql_engine(settings: StateSettings) -> Engine:
    """An engine that has not connected yet. Its URL says all that there is to say of a connection, for the election
    makes one of its own."""
    options = " ".join(f"-c {name}={value}" for name, value in _SERVERS_END.items())
    url = URL.create(
        "postgresql+psycopg",
        username=settings.user,
        password=settings.password,
        host=settings.host,
        port=settings.port,
        database=settings.database,
        query=_OUR_END | {"options": options},
    )
    return create_engine(url, pool_pre_ping=True, pool_timeout=_POOL_TIMEOUT_SECONDS)


def in_words(error: DBAPIError, settings: StateSettings) -> str:
    """What stands in the way at the server, and what to do."""
    told = str(error.orig).strip().splitlines()
    problem = told[0] if told else type(error.orig).__name__
    return f"{settings.url}: {problem}; {_remedy(error, settings)}"


def _remedy(error: DBAPIError, settings: StateSettings) -> str:
    from psycopg import errors  # noqa: PLC0415  # 8 MB that a collector on SQLite does without

    if isinstance(error.orig, errors.InsufficientPrivilege):
        return f"let {settings.user} create tables: make it the owner of the database {settings.database}"
    if isinstance(error.orig, errors.DuplicateTable):
        return "the database holds tables that are not ours; name one that is empty"
    if isinstance(error.orig, errors.QueryCanceled | errors.LockNotAvailable):
        return "the server is too slow or another process holds it up; see pg_stat_activity"
    text = str(error.orig)
    if "FATAL" in text or "password" in text:
        answered = text.split("FATAL:", maxsplit=1)[-1].strip()
        for words, remedy in _REMEDIES.items():
            if words in answered:
                return remedy
        return "see the server's log"
    return f"check that a PostgreSQL server listens at port {settings.port} of {settings.host} and can be reached"
