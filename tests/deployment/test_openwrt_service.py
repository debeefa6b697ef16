"""The service on OpenWrt: what procd is told, and what becomes of what makes no sense."""

import re
import tomllib
from pathlib import Path

import pytest
from openwrt_scripts import DEFAULTS, FILES, INIT, REPOSITORY, SHELLS, act, exported, installed

EXPORT = exported(("service 'service'", [("option", "enabled", "1")]), ("agent 'agent'", [("option", "id", "ap-1")]))
NONSENSE = exported(("nonsense", []))
TRIGGER = "procd_add_reload_trigger|hangang\n"


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> list[str]:
    return installed(*request.param)


def test_procd_is_told_what_to_run_and_within_what_bounds(shell: list[str], tmp_path: Path) -> None:
    done = act(shell, tmp_path, EXPORT, enabled="1", memory_mib="96", nice="5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace(str(tmp_path), "").splitlines() == [
        "procd_open_instance|",
        "procd_set_param|command|/usr/bin/hangang-agent|run|--config|/run/agent.toml",
        "procd_set_param|respawn|3600|60|0",
        "procd_set_param|limits|as=100663296 100663296|core=0 0|nofile=1024 1024",
        "procd_set_param|nice|5",
        "procd_set_param|user|hangang",
        "procd_set_param|group|hangang",
        "procd_set_param|no_new_privs|1",
        "procd_set_param|stdout|1",
        "procd_set_param|stderr|1",
        "procd_set_param|term_timeout|30",
        "procd_set_param|file|/run/agent.toml",
        "procd_close_instance|",
        TRIGGER.strip(),
    ]
    written = tmp_path / "run" / "agent.toml"
    assert tomllib.loads(written.read_text()) == {
        "agent": {"id": "ap-1"},
        "spool": {"path": f"{tmp_path}/memory/spool.db"},
    }
    assert written.stat().st_mode & 0o777 == 0o600
    assert "chown|hangang:hangang|run/agent.toml.new" in done.stderr


@pytest.mark.parametrize(("spool", "folder"), [("tmpfs", "memory"), ("flash", "flash")])
def test_the_spool_is_where_it_was_chosen(shell: list[str], tmp_path: Path, spool: str, folder: str) -> None:
    assert act(shell, tmp_path, EXPORT, enabled="1", spool=spool).returncode == 0
    assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700
    assert f'path = "{tmp_path}/{folder}/spool.db"' in (tmp_path / "run" / "agent.toml").read_text()


def test_a_spool_whose_folder_cannot_be_made_is_told(shell: list[str], tmp_path: Path) -> None:
    (tmp_path / "flash").write_text("in its place")
    done = act(shell, tmp_path, EXPORT, enabled="1", spool="flash")
    assert (done.returncode, done.stdout) == (1, TRIGGER)
    assert f"the spool's folder {tmp_path}/flash cannot be made" in done.stderr


@pytest.mark.parametrize("folder", ["/mnt/stick", "/mnt/it's $(id) `id`", "/mnt/\\new \\table", "/mnt/한강"])
def test_a_folder_of_ones_own_is_left_to_its_owner(shell: list[str], tmp_path: Path, folder: str) -> None:
    done = act(shell, tmp_path, EXPORT, enabled="1", spool=folder)
    assert tomllib.loads((tmp_path / "run" / "agent.toml").read_text())["spool"] == {"path": f"{folder}/spool.db"}
    assert folder not in done.stderr


def test_it_starts_nothing_before_it_is_enabled(shell: list[str], tmp_path: Path) -> None:
    done = act(shell, tmp_path, EXPORT)
    assert (done.returncode, done.stdout) == (0, TRIGGER)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("memory_mib", "64; reboot"),
        ("memory_mib", "a[$(touch x)]"),
        ("memory_mib", "0"),
        ("memory_mib", "95"),
        ("memory_mib", "4096"),
        ("memory_mib", "0192"),
        ("nice", "-20"),
        ("nice", "20"),
        ("nice", "236"),  # of which procd, in a byte, makes -20: before all that forwards
        ("spool", "ram"),
        ("spool", "$(id)"),
    ],
)
def test_a_setting_of_the_service_that_makes_no_sense_is_told_and_nothing_runs(
    shell: list[str], tmp_path: Path, option: str, value: str
) -> None:
    done = act(shell, tmp_path, EXPORT, enabled="1", **{option: value})
    assert done.returncode == 1
    assert f"{option} must be" in done.stderr
    assert f"not '{value}'" in done.stderr
    assert done.stdout == TRIGGER


def test_settings_that_uci_cannot_read_are_told(shell: list[str], tmp_path: Path) -> None:
    done = act(shell, tmp_path, None, enabled="1")
    assert (done.returncode, done.stdout) == (1, TRIGGER)
    assert "/etc/config/hangang cannot be read" in done.stderr


