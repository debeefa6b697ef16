"""Key and certificate on the disk: an exchange that is cut off anywhere leaves a pair that belongs together."""

import os
import shutil
import ssl
from pathlib import Path

import pytest
from made_certificates import MadeAuthority

from agent.config import load_configuration
from agent.enrolment.errors import EnrolmentError
from agent.enrolment.files import CertificateFolder
from agent.settings import SettingsError

CONFIGURATION = """
[agent]
id = "gw-a"
[broker]
url = "mqtts://broker.example"
certificate_file = "e/agent.crt"
key_file = "e/agent.key"
[enrolment]
folder = "e"
[[sources]]
kind = "host"
"""


@pytest.fixture
def folder(tmp_path: Path) -> CertificateFolder:
    """With a pair in use, and a new one beside it."""
    authority = MadeAuthority()
    authority.write_pair(tmp_path / "e", "gw-a")
    authority.write_pair(tmp_path / "new", "gw-a")
    folder = CertificateFolder(tmp_path / "e")
    folder.write_next_key((tmp_path / "new" / "agent.key").read_text())
    folder.write_next_certificate((tmp_path / "new" / "agent.crt").read_text())
    (tmp_path / "agent.toml").write_text(CONFIGURATION)
    return folder


def names_in(folder: CertificateFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.iterdir())


def belongs_together(folder: CertificateFolder) -> bool:
    try:
        ssl.create_default_context().load_cert_chain(folder.certificate, folder.key)
    except ssl.SSLError:
        return False
    return True


SETTLED = ["agent.crt", "agent.key", "authority.crt"]


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_the_key_is_its_owners_whatever_the_mask(tmp_path: Path, mask: int) -> None:
    folder = CertificateFolder(tmp_path / "e")
    folder.make()
    before = os.umask(mask)
    try:
        folder.write_next_key("key")
        folder.write_next_certificate("certificate")
    finally:
        os.umask(before)
    assert folder.next_key.stat().st_mode & 0o777 == 0o600
    assert folder.next_certificate.stat().st_mode & 0o777 == 0o644


def test_a_new_pair_takes_the_place_of_the_old(folder: CertificateFolder) -> None:
    new = folder.next_certificate.read_text()
    folder.adopt()
    assert names_in(folder) == SETTLED
    assert folder.certificate.read_text() == new
    assert belongs_together(folder)
    assert folder.key.stat().st_mode & 0o777 == 0o600


def test_an_exchange_that_was_cut_off_in_the_middle_is_finished_before_the_configuration_is_checked(
    folder: CertificateFolder, tmp_path: Path
) -> None:
    new = folder.next_certificate.read_text()
    folder.next_key.rename(folder.key)  # and here the power went
    assert not belongs_together(folder)
    load_configuration(tmp_path / "agent.toml")
    assert names_in(folder) == SETTLED
    assert folder.certificate.read_text() == new
    assert belongs_together(folder)


def test_an_authority_changes_with_the_pair(folder: CertificateFolder) -> None:
    folder.write_next_authority("another")
    folder.next_key.rename(folder.key)
    folder.finish()
    assert names_in(folder) == SETTLED
    assert folder.authority.read_text() == "another"


def test_what_was_not_yet_tried_is_no_exchange(folder: CertificateFolder, tmp_path: Path) -> None:
    old = folder.certificate.read_text()
    load_configuration(tmp_path / "agent.toml")
    assert folder.certificate.read_text() == old
    assert belongs_together(folder)
    folder.discard()
    assert names_in(folder) == SETTLED
    assert folder.certificate.read_text() == old


def test_a_key_for_an_invitation_outlives_a_renewal_beside_it(folder: CertificateFolder) -> None:
    """The agent that runs there has a certificate still, which it may renew between two first contacts."""
    folder.write_first_key("a", "the key of a")
    folder.adopt()
    folder.discard()
    assert folder.read_first_key("a") == "the key of a"
    assert folder.first_key("a").stat().st_mode & 0o777 == 0o600
    folder.write_first_key("b", "the key of b")
    folder.forget_first_keys(but="b")
    assert names_in(folder) == sorted([*SETTLED, folder.first_key("b").name])
    folder.forget_first_keys()
    assert names_in(folder) == SETTLED


def test_discarding_finishes_what_has_begun(folder: CertificateFolder) -> None:
    folder.next_key.rename(folder.key)
    folder.discard()
    assert names_in(folder) == SETTLED
    assert belongs_together(folder)


def test_an_exchange_that_cannot_be_finished_is_a_mistake_and_no_traceback(
    folder: CertificateFolder, tmp_path: Path
) -> None:
    folder.next_key.rename(folder.key)
    folder.certificate.unlink()
    folder.certificate.mkdir()
    with pytest.raises(SettingsError, match=r"enrolment.folder: .*agent.crt cannot be replaced: Is a directory"):
        load_configuration(tmp_path / "agent.toml")


def test_what_is_renewed_must_be_what_is_used(folder: CertificateFolder, tmp_path: Path) -> None:
    shutil.copytree(folder.folder, tmp_path / "f")
    text = CONFIGURATION.replace('"e/', '"f/')
    (tmp_path / "agent.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_configuration(tmp_path / "agent.toml")
    assert [(mistake.key, mistake.problem) for mistake in caught.value.mistakes] == [
        (f"broker.{key}", f"must be {path}, or there is nothing to renew in [enrolment]")
        for key, path in (("certificate_file", folder.certificate), ("key_file", folder.key))
    ]
    (tmp_path / "link").symlink_to(folder.folder)
    (tmp_path / "agent.toml").write_text(CONFIGURATION.replace('"e/', '"link/'))
    load_configuration(tmp_path / "agent.toml")


def test_a_certificate_that_is_gone_is_told_with_what_to_do(folder: CertificateFolder) -> None:
    folder.certificate.write_bytes(b"\xff")
    with pytest.raises(EnrolmentError, match=r"agent\.crt is no PEM; enrol this agent anew"):
        folder.read_certificate()
    folder.certificate.unlink()
    with pytest.raises(EnrolmentError, match=r"agent\.crt cannot be read: No such file or directory; enrol"):
        folder.read_certificate()
