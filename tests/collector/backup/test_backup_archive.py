"""An archive is whole, or the part is named that is not."""

import gzip
import hashlib
import io
import json
import tarfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.backup.manifest import ABOUT, MANIFEST, About, Manifest, Part, PointsSaved, StateSaved, encode_about
from collector.backup.packing import SUFFIXES
from collector.backup.problems import BackupError
from collector.backup.reading import Checked, check, read
from collector.backup.writing import ArchiveWriter, new_archive

ABOUT_IT = About(
    version="0.1.0",
    made_at="2026-05-20T00:00:00+00:00",
    has_keys=True,
    state=StateSaved(kind="sqlite", step="0004"),
    points=PointsSaved(kind="none"),
)
PARTS = {"inventory/lab.toml": b"# lab\n" * 500, "state/state.sqlite": bytes(range(256)) * 2000}


def make(path: Path, about: bytes = encode_about(ABOUT_IT)) -> Path:
    with new_archive(path) as archive:
        archive.add(ABOUT, about)
        for name, content in PARTS.items():
            archive.add(name, content)
    return path


@pytest.fixture(params=SUFFIXES)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make(tmp_path / f"backup{request.param}")


def refusal(path: Path) -> BackupError:
    with pytest.raises(BackupError) as raised:
        check(path)
    return raised.value