# Reloading


def test_a_reload_starts_by_the_new_settings(shell: list[str], tmp_path: Path) -> None:
    act(shell, tmp_path, EXPORT, enabled="1")
    done = act(shell, tmp_path, EXPORT.replace("ap-1", "ap-2"), "reload", enabled="1")
    assert done.stdout.startswith("procd_open_service\nprocd_open_instance|\n")
    assert tomllib.loads((tmp_path / "run" / "agent.toml").read_text())["agent"] == {"id": "ap-2"}


def test_a_reload_of_what_was_disabled_ends_it(shell: list[str], tmp_path: Path) -> None:
    assert act(shell, tmp_path, EXPORT, "reload", enabled="0").stdout == f"procd_open_service\n{TRIGGER}"


@pytest.mark.parametrize(
    ("export", "options"),
    [(NONSENSE, {}), (None, {}), (EXPORT, {"memory_mib": "much"}), (EXPORT, {"spool": "ram"})],
    ids=["no table", "unreadable", "memory", "spool"],
)
def test_a_reload_that_cannot_be_leaves_what_runs_and_its_file(
    shell: list[str], tmp_path: Path, export: str | None, options: dict[str, str]
) -> None:
    act(shell, tmp_path, EXPORT, enabled="1")
    before = (tmp_path / "run" / "agent.toml").read_text()
    done = act(shell, tmp_path, export, "reload", enabled="1", **options)
    assert (done.returncode, done.stdout) == (1, TRIGGER)
    assert "logger|-s -t hangang-agent" in done.stderr
    assert {path.name: path.read_text() for path in (tmp_path / "run").iterdir()} == {"agent.toml": before}


# Files


def test_a_file_of_ones_own_is_taken_as_it_is(shell: list[str], tmp_path: Path) -> None:
    done = act(shell, tmp_path, NONSENSE, enabled="1", configuration="/etc/hangang/agent.toml")
    assert "run|--config|/etc/hangang/agent.toml\n" in done.stdout
    assert not (tmp_path / "run").exists()


def test_certificates_that_root_fetched_become_the_agents_and_links_do_not(shell: list[str], tmp_path: Path) -> None:
    """Nor does what a link points to that takes a file's place after it was looked at: -h."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "agent.key").touch()
    (folder / "link").symlink_to("/etc/passwd")
    told = act(shell, tmp_path, EXPORT, enabled="1").stderr
    assert "chown|-h|hangang:hangang|certificates/agent.key\n" in told
    assert "link" not in told


def test_an_upgrade_of_the_firmware_keeps_what_the_service_keeps_on_flash() -> None:
    kept = (FILES / "lib" / "upgrade" / "keep.d" / "hangang-agent").read_text().split()
    folders = dict(re.findall(r"^([A-Z]+)=(/\S+)$", INIT.read_text(), re.MULTILINE))
    for folder in (folders["CERTIFICATES"], folders["FLASH"]):
        assert any(Path(folder).is_relative_to(each) for each in kept), folder


def test_a_jail_sees_what_runs_and_the_two_folders_that_it_writes_to(shell: list[str], tmp_path: Path) -> None:
    told = act(shell, tmp_path, EXPORT, enabled="1", jail="1").stdout.replace(str(tmp_path), "")
    assert "procd_add_jail|hangang-agent|log|ubus|procfs|sysfs|ronly\n" in told
    assert "procd_add_jail_mount_rw|/memory|/certificates\n" in told
    assert "procd_set_param|env|TMPDIR=/memory\n" in told
    seen = {
        path for line in re.findall(r"^procd_add_jail_mount\|(.+)$", told, re.MULTILINE) for path in line.split("|")
    }
    assert {"/bin/sh", "/usr/bin/hangang-agent", "/usr/bin/python3.11", "/usr/lib", "/run/agent.toml"} <= seen


def test_every_option_of_the_service_is_documented() -> None:
    read = dict(re.findall(r"config_get(?:_bool)? (\w+) service \1(?: (\S+))?", INIT.read_text(encoding="utf-8")))
    document = (REPOSITORY / "docs" / "agent-builds.md").read_text(encoding="utf-8")
    section = document.partition("## Settings of OpenWrt")[2].partition("| option | default |")[2]
    documented = dict(re.findall(r"^\| `(\w+)` \| (?:`(\S+)`|none) \|", section, re.MULTILINE))
    assert documented == read
    shipped = DEFAULTS.partition("config service")[2].partition("\nconfig ")[0]
    assert dict(re.findall(r"option (\w+) '(.*)'", shipped)) == {name: value for name, value in read.items() if value}
