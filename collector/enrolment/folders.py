"""The files of an authority: its own, which nobody else reads, and those that the broker reads.

A file is written beside its place and moved there, so that whoever reads it finds the old one or the new one whole.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from collector.enrolment.access_list import access_list
from collector.enrolment.authority import (
    SERVER_LIFE,
    Authority,
    Revocation,
    hosts_of,
    key_pem_of,
    make_authority,
    make_key,
)
from collector.enrolment.passwords import agents_in
from collector.enrolment.refusals import AuthorityError

_OWN = 0o600
_OF_THE_BROKER = 0o640
"""The group of the broker's folder reads what is in it; Mosquitto 2 reads its key as the user that it runs as."""
_FOR_ALL = 0o644
_RENEWED_BEFORE = SERVER_LIFE / 3


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the authority and its collectors' keys lie, and what the broker is to read."""

    own: Path
    broker: Path

    @property
    def has_authority(self) -> bool:
        """Whether an authority was made here."""
        return (self.own / "authority.crt").exists()

    @property
    def collectors(self) -> tuple[str, ...]:
        """Whose certificates lie beside the authority: no agent may be called so."""
        return tuple(sorted(path.stem for path in self.own.glob("*.crt") if path.stem != "authority"))

    @property
    def agents_with_passwords(self) -> tuple[str, ...]:
        """Who comes with a password."""
        return agents_in(self.passwords)

    @property
    def passwords(self) -> str:
        """Mosquitto's password file. Raises AuthorityError, and OSError."""
        path = self.broker / "passwords"
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise _unusable(path, error) from error

    @property
    def hosts(self) -> tuple[str, ...]:
        """Under which names the broker is reached. Raises AuthorityError."""
        path = self.broker / "server.crt"
        try:
            return hosts_of(self.certificate(path))
        except x509.ExtensionNotFound as error:
            raise AuthorityError(f"{path} names no host; remove it, and run `hangang enroll init`") from error

    def certificate(self, path: Path) -> x509.Certificate:
        """A certificate that lies here. Raises AuthorityError."""
        try:
            return x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            raise _unusable(path, error) from error

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody else changes the files meanwhile: of two commands at once, one would write over what the other has
        done. Makes the authority's folder. Raises OSError."""
        _make_folder(self.own, 0o700)
        descriptor = os.open(self.own, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # of whose holder each wait has a limit
            yield
        finally:
            os.close(descriptor)

    def load_authority(self) -> Authority:
        """The authority that was made here. Raises AuthorityError."""
        path = self.own / "authority.key"
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise _unusable(path, error) from error
        certificate = self.certificate(self.own / "authority.crt")
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise AuthorityError(f"{path} is not the key of authority.crt beside it; restore both from a backup")
        return Authority(certificate, key)

    def make_authority(self, now: datetime) -> Authority:
        """A new authority and its folder. Raises OSError, and AuthorityError where the key of another would be lost."""
        path = self.own / "authority.key"
        if path.exists():
            raise AuthorityError(
                f"{path} lies there without its authority.crt; restore that from a backup or from the broker's folder, "
                "which has a copy. If no agent was ever enrolled, remove the key"
            )
        _make_folder(self.own, 0o700)
        authority = make_authority(now)
        write(path, key_pem_of(authority.key), _OWN)
        write(self.own / "authority.crt", authority.pem.encode(), _FOR_ALL)
        return authority

    def certify_broker(self, authority: Authority, hosts: Sequence[str], now: datetime) -> bool:
        """Give the broker a key and a certificate for these names, unless it has a good one; whether it got them."""
        _make_folder(self.broker, 0o750)
        write(self.broker / "authority.crt", authority.pem.encode(), _FOR_ALL)
        path = self.broker / "server.crt"
        if path.exists() and self.hosts == tuple(hosts) and _lasts(self.certificate(path), authority, now):
            return False
        key = make_key()
        issued = authority.certify_server(hosts, key.public_key(), now)
        path.unlink(missing_ok=True)  # or, if this ends half-way, it would pass for that of the new key
        write(self.broker / "server.key", key_pem_of(key), _OF_THE_BROKER)
        write(path, issued.certificate_pem.encode(), _FOR_ALL)
        return True

    def certify_collector(self, authority: Authority, name: str, now: datetime) -> bool:
        """Give a collector a key and a certificate, unless it has a good one; whether it got them."""
        path = self.own / f"{name}.crt"
        if path.exists() and _lasts(self.certificate(path), authority, now):
            return False
        key = make_key()
        issued = authority.certify_client(name, key.public_key(), now, SERVER_LIFE)
        path.unlink(missing_ok=True)
        write(self.own / f"{name}.key", key_pem_of(key), _OWN)
        write(path, issued.certificate_pem.encode(), _FOR_ALL)
        return True

    def write_access(
        self, authority: Authority, revocations: Iterable[Revocation], denied: Iterable[str], now: datetime
    ) -> None:
        """What the broker lets whom do from its next reload on. Raises OSError."""
        write(self.broker / "revoked.pem", authority.revoke(revocations, now), _OF_THE_BROKER)
        write(self.broker / "acl", access_list(self.collectors, denied).encode(), _OF_THE_BROKER)

    def write_passwords(self, text: str) -> None:
        """Replace the password file. Raises OSError."""
        write(self.broker / "passwords", text.encode(), _OF_THE_BROKER)

    def write_configuration(self, text: str) -> None:
        """Replace the broker's configuration. Raises OSError."""
        write(self.broker / "mosquitto.conf", text.encode(), _OF_THE_BROKER)


def write(path: Path, content: bytes, mode: int) -> None:
    """Put a file in its place whole, on the disk before it is there. It belongs to whom its folder belongs, where who
    writes it may say so, for commands are often run by root. Raises OSError."""
    folder = path.parent.stat()
    written = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & stat.S_IRWXU)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if os.geteuid() == 0:
                os.fchown(file.fileno(), folder.st_uid, folder.st_gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        written.replace(path)
        _sync(path.parent)  # or a power cut may bring back an access list in which somebody is let in still
    except OSError as error:
        written.unlink(missing_ok=True)
        error.filename = str(path)  # a full disk does not say which
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(path: Path, mode: int) -> None:
    if path.exists():
        return
    path.mkdir(mode=mode, parents=True)
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid)


def _lasts(certificate: x509.Certificate, authority: Authority, now: datetime) -> bool:
    """Whether this authority has signed it, and it need not be renewed yet."""
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # noqa: BLE001  # it raises several kinds, of which each means no
        return False
    return certificate.not_valid_after_utc - now > _RENEWED_BEFORE


def _unusable(path: Path, error: Exception) -> AuthorityError:
    why = error.strerror if isinstance(error, OSError) else "holds none that can be read"
    return AuthorityError(f"{path}: {why}; run `hangang enroll init`, or restore it from a backup")
