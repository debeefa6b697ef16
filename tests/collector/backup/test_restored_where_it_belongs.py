"""The configuration that is there says where things go, also where it names what comes with the archive only."""

from pathlib import Path

import pytest
from restored_places import backup, make_place, restore, there


@pytest.fixture
async def here(tmp_path: Path) -> Path:
    return await make_place(tmp_path / "here")


def test_certificates_that_are_lost_come_back_with_the_enrolment(here: Path) -> None:
    """The data folder's disk is gone, and the configuration in /etc is not."""
    archive = backup(here)
    elsewhere = there(here, url="mqtts://127.0.0.1:8883")
    names = 'ca_file = "data/enrolment/authority.crt"\ncertificate_file = "data/enrolment/authority.crt"\n'
    names += 'key_file = "data/enrolment/authority.key"\n'
    elsewhere.write_text(elsewhere.read_text().replace("[web]", f"{names}[web]"))
    assert restore(archive, elsewhere) == 0
    assert (elsewhere.parent / "data" / "enrolment" / "authority.key").read_text() == "key\n"


@pytest.mark.parametrize("is_nested_there", [True, False])
@pytest.mark.parametrize("is_nested_here", [True, False])
def test_what_the_broker_reads_goes_where_it_reads_it(
    here: Path, *, is_nested_here: bool, is_nested_there: bool
) -> None:
    apart = '[enrolment]\nbroker_folder = "broker"\n'
    if not is_nested_here:
        (here.parent / "data" / "enrolment" / "broker").rename(here.parent / "broker")
        here.write_text(here.read_text() + apart)
    elsewhere = there(here, more="" if is_nested_there else apart)
    assert restore(backup(here), elsewhere) == 0
    folder = elsewhere.parent / ("data/enrolment/broker" if is_nested_there else "broker")
    assert (folder / "passwords").read_text() == "hashes\n"
    assert len([*elsewhere.parent.rglob("passwords")]) == 1
    assert (elsewhere.parent / "data" / "enrolment" / "authority.crt").exists()


def test_a_folder_may_be_called_anything(here: Path) -> None:
    archive = backup(here)
    elsewhere = there(here, more='[collector]\ndata = "somebody\'s data"\n')
    assert restore(archive, elsewhere) == 0
    assert (elsewhere.parent / "somebody's data" / "points.duckdb").exists()


def test_a_link_to_a_folder_on_another_disk_stays(here: Path) -> None:
    elsewhere = there(here)
    disk = here.parent.parent / "disk"
    (disk / "inventory").mkdir(parents=True)
    (elsewhere.parent / "inventory").symlink_to(disk / "inventory")
    assert restore(backup(here), elsewhere) == 0
    assert (elsewhere.parent / "inventory").is_symlink()
    assert (disk / "inventory" / "lab.toml").exists()


def test_what_an_installation_has_made_is_put_aside(here: Path) -> None:
    """Its configuration was moved away, so that the archive's own is put there."""
    here.write_text(here.read_text().replace('"secret.txt"', '"data/enrolment/authority.key"'))
    archive = backup(here)
    folder = here.parent.parent / "there"
    (folder / "data" / "enrolment").mkdir(parents=True)
    (folder / "data" / "enrolment" / "authority.key").write_text("new\n")
    assert restore(archive, folder / "collector.toml", "--force") == 0
    assert (folder / "collector.toml").read_bytes() == here.read_bytes()
    assert (folder / "data" / "enrolment" / "authority.key").read_text() == "key\n"
    (kept,) = (folder / "data").glob("enrolment.before-restore-*")
    assert (kept / "authority.key").read_text() == "new\n"