def test_what_was_put_in_comes_out(archive: Path) -> None:
    checked = check(archive)
    assert checked.about == ABOUT_IT
    assert [part.name for part in checked.manifest.parts] == [ABOUT, *PARTS]
    found: dict[str, bytes] = {}
    read(archive, checked, lambda name, content: found.update({name: content.read(10_000_000)}))
    assert found == {ABOUT: encode_about(ABOUT_IT), **PARTS}
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_one_that_is_cut_off_anywhere_is_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    manifest_from = whole.find(MANIFEST.encode()) if archive.suffix == ".tar" else len(whole) - 20
    for size in (0, 1, 3, 100, 600, len(whole) // 3, len(whole) // 2, manifest_from - 1, manifest_from):
        archive.write_bytes(whole[:size])
        assert refusal(archive).reason in {"cut_off", "altered", "other_product"}


def test_one_in_which_a_byte_differs_is_refused(archive: Path) -> None:
    whole = bytearray(archive.read_bytes())
    end = len(whole) if archive.suffix != ".tar" else whole.find(MANIFEST.encode()) + 512
    for position in range(20, end - 20, max(1, end // 60)):
        if archive.suffix == ".tar" and is_padding(bytes(whole), position):
            continue
        was = whole[position]
        whole[position] ^= 0x41
        archive.write_bytes(whole)
        assert refusal(archive).reason in {"cut_off", "altered", "other_product"}, position
        whole[position] = was


def is_padding(whole: bytes, position: int) -> bool:
    """Whether a tar fills a block up there, with what nobody reads."""
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        ends = [each.offset_data + each.size for each in tar]
    return any(end <= position < -(-end // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE for end in ends)


@pytest.mark.parametrize("part", [ABOUT, *PARTS, MANIFEST])
def test_the_part_that_was_altered_is_named(tmp_path: Path, part: str) -> None:
    path = make(tmp_path / "backup.tar")
    with tarfile.open(path) as tar:
        position = tar.getmember(part).offset_data + 150
    whole = bytearray(path.read_bytes())
    whole[position] ^= 1
    path.write_bytes(whole)
    assert (refusal(path).reason, refusal(path).about["part"]) == ("altered", part)


def test_the_part_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "backup.tar")
    with tarfile.open(path) as tar:
        positions = {each.name: each.offset_data for each in tar}
    whole = path.read_bytes()
    path.write_bytes(whole[: positions["state/state.sqlite"] + 10_000])
    assert (refusal(path).reason, refusal(path).about["part"]) == ("altered", "state/state.sqlite")
    path.write_bytes(whole[: positions["state/state.sqlite"] - 512])
    assert (refusal(path).reason, refusal(path).about["part"]) == ("cut_off", "inventory/lab.toml")


def test_a_part_that_is_left_out_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "backup.tar")
    with tarfile.open(path) as tar, tarfile.open(tmp_path / "less.tar", "w") as less:
        for member in tar:
            if member.name != "inventory/lab.toml":
                less.addfile(member, tar.extractfile(member))
    assert (refusal(tmp_path / "less.tar").reason, refusal(tmp_path / "less.tar").about["part"]) == (
        "altered",
        "inventory/lab.toml",
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\n" * 1000, b"\x1f\x8b\x08 not really", b"\x28\xb5\x2f\xfd not really", b"\0" * 10_240],
    ids=["empty", "text", "gzip", "zstd", "zeros"],
)
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "backup.tar"
    path.write_bytes(content)
    assert refusal(path).reason == "other_product"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "backup.tar").reason == "cannot_read"


def test_an_archive_of_something_else_is_told(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("README"))
    assert refusal(tmp_path / "other.tar").reason == "other_product"
    theirs = json.loads(encode_about(ABOUT_IT)) | {"product": "another"}
    assert refusal(make(tmp_path / "theirs.tar", json.dumps(theirs).encode())).reason == "other_product"


def test_an_archive_of_a_newer_form_is_told(tmp_path: Path) -> None:
    newer = json.loads(encode_about(ABOUT_IT)) | {"format": 2, "version": "9.0.0", "state": "elsewhere"}
    error = refusal(make(tmp_path / "newer.tar", json.dumps(newer).encode()))
    assert (error.reason, error.about["version"]) == ("newer_form", "9.0.0")


@pytest.mark.parametrize("name", ["inventory/../../evil", "/etc/evil", "inventory//x", "elsewhere/x", "inventory"])
def test_a_part_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "evil.tar"
    with new_archive(path) as archive:
        archive.add(ABOUT, encode_about(ABOUT_IT))
        archive.add(name, b"evil")
    assert refusal(path).reason == "altered"


def test_a_link_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        ArchiveWriter(tar).add(ABOUT, encode_about(ABOUT_IT))
        link = tarfile.TarInfo("inventory/lab.toml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert refusal(tmp_path / "link.tar").reason == "altered"


EXTENSIONS = {
    "pax": tarfile.XHDTYPE,
    "pax of all": tarfile.XGLTYPE,
    "pax of Solaris": tarfile.SOLARIS_XHDTYPE,
    "name": tarfile.GNUTYPE_LONGNAME,
    "link": tarfile.GNUTYPE_LONGLINK,
}


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def extension(kind: bytes, size: int) -> bytes:
    """A header of one, which says that so much belongs to it."""
    header = tarfile.TarInfo("extension")
    header.type, header.size = kind, size
    return header.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", EXTENSIONS.values(), ids=EXTENSIONS)
@pytest.mark.parametrize("before", [ABOUT, "inventory/lab.toml", MANIFEST])
def test_a_header_that_is_too_long_is_refused(tmp_path: Path, kind: bytes, before: str) -> None:
    path = make(tmp_path / "backup.tar")
    with tarfile.open(path) as tar:
        names = tar.getnames()
        position = tar.getmember(before).offset
    whole = path.read_bytes()
    long = (before.encode() if kind == tarfile.GNUTYPE_LONGNAME else b"").ljust(3 * 1024 * 1024, b"\0")
    path.write_bytes(whole[:position] + extension(kind, len(long)) + long + whole[position:])
    part = None if before == ABOUT else names[names.index(before) - 1]
    error = refusal(path)
    assert (error.reason, error.about) == ("other_product" if part is None else "cut_off", {"path": path, "part": part})


@pytest.mark.parametrize("kind", EXTENSIONS.values(), ids=EXTENSIONS)
def test_a_header_that_claims_much_takes_no_memory(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "backup.tar"
    path.write_bytes(gzip.compress(extension(kind, 3 * 1024**3) + bytes(16 * 1024 * 1024), 1))
    with little_memory():
        assert refusal(path).reason == "other_product"


def test_headers_of_many_parts_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    parts = tuple(Part(name=f"state/{number}", bytes=0, sha256=hashlib.sha256().hexdigest()) for number in range(200))
    with tarfile.open(path, "w") as tar:
        for part in parts:
            member = tarfile.TarInfo(part.name)
            member.pax_headers = {"comment": "long" * 10_000}
            tar.addfile(member)
    with little_memory():
        read(path, Checked(ABOUT_IT, Manifest(parts=parts)), lambda *_: None)


def test_a_header_for_all_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    with tarfile.open(path, "w", pax_headers={"comment": "for all"}) as tar:
        ArchiveWriter(tar).add(ABOUT, encode_about(ABOUT_IT))
    assert refusal(path).reason == "other_product"


@pytest.mark.parametrize(
    "headers",
    [
        {"GNU.sparse.map": "0,1,2"},
        {"GNU.sparse.map": "a,b"},
        {"GNU.sparse.map": "0,1", "GNU.sparse.size": "1000000000000"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
        {"hdrcharset": "none", "comment": "none"},
        {"size": "-1"},
    ],
    ids=str,
)
def test_headers_that_no_tar_writes_are_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    """A part with holes may claim to be without end."""
    path = tmp_path / "backup.tar"
    with tarfile.open(path, "w") as tar:
        ArchiveWriter(tar).add(ABOUT, encode_about(ABOUT_IT))
        member = tarfile.TarInfo("state/state.sqlite")
        member.pax_headers, member.size = headers, 3
        tar.addfile(member, io.BytesIO(b"abc"))
    error = refusal(path)
    assert (error.reason, error.about["part"]) in {("altered", ABOUT), ("cut_off", ABOUT), ("cut_off", member.name)}


def test_headers_that_have_no_end_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "backup.tar")
    path.write_bytes(extension(tarfile.XHDTYPE, 0) * 10_000 + path.read_bytes())
    assert refusal(path).reason == "other_product"


def test_a_name_as_long_as_a_path_may_be_is_read(tmp_path: Path) -> None:
    name = "inventory/" + "/".join(["나" * 85] * 16)
    with new_archive(tmp_path / "backup.tar") as archive:
        archive.add(ABOUT, encode_about(ABOUT_IT))
        archive.add(name, b"")
    assert [part.name for part in check(tmp_path / "backup.tar").manifest.parts] == [ABOUT, name]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), BackupError("rows_lost"), OSError(28, "No space left")])
def test_nothing_is_left_of_one_that_is_broken_off(tmp_path: Path, error: BaseException) -> None:
    def break_off() -> None:
        with new_archive(tmp_path / "backup.tar.zst") as archive:
            archive.add(ABOUT, encode_about(ABOUT_IT))
            raise error

    with pytest.raises((KeyboardInterrupt, BackupError)):
        break_off()
    assert [*tmp_path.iterdir()] == []
