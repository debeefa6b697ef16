"""How an SNMP device is spoken to: version and community, or the user of SNMPv3. Settings of sources and of traps.

Secrets stay in `SecretStr`, or in files that are read when the settings are checked: they reach no log and no message.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from agent.settings import Contradiction, ReadableFile, SettingsModel

Version = Literal["1", "2c", "3"]
AuthProtocol = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
PrivProtocol = Literal["des", "aes128", "aes192", "aes256"]

_MIN_KEY_LETTERS = 8  # RFC 3414, 11.2


def _must_hold_text(path: Path) -> Path:
    try:
        text = path.read_bytes().strip().decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} holds no text in UTF-8") from error
    if not text:
        raise ValueError(f"{path} is empty; write the secret into it, and nothing else")
    return path


def _must_hold_a_passphrase(path: Path) -> Path:
    if len(path.read_bytes().rstrip(b"\r\n")) < _MIN_KEY_LETTERS:
        raise ValueError(f"{path} holds a passphrase of less than {_MIN_KEY_LETTERS} letters, which SNMPv3 forbids")
    return path


SecretFile = Annotated[ReadableFile, AfterValidator(_must_hold_text)]
PassphraseFile = Annotated[SecretFile, AfterValidator(_must_hold_a_passphrase)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Passphrase = Annotated[SecretStr, Field(min_length=_MIN_KEY_LETTERS)]


class UserKeys(SettingsModel):
    """The keys that name a user of SNMPv3. Authentication and privacy are each a protocol with its passphrase."""

    user: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    auth: AuthProtocol | None = None
    auth_key: Passphrase | None = None
    auth_key_file: PassphraseFile | None = None
    priv: PrivProtocol | None = None
    priv_key: Passphrase | None = None
    priv_key_file: PassphraseFile | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A protocol without its passphrase, a passphrase without its protocol, privacy without authentication."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        for protocol in ("auth", "priv"):
            keys = [name for name in (f"{protocol}_key", f"{protocol}_key_file") if name in document]
            if protocol in document and not keys:
                yield (protocol,), f"needs `{protocol}_key_file` or `{protocol}_key`"
            if keys and protocol not in document:
                yield (keys[0],), f"needs `{protocol}`, which says what the passphrase is for"
            if len(keys) == 2:
                yield (keys[0],), f"stands beside `{keys[1]}`; keep one of them"
        if "priv" in document and "auth" not in document:
            yield ("priv",), "needs `auth` as well: SNMPv3 has no privacy without authentication"

    def auth_passphrase(self) -> bytes:
        """The passphrase for authentication, read anew from its file; raises OSError where that has gone."""
        return passphrase(self.auth_key, self.auth_key_file)

    def priv_passphrase(self) -> bytes:
        """The passphrase for privacy, read anew from its file; raises OSError where that has gone."""
        return passphrase(self.priv_key, self.priv_key_file)


class Credentials(UserKeys):
    """What a device wants to be asked with: a community for versions 1 and 2c, a user for version 3."""

    version: Version = "2c"
    community: Secret | None = None
    community_file: SecretFile | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A community where a user belongs, or the other way round, or neither."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        communities = [name for name in ("community", "community_file") if name in document]
        if document.get("version", "2c") == "3":
            if "user" not in document:
                yield ("version",), '"3" needs `user`'
            for name in communities:
                yield (name,), 'is not for version "3", which has users; remove it'
        else:
            if not communities:
                yield ("community_file",), 'required; add it, or `community`, or `version = "3"` with a `user`'
            for name in ("user", "auth", "priv"):
                if name in document:
                    yield (name,), 'is for version "3"; add `version = "3"` or remove it'
        if len(communities) == 2:
            yield ("community",), "stands beside `community_file`; keep one of them"

    def community_text(self) -> str:
        """The community, read anew from its file; raises OSError where that has gone, and UnicodeDecodeError."""
        return passphrase(self.community, self.community_file).decode()


def passphrase(secret: SecretStr | None, file: ReadableFile | None) -> bytes:
    """A secret that stands in the settings or in a file, without the line's end; empty where there is none."""
    if secret is not None:
        return secret.get_secret_value().encode()
    return b"" if file is None else file.read_bytes().rstrip(b"\r\n")
