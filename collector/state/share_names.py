"""Under which name collectors of a group share what comes in. Agents must not know it: whoever subscribes under it gets
a part of all frames, which nobody else gets then, and no broker's access list forbids that.

Drawn once and kept here, where every collector of the group finds it. Called when a collector starts.
"""

import hmac
import secrets
from datetime import datetime

from sqlalchemy import Engine, select

from collector.state.tables import collector_groups
from collector.state.upserting import upsert

_SECRET_BYTES = 32
_LETTERS = 32
"""128 bits in hexadecimal digits: what nobody guesses."""


def share_name(engine: Engine, group: str, now: datetime) -> str:
    """The group's name at the broker, the same for all collectors that use this database, also where several ask for it
    first at one instant. It is a secret, as a password is. Raises SQLAlchemyError."""
    its = collector_groups.c
    with engine.begin() as connection:
        drawn = upsert(connection, collector_groups).values(
            name=group, secret=secrets.token_hex(_SECRET_BYTES), drawn_at=now
        )
        connection.execute(drawn.on_conflict_do_nothing())
        secret: str = connection.execute(select(its.secret).where(its.name == group)).scalar_one()
    return hmac.digest(bytes.fromhex(secret), group.encode(), "sha256").hex()[:_LETTERS]
