"""The scripts of the package for OpenWrt, in the shells and awks that are here, with procd and UCI played."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "deploy" / "openwrt" / "hangang-agent"
FILES = PACKAGE / "files"
INIT = FILES / "etc" / "init.d" / "hangang-agent"
LAUNCHER = FILES / "usr" / "bin" / "hangang-agent"
AGENT_TOML = FILES / "usr" / "lib" / "hangang-agent" / "agent-toml.awk"
DEFAULTS = (FILES / "etc" / "config" / "hangang").read_text(encoding="utf-8")
SHELLS = [("busybox", "ash"), ("dash",)]
AWKS = [("busybox", "awk"), ("mawk",)]
Done = subprocess.CompletedProcess[str]


def postinst(folder: Path) -> Path:
    """What the package runs where it has been installed, as `make` writes it, in a file."""
    (folder / "rules.mk").touch()
    (folder / "package.mk").write_text("BuildPackage=$(info $(Package/$(1)/postinst))all:;@:\n")
    command = ["make", "-s", "-f", str(PACKAGE / "Makefile"), f"TOPDIR={folder}", f"INCLUDE_DIR={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
    (folder / "postinst").write_text(done.stdout)
    return folder / "postinst"


def installed(*command: str) -> list[str]:
    """A command whose program is here; the test is skipped where it is not."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: apt-get install {command[0]}")
    return list(command)


def exported(*sections: tuple[str, Sequence[tuple[str, str, str]]]) -> str:
    """What `uci export hangang` prints: all that it escapes is the apostrophe."""
    text = "package hangang\n"
    for kind, entries in sections:
        text += f"\nconfig {kind}\n"
        for what, key, value in entries:
            quoted = value.replace("'", "'\\''")
            text += f"\t{what} {key} '{quoted}'\n"
    return text + "\n"


PLAYED = r"""
. "$1"
RUN=$TEST/run MEMORY=$TEST/memory FLASH=$TEST/flash CERTIFICATES=$TEST/certificates FOLDER=$TEST/folder
config_load() { [ "$1" = hangang ] && [ -e "$TEST/export" ]; }
config_get() { eval "$1=\${UCI_$3-\$4}"; }
config_get_bool() { config_get "$@"; }
chown() {
	printf 'chown'
	for each; do printf '|%s' "${each#"$TEST/"}"; done
	echo
} >&2
logger() { printf 'logger|%s\n' "$*"; return 1; } >&2
uci() { cat "$TEST/export"; }
awk() { command $AWK "$@"; }
for call in procd_open_instance procd_set_param procd_close_instance procd_add_jail procd_add_jail_mount \
	procd_add_jail_mount_rw procd_add_reload_trigger; do
	eval "$call() { printf '%s' $call; printf '|%s' \"\$@\"; echo; }"
done
start() {
	echo 'procd_open_service'
	start_service
}
reload() { if type reload_service >/dev/null 2>&1; then reload_service; else start; fi; }
"$ACTION"
code=$?
service_triggers
exit $code
"""
"""A log that takes nothing changes nothing. `start` and `reload` are as in OpenWrt's rc.common: procd ends what runs
where a service is opened and no instance follows."""


def act(shell: list[str], folder: Path, export: str | None, action: str = "start_service", **options: str) -> Done:
    """Do what rc.common would with these options in the section `service`; what it says to procd is printed, all else
    is on stderr. Without an export, UCI cannot read its file."""
    (folder / "export").unlink(missing_ok=True)
    if export is not None:
        (folder / "export").write_text(export, encoding="utf-8")
    (folder / "folder" / "site").mkdir(parents=True, exist_ok=True)
    (folder / "folder" / "site" / "PYTHON").write_text("3.11\n")
    shutil.copy(AGENT_TOML, folder / "folder")
    awk = "busybox awk" if shell[0] == "busybox" else "mawk"
    environment = {"PATH": os.environ["PATH"], "TEST": str(folder), "AWK": awk, "ACTION": action}
    environment |= {f"UCI_{name}": value for name, value in options.items()}
    return subprocess.run([*shell, "-c", PLAYED, "ash", str(INIT)], env=environment, capture_output=True, text=True)
