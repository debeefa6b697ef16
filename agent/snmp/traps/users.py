# pysnmp and pyasn1 have no types.
# mypy: disable-error-code="import-untyped"
"""The users of SNMPv3 in pysnmp's terms: their keys, and for which sender's engine those are made. Used by the engine.

A key is made of a passphrase and the id of the engine that is authoritative: for informs that is the agent's own, for
traps the sender's. Where no `engine_id` is configured, keys are made for a sender when its first trap comes, if they
prove to be the ones it was signed with.
"""

from dataclasses import dataclass
from typing import Any

from pyasn1.type.univ import OctetString
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto.error import StatusInformation

from agent.snmp.traps.settings import TrapUser

MAX_LEARNED_ENGINES = 1000
"""As many senders' engines are remembered; after that all of them have to be learned anew."""
_NO_AUTH_NO_PRIV, _AUTH_NO_PRIV, _AUTH_PRIV = 1, 2, 3
_MIN_ENGINE_ID_OCTETS, _MAX_ENGINE_ID_OCTETS = 5, 32

_AUTH = {
    None: config.USM_AUTH_NONE,
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
# Of the two ways to lengthen a key for AES-192 and AES-256 it is Blumenthal's, as in polling.
_PRIV = {
    None: config.USM_PRIV_NONE,
    "des": config.USM_PRIV_CBC56_DES,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}


@dataclass(frozen=True, slots=True)
class _Keys:
    """A user, and what its passphrases come to before an engine's id is mixed in: that takes a millisecond each."""

    name: str
    engine_id: bytes | None
    auth: Any
    auth_key: Any
    priv: Any
    priv_key: Any

    @property
    def level(self) -> int:
        """The protection that a message of this user must have."""
        if self.priv != config.USM_PRIV_NONE:
            return _AUTH_PRIV
        return _NO_AUTH_NO_PRIV if self.auth == config.USM_AUTH_NONE else _AUTH_NO_PRIV

    def enter(self, engine: SnmpEngine, engine_id: bytes | None) -> None:
        """Make the keys for an engine's id, the agent's own where there is none, and put them into pysnmp's table."""
        config.add_v3_user(
            engine,
            self.name,
            self.auth,
            self.auth_key,
            self.priv,
            self.priv_key,
            securityEngineId=engine_id,
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )

    def prove(self, *, engine_id: bytes, digest: Any, message: bytes) -> bool:
        """Whether the digest of a message was made with this user's keys; true of a user that has none."""
        if self.auth == config.USM_AUTH_NONE:
            return True
        service = config.AUTH_SERVICES[self.auth]
        try:
            service.authenticate_incoming_message(
                service.localize_key(self.auth_key, OctetString(engine_id)), digest, message
            )
        except StatusInformation:
            return False
        return True


class UserKeyring:
    """The configured users. Raises OSError where a passphrase's file has gone."""

    def __init__(self, users: tuple[TrapUser, ...]) -> None:
        self._keys = [_keys_of(user) for user in users]
        self._by_name = {keys.name.encode(): keys for keys in self._keys}
        self._learned = 0

    def level_of(self, name: bytes) -> int | None:
        """The protection that a message of this user must have, in pysnmp's numbers; None for a stranger."""
        keys = self._by_name.get(name)
        return None if keys is None else keys.level

    def enter(self, engine: SnmpEngine) -> None:
        """Put all users into a new engine's table: for informs, and for traps where their `engine_id` is given."""
        self._learned = 0
        for keys in self._keys:
            if keys is self._by_name[keys.name.encode()]:
                keys.enter(engine, None)
            if keys.engine_id is not None:
                keys.enter(engine, keys.engine_id)

    @property
    def is_full(self) -> bool:
        """Whether so many engines have been learned that it is time for a new table."""
        return self._learned >= MAX_LEARNED_ENGINES

    def learn(self, engine: SnmpEngine, *, name: bytes, engine_id: bytes, digest: Any, message: bytes) -> bool:
        """Make keys for a sender's engine, if the message proves that it knows them, and say whether that was done."""
        keys = self._by_name.get(name)
        is_engine_id = _MIN_ENGINE_ID_OCTETS <= len(engine_id) <= _MAX_ENGINE_ID_OCTETS
        if keys is None or keys.engine_id is not None or not is_engine_id:
            return False
        if not keys.prove(engine_id=engine_id, digest=digest, message=message):
            return False
        keys.enter(engine, engine_id)
        self._learned += 1
        return True


def _keys_of(user: TrapUser) -> _Keys:
    auth, priv = _AUTH[user.auth], _PRIV[user.priv]
    return _Keys(
        name=user.user,
        engine_id=None if user.engine_id is None else bytes.fromhex(user.engine_id),
        auth=auth,
        auth_key=config.AUTH_SERVICES[auth].hash_passphrase(user.auth_passphrase()) if user.auth else None,
        priv=priv,
        priv_key=config.PRIV_SERVICES[priv].hash_passphrase(auth, user.priv_passphrase()) if user.priv else None,
    )
