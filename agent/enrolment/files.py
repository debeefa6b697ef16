"""An agent's key and certificate on the disk, and how new ones take their place.

Key and certificate are two files, and no system replaces two at once. The new ones therefore lie beside the old until
they have proven good; then first the key takes its place, then the certificate. Who is interrupted in between leaves a
new certificate without a new key beside it, which says by itself what is left to do: see `finish`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.enrolment.errors import EnrolmentError

_SECRET = 0o600
_PUBLIC = 0o644
_FOLDER = 0o700
_FIRST_KEYS = "agent.key.for-"


class CertificateFolder:
    """One agent's. Every method blocks, and raises EnrolmentError where the disk does not let it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "agent.key"
        self.certificate = folder / "agent.crt"
        self.authority = folder / "authority.crt"
        self.next_key = folder / "agent.key.new"
        self.next_certificate = folder / "agent.crt.new"
        self.next_authority = folder / "authority.crt.new"

    def make(self) -> None:
        """Make the folder where it is missing, for its owner only."""
        try:
            self.folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise EnrolmentError(f"{self.folder} cannot be made: {error.strerror}; choose another folder") from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else makes a new pair meanwhile: a running agent and who enrols it anew would mix theirs."""
        try:
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise EnrolmentError(f"{self.folder} cannot be read: {error.strerror}; mend the folder") from error
        try:
            _lock(descriptor, self.folder)
            yield
        finally:
            os.close(descriptor)

    def first_key(self, invitation: str) -> Path:
        """Where the key for an invitation, known by a word, is kept until it has brought a certificate: it outlives
        whoever is interrupted, for a token that was shown is good for this key alone."""
        return self.folder / f"{_FIRST_KEYS}{invitation}"

    def write_first_key(self, invitation: str, pem: str) -> None:
        """Keep a key for an invitation, readable by its owner only from its first byte on."""
        _write(self.first_key(invitation), pem, _SECRET)

    def forget_first_keys(self, *, but: str | None = None) -> None:
        """Forget the keys that were kept for invitations, or for all others but one."""
        kept = None if but is None else self.first_key(but)
        for path in self.folder.glob(f"{_FIRST_KEYS}*"):
            if path != kept:
                with suppress(OSError):  # what cannot be removed is nobody's but the agent's
                    path.unlink(missing_ok=True)

    def read_first_key(self, invitation: str) -> str:
        """The PEM of the key that is kept for an invitation."""
        path = self.first_key(invitation)
        try:
            return path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "is no PEM"
            raise EnrolmentError(f"{path} {reason}; mend it, or ask for a new token") from error

    def write_next_key(self, pem: str) -> None:
        """The new key, readable by its owner only from its first byte on."""
        _write(self.next_key, pem, _SECRET)

    def write_next_certificate(self, pem: str) -> None:
        """The new certificate."""
        _write(self.next_certificate, pem, _PUBLIC)

    def write_next_authority(self, pem: str) -> None:
        """The certificate of the authority that signs the new one, where that may be another than before."""
        _write(self.next_authority, pem, _PUBLIC)

    def read_certificate(self) -> tuple[str, float]:
        """The PEM of the certificate in use, and when it was put there, in seconds since 1970."""
        try:
            return self.certificate.read_text(encoding="ascii"), self.certificate.stat().st_mtime
        except (OSError, UnicodeDecodeError) as error:
            reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "is no PEM"
            raise EnrolmentError(f"{self.certificate} {reason}; enrol this agent anew") from error

    def adopt(self) -> None:
        """The new pair takes the place of the old one."""
        try:
            self.next_key.replace(self.key)
            _sync(self.folder)
        except OSError as error:
            raise EnrolmentError(f"{self.key} cannot be replaced: {error.strerror}") from error
        self.finish()

    def finish(self) -> None:
        """Do what is left of an adoption that was interrupted; nothing where there was none. Whoever is told to read
        the files calls this first."""
        try:
            if self.next_key.exists() or not self.next_certificate.exists():
                return  # nothing of it has begun; nothing is touched, on a disk that may be read only
            if self.next_authority.exists():
                self.next_authority.replace(self.authority)
            self.next_certificate.replace(self.certificate)
            _sync(self.folder)
        except FileNotFoundError:
            return  # another command has been faster
        except OSError as error:
            raise EnrolmentError(f"{self.certificate} cannot be replaced: {error.strerror}") from error

    def discard(self) -> None:
        """Forget a new pair that is not to be; one whose adoption has begun is finished instead."""
        self.finish()
        with suppress(OSError):  # the key last, see above; what cannot be removed is overwritten the next time
            self.next_certificate.unlink(missing_ok=True)
            self.next_authority.unlink(missing_ok=True)
            self.next_key.unlink(missing_ok=True)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        told = "another certificate is being made there; try again in a minute"
        raise EnrolmentError(f"{folder}: {told}") from error
    except OSError as error:
        raise EnrolmentError(f"{folder} cannot be locked: {error.strerror}; choose another folder") from error


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all, and on the disk when this returns."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, mode)  # whatever the umask
            _give_to_owner_of(path.parent, descriptor)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
        _sync(path.parent)
    except (OSError, UnicodeEncodeError) as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else "its text is no PEM"
        raise EnrolmentError(f"{path} cannot be written: {reason}; make room there, or mend its folder") from error


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    """Root enrols for the user that the agent runs as: what it writes belongs to whom the folder belongs."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    """Have the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
