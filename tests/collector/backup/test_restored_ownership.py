"""Who may read what was restored is who could before: services run as users of their own, and restoring needs root."""

import os
from pathlib import Path

import pytest
from restored_places import backup, make_place, restore, there

from collector.backup.ownership import NOT_THERE, Ownership, hand_over, owners_in
from collector.backup.placing import Placing

COLLECTOR, BROKERS, SOMEBODY = 20_001, 20_002, 20_003


@pytest.fixture
async def here(tmp_path: Path) -> Path:
    return await make_place(tmp_path / "here")


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files to others")


def give(path: Path, user: int, group: int, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, user, group)
    path.chmod(mode)


def owner(path: Path) -> tuple[int, int, int]:
    told = path.stat()
    return told.st_uid, told.st_gid, told.st_mode & 0o7777


@pytest.mark.parametrize("is_filled", [False, True], ids=["empty", "filled"])
@pytest.mark.usefixtures("as_root")
def test_folders_that_services_share_are_theirs_as_before(here: Path, *, is_filled: bool) -> None:
    more = '[collector]\ninventory = "etc/inventory"\n[enrolment]\nbroker_folder = "broker"\n'
    elsewhere = there(here, more=more)
    folder = elsewhere.parent
    folders = {
        "data": (COLLECTOR, COLLECTOR, 0o750),
        "data/enrolment": (COLLECTOR, COLLECTOR, 0o700),
        "broker": (COLLECTOR, BROKERS, 0o2750),
        "etc/inventory": (SOMEBODY, SOMEBODY, 0o755),
    }
    for name, whose in folders.items():
        give(folder / name, *whose)
        if is_filled and name != "data":
            (folder / name / "old").touch()
    assert restore(backup(here), elsewhere, *(["--force"] if is_filled else [])) == 0
    assert {name: owner(folder / name) for name in folders} == folders
    assert owner(folder / "broker" / "passwords")[:2] == (COLLECTOR, BROKERS)
    assert owner(folder / "data" / "enrolment" / "authority.key") == (COLLECTOR, COLLECTOR, 0o600)
    assert owner(folder / "data" / "state.sqlite") == (COLLECTOR, COLLECTOR, 0o600)
    assert owner(folder / "data" / "points.duckdb") == (COLLECTOR, COLLECTOR, 0o600)
    assert owner(folder / "etc" / "inventory" / "lab.toml")[:2] == (SOMEBODY, SOMEBODY)


@pytest.mark.usefixtures("as_root")
def test_folders_that_are_new_are_for_whom_the_one_above_is(here: Path) -> None:
    elsewhere = there(here)
    os.chown(elsewhere.parent, COLLECTOR, COLLECTOR)
    assert restore(backup(here), elsewhere) == 0
    found = {name: owner(elsewhere.parent / name) for name in ("data", "data/enrolment", "data/enrolment/broker")}
    assert found == {
        "data": (COLLECTOR, COLLECTOR, 0o750),
        "data/enrolment": (COLLECTOR, COLLECTOR, 0o700),
        "data/enrolment/broker": (COLLECTOR, COLLECTOR, 0o750),
    }
    assert owner(elsewhere.parent / "inventory") == (COLLECTOR, COLLECTOR, 0o755)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is root's, in a folder of root's."""
    give(tmp_path / "secrets", 0, 0, 0o700)
    path = tmp_path / "secrets" / "secret"
    path.touch(mode=0o600)
    return path


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    """A folder that was restored to beside its place, in one of the collector's."""
    give(tmp_path / "theirs", COLLECTOR, COLLECTOR, 0o755)
    give(tmp_path / "theirs" / "staged", COLLECTOR, COLLECTOR, 0o750)
    give(tmp_path / "theirs" / "staged" / "inner", COLLECTOR, COLLECTOR, 0o750)
    (tmp_path / "theirs" / "staged" / "inner" / "passwords").touch(mode=0o600)
    return tmp_path / "theirs" / "staged"


@pytest.mark.usefixtures("as_root")
def test_links_that_were_put_into_a_folder_give_nothing_away(secret: Path, staged: Path) -> None:
    (staged / "file").symlink_to(secret)
    (staged / "inner" / "folder").symlink_to(secret.parent)
    (staged / "nothing").symlink_to("nowhere")
    before = {"inner/folder": Ownership(COLLECTOR, COLLECTOR, 0o777)}
    hand_over(staged, staged.parent, before, 0o750)
    assert (owner(secret.parent), owner(secret)) == ((0, 0, 0o700), (0, 0, 0o600))
    assert owner(staged) == owner(staged / "inner") == (COLLECTOR, COLLECTOR, 0o750)
    assert owner(staged / "inner" / "passwords") == (COLLECTOR, COLLECTOR, 0o600)


@pytest.mark.parametrize("leads_to", ["secrets", "secrets/secret"])
@pytest.mark.usefixtures("as_root")
def test_a_link_that_was_put_in_place_of_what_was_restored_gives_nothing_away(
    secret: Path, staged: Path, leads_to: str
) -> None:
    link = staged.with_name("link")
    link.symlink_to(secret.parent.parent / leads_to)
    hand_over(link, link.parent, NOT_THERE, 0o755)
    assert (owner(secret.parent), owner(secret)) == ((0, 0, 0o700), (0, 0, 0o600))


@pytest.mark.usefixtures("as_root")
def test_a_folder_is_given_away_after_what_is_in_it(secret: Path, staged: Path) -> None:
    give(staged / "before", COLLECTOR, COLLECTOR, 0o750)
    (staged / "inner" / "second name").hardlink_to(secret)  # is where it comes to a halt
    with pytest.raises(OSError, match="second name"):
        hand_over(staged, staged.parent, NOT_THERE, 0o750)
    assert owner(secret) == (0, 0, 0o600)
    assert owner(staged / "before") == (COLLECTOR, COLLECTOR, 0o750)
    assert owner(staged / "inner" / "passwords") == (COLLECTOR, COLLECTOR, 0o600)
    assert owner(staged) == owner(staged / "inner") == (0, 0, 0o700)


def test_a_link_to_a_folder_is_no_folder_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "place" / "inner").mkdir(parents=True)
    (tmp_path / "place" / "link").symlink_to(tmp_path)
    assert set(owners_in(tmp_path / "place")) == {"", "inner"}


def test_an_empty_folder_comes_back_as_it_was_and_what_was_made_goes(tmp_path: Path) -> None:
    empty, new = tmp_path / "empty", tmp_path / "made" / "for" / "it"
    empty.mkdir(mode=0o711)
    was = owner(empty)
    placing = Placing("now")
    for place in (empty, new):
        staged = placing.beside(place)
        staged.mkdir()
        (staged / "file").touch()
        placing.put(staged, place)
        assert (place / "file").exists()
    placing.undo()
    assert owner(empty) == was
    assert [*tmp_path.rglob("*")] == [empty]


def test_what_another_restoration_is_making_beside_is_left_to_it(tmp_path: Path) -> None:
    placing = Placing("now")
    ours = placing.beside(tmp_path / "state")
    theirs = ours.with_name(f"{ours.name}9")
    for path in (ours, ours.with_name(f"{ours.name}-wal"), ours.with_name(f"{ours.name}.sql"), theirs):
        path.touch()
    placing.clear()
    assert [*tmp_path.iterdir()] == [theirs]
