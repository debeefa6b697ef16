"""The package for OpenWrt, as far as it goes without OpenWrt: its scripts run in ash and dash, with procd played."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import agent.probes
import agent.sources
from agent.config import AgentSettings, load_configuration
from agent.openwrt import reading
from agent.settings import SettingsError, _table_in

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "deploy" / "openwrt" / "hangang-agent"
FILES = PACKAGE / "files"
INIT = FILES / "etc" / "init.d" / "hangang-agent"
AGENT_TOML = FILES / "usr" / "lib" / "hangang-agent" / "agent-toml.awk"
SCRIPTS = [INIT, FILES / "usr" / "bin" / "hangang-agent", REPOSITORY / "deploy" / "agent" / "collect.sh"]
DEFAULTS = (FILES / "etc" / "config" / "hangang").read_text(encoding="utf-8")


def installed(*command: str) -> list[str]:
    """A command whose program is here; the test is skipped where it is not."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: apt-get install {command[0]}")
    return list(command)


@pytest.fixture(params=[("busybox", "awk"), ("mawk",)], ids=" ".join)
def awk(request: pytest.FixtureRequest) -> list[str]:
    return installed(*request.param)


@pytest.fixture(params=[("busybox", "ash"), ("dash",)], ids=" ".join)
def shell(request: pytest.FixtureRequest) -> list[str]:
    return installed(*request.param)


def exported(*sections: tuple[str, Sequence[tuple[str, str, str]]]) -> str:
    """What `uci export hangang` prints: all that it escapes is the apostrophe."""
    text = "package hangang\n"
    for kind, entries in sections:
        text += f"\nconfig {kind}\n"
        for what, key, value in entries:
            quoted = value.replace("'", "'\\''")
            text += f"\t{what} {key} '{quoted}'\n"
    return text + "\n"


def convert(
    awk: Sequence[str], text: str | bytes, *, spool_path: str = "/spool.db"
) -> "subprocess.CompletedProcess[bytes]":
    body = text if isinstance(text, bytes) else text.encode()
    command = [*awk, "-v", f"spool_path={spool_path}", "-f", str(AGENT_TOML)]
    return subprocess.run(command, input=body, env={**os.environ, "LC_ALL": "C"}, capture_output=True)


def table_of(awk: Sequence[str], text: str) -> dict[str, Any]:
    done = convert(awk, text)
    assert (done.returncode, done.stderr) == (0, b"")
    return tomllib.loads(done.stdout.decode())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_are_of_posix(script: Path, shell: list[str]) -> None:
    subprocess.run([*shell, "-n", str(script)], check=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    done = subprocess.run([*installed("shellcheck"), str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


# From UCI to TOML


HOSTILE = [
    "it's",
    '"quoted"',
    "$(touch /tmp/x) `id` ${HOME} $((1))",
    "back\\slash \\u0041 \\",
    "two\nlines\n[broker]\nurl = 'mqtt://elsewhere'",
    "'\noption id 'other",
    "tab\there \x01\x1f\x7f\r",
    "서울 공공 와이파이 🛜",
    "# no comment",
    "",
    "  spaces  ",
    "'''\"\"\"",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_a_text(awk: list[str], value: str) -> None:
    found = table_of(
        awk, exported(("agent 'agent'", [("option", "id", value)]), ("probe", [("list", "names", value)] * 2))
    )
    assert found == {"agent": {"id": value}, "probes": [{"names": [value, value]}], "spool": {"path": "/spool.db"}}


@pytest.mark.parametrize("awk_here", [("busybox", "awk"), ("mawk",)], ids=" ".join)
def test_any_text_stays_as_it_is(awk_here: tuple[str, ...]) -> None:
    command = installed(*awk_here)

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=40)
    )
    def holds(values: list[str]) -> None:
        found = table_of(command, exported(("broker", [("list", "names", value) for value in values])))
        assert found["broker"] == {"names": values}

    holds()


def fields(model: type[BaseModel]) -> Iterator[tuple[str, type]]:
    """Keys of a table that UCI can tell, with what they hold: a number, a truth or a text."""
    for name, field in model.model_fields.items():
        if _table_in(field.annotation) is None:
            told = str(field.annotation)
            yield name, bool if "bool" in told else float if re.search(r"\b(int|float)\b", told) else str


def tables() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in AgentSettings.model_fields.items():
        if (model := _table_in(field.annotation)) is not None:
            yield name, model
    for kind in agent.sources.known_kinds():
        yield "source", import_module(f"agent.sources.{kind}").Settings
    for kind in agent.probes.known_kinds():
        yield "probe", import_module(f"agent.probes.{kind}").Settings


@pytest.mark.parametrize(("section", "model"), list(tables()), ids=lambda value: getattr(value, "__module__", value))
def test_numbers_and_truths_are_where_the_agent_wants_them(
    awk: list[str], section: str, model: type[BaseModel]
) -> None:
    told = {bool: ("true", True), float: ("7", 7), str: ("7", "7")}
    wanted = {name: kind for name, kind in fields(model) if (section, name) != ("spool", "path")}
    entries = [("option", name, told[kind][0]) for name, kind in wanted.items()]
    found = table_of(awk, exported((section, entries)))
    table = found[f"{section}s"][0] if section in {"source", "probe"} else found[section]
    expected = {name: told[kind][1] for name, kind in wanted.items()}
    assert table == expected | ({"path": "/spool.db"} if section == "spool" else {})


@pytest.mark.parametrize("value", ["007", "1e3", "0x10", "1_000", "nan", "60; rm -rf /", "60 # more", "--1", "."])
def test_what_is_no_number_is_a_text_which_the_agent_refuses(awk: list[str], value: str) -> None:
    found = table_of(awk, exported(("source", [("option", "interval_seconds", value)])))
    assert found["sources"] == [{"interval_seconds": value}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (exported(("agents", [])), 'there is no type of section "agents"'),
        (exported(("agent", []), ("agent", [])), 'two sections of the type "agent"'),
        (exported(("spool", [("option", "path", "/etc/passwd")])), "follows from the option spool"),
        (exported(("agent", [("option", 'i"d', "x")])), "an option cannot be called"),
        ("package hangang\n\nconfig agent\n\toption id 'x\n", "a value has no end"),
        ("package hangang\n\nconfig agent\n\toption id\n", "cannot read the option"),
        ("garbage\n", "cannot read a line"),
    ],
)
def test_what_cannot_be_read_is_told(awk: list[str], text: str, problem: str) -> None:
    done = convert(awk, text)
    assert done.returncode == 1
    assert problem in done.stderr.decode()


def test_what_is_no_text_at_all_is_the_agents_to_tell(awk: list[str], tmp_path: Path) -> None:
    done = convert(awk, b"package hangang\n\nconfig agent\n\toption id '\xff'\n")
    (tmp_path / "agent.toml").write_bytes(done.stdout)
    with pytest.raises(SettingsError, match="is not TOML"):
        load_configuration(tmp_path / "agent.toml")


def certified(folder: Path) -> None:
    """A folder as enrolment leaves it."""
    folder.mkdir()
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ap-1"
    subprocess.run(
        [*command.split(), "-keyout", "agent.key", "-out", "agent.crt"], cwd=folder, check=True, capture_output=True
    )
    shutil.copy(folder / "agent.crt", folder / "authority.crt")


def as_uci_exports(configuration: str) -> str:
    """Comments gone, and the package named."""
    return "package hangang\n" + re.sub(r"^\s*#.*\n", "", configuration, flags=re.MULTILINE)


def test_the_agent_takes_what_the_package_brings(awk: list[str], tmp_path: Path) -> None:
    installed("openssl")
    certified(tmp_path / "enrolment")
    text = as_uci_exports(DEFAULTS).replace("/etc/hangang/enrolment", str(tmp_path / "enrolment"))
    done = convert(awk, text, spool_path=f"{tmp_path}/spool/spool.db")
    (tmp_path / "agent.toml").write_bytes(done.stdout)
    configuration = load_configuration(tmp_path / "agent.toml")
    assert configuration.settings.agent.id == "change-me"
    assert configuration.settings.spool.path == tmp_path / "spool" / "spool.db"
    assert [(source.settings.kind, source.settings.interval_seconds) for source in configuration.sources] == [
        ("openwrt", 60)
    ]


# The service


PLAYED = r"""
. "$1"
RUN=$TEST/run MEMORY=$TEST/memory FLASH=$TEST/flash CERTIFICATES=$TEST/certificates FOLDER=$TEST_FOLDER
config_load() { [ "$1" = hangang ]; }
config_get() { eval "$1=\${UCI_$3-\$4}"; }
config_get_bool() { config_get "$@"; }
chown() { printf 'chown|%s|%s\n' "$1" "${2#"$TEST/"}"; } >&2
logger() { printf 'logger|%s\n' "$*"; } >&2
uci() { cat "$TEST/export"; }
awk() { command $AWK "$@"; }
for call in procd_open_instance procd_set_param procd_close_instance procd_add_jail procd_add_jail_mount \
	procd_add_jail_mount_rw procd_add_reload_trigger; do
	eval "$call() { printf '%s' $call; printf '|%s' \"\$@\"; echo; }"
done
start_service
code=$?
service_triggers
exit $code
"""


def start(shell: list[str], folder: Path, export: str, **options: str) -> "subprocess.CompletedProcess[str]":
    """Start the service with these options in its section; what it says to procd is printed, all else is on stderr."""
    (folder / "export").write_text(export, encoding="utf-8")
    awk = "busybox awk" if shell[0] == "busybox" else "mawk"
    environment = {"PATH": os.environ["PATH"], "TEST": str(folder), "TEST_FOLDER": str(AGENT_TOML.parent), "AWK": awk}
    environment |= {f"UCI_{name}": value for name, value in options.items()}
    return subprocess.run([*shell, "-c", PLAYED, "ash", str(INIT)], env=environment, capture_output=True, text=True)


EXPORT = exported(("service 'service'", [("option", "enabled", "1")]), ("agent 'agent'", [("option", "id", "ap-1")]))


def test_procd_is_told_what_to_run_and_within_what_bounds(shell: list[str], tmp_path: Path) -> None:
    done = start(shell, tmp_path, EXPORT, enabled="1", memory_mib="64", nice="5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace(str(tmp_path), "").splitlines() == [
        "procd_open_instance|",
        "procd_set_param|command|/usr/bin/hangang-agent|run|--config|/run/agent.toml",
        "procd_set_param|respawn|3600|60|0",
        "procd_set_param|limits|as=67108864 67108864|core=0 0|nofile=1024 1024",
        "procd_set_param|nice|5",
        "procd_set_param|user|hangang",
        "procd_set_param|group|hangang",
        "procd_set_param|no_new_privs|1",
        "procd_set_param|stdout|1",
        "procd_set_param|stderr|1",
        "procd_set_param|term_timeout|30",
        "procd_set_param|file|/run/agent.toml",
        "procd_close_instance|",
        "procd_add_reload_trigger|hangang",
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
    assert start(shell, tmp_path, EXPORT, enabled="1", spool=spool).returncode == 0
    assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700
    assert f'path = "{tmp_path}/{folder}/spool.db"' in (tmp_path / "run" / "agent.toml").read_text()


def test_a_folder_of_ones_own_is_left_to_its_owner(shell: list[str], tmp_path: Path) -> None:
    done = start(shell, tmp_path, EXPORT, enabled="1", spool="/mnt/stick")
    assert 'path = "/mnt/stick/spool.db"' in (tmp_path / "run" / "agent.toml").read_text()
    assert "/mnt/stick" not in done.stderr


def test_it_starts_nothing_before_it_is_enabled(shell: list[str], tmp_path: Path) -> None:
    assert start(shell, tmp_path, EXPORT).stdout == "procd_add_reload_trigger|hangang\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("memory_mib", "64; reboot"),
        ("memory_mib", "a[$(touch x)]"),
        ("nice", "-20"),
        ("spool", "ram"),
        ("spool", "$(id)"),
    ],
)
def test_a_setting_of_the_service_that_makes_no_sense_is_told_and_nothing_runs(
    shell: list[str], tmp_path: Path, option: str, value: str
) -> None:
    done = start(shell, tmp_path, EXPORT, enabled="1", **{option: value})
    assert done.returncode == 1
    assert value in done.stderr
    assert "procd_open_instance" not in done.stdout


def test_a_reload_that_fails_leaves_the_file_of_before(shell: list[str], tmp_path: Path) -> None:
    start(shell, tmp_path, EXPORT, enabled="1")
    before = (tmp_path / "run" / "agent.toml").read_text()
    done = start(shell, tmp_path, exported(("nonsense", [])), enabled="1")
    assert done.returncode == 1
    assert "cannot be made into" in done.stderr
    assert {path.name: path.read_text() for path in (tmp_path / "run").iterdir()} == {"agent.toml": before}


def test_a_file_of_ones_own_is_taken_as_it_is(shell: list[str], tmp_path: Path) -> None:
    done = start(shell, tmp_path, exported(("nonsense", [])), enabled="1", configuration="/etc/hangang/agent.toml")
    assert "run|--config|/etc/hangang/agent.toml\n" in done.stdout
    assert not (tmp_path / "run").exists()


def test_certificates_that_root_fetched_become_the_agents_and_links_do_not(shell: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "agent.key").touch()
    (folder / "link").symlink_to("/etc/passwd")
    told = start(shell, tmp_path, EXPORT, enabled="1").stderr
    assert "chown|hangang:hangang|certificates/agent.key" in told
    assert "link" not in told


def test_a_jail_sees_the_two_folders_that_it_writes_to(shell: list[str], tmp_path: Path) -> None:
    told = start(shell, tmp_path, EXPORT, enabled="1", jail="1").stdout.replace(str(tmp_path), "")
    assert "procd_add_jail|hangang-agent|log|ubus|procfs|sysfs|ronly\n" in told
    assert "procd_add_jail_mount_rw|/memory|/certificates\n" in told


def test_every_option_of_the_service_is_documented() -> None:
    read = dict(re.findall(r"config_get(?:_bool)? (\w+) service \1(?: (\S+))?", INIT.read_text(encoding="utf-8")))
    document = (REPOSITORY / "docs" / "agent-builds.md").read_text(encoding="utf-8")
    section = document.partition("## Settings of OpenWrt")[2].partition("| option | default |")[2]
    documented = dict(re.findall(r"^\| `(\w+)` \| (?:`(\S+)`|none) \|", section, re.MULTILINE))
    assert documented == read
    shipped = DEFAULTS.partition("config service")[2].partition("\nconfig ")[0]
    assert dict(re.findall(r"option (\w+) '(.*)'", shipped)) == {name: value for name, value in read.items() if value}


# The package


def test_the_user_may_ask_ubus_what_the_agent_asks() -> None:
    rights = json.loads((FILES / "usr" / "share" / "acl.d" / "hangang-agent.json").read_text())
    asked: dict[str, set[str]] = {}
    source = Path(reading.__file__).read_text(encoding="utf-8")
    for called, method in re.findall(r'"ubus", "call", f?"([^"]+)", "([^"]+)"', source):
        asked.setdefault(re.sub(r"\{.*\}", "*", called), set()).add(method)
    assert rights["user"] == "hangang"
    assert {name: set(right["methods"]) for name, right in rights["access"].items()} == asked


PARTS = {
    "asyncio": {"asyncio"},
    "codecs": {"unicodedata"},
    "ctypes": {"ctypes"},
    "dbm": {"dbm"},
    "decimal": {"decimal", "_decimal"},
    "email": {"email"},
    "logging": {"logging"},
    "lzma": {"lzma"},
    "multiprocessing": {"multiprocessing"},
    "ncurses": {"curses"},
    "openssl": {"_ssl", "_hashlib"},
    "pydoc": {"doctest", "pydoc"},
    "readline": {"readline"},
    "sqlite3": {"sqlite3"},
    "unittest": {"unittest"},
    "urllib": {"urllib"},
    "uuid": {"uuid"},
    "xml": {"xml", "xmlrpc"},
}
"""How OpenWrt cuts the standard library into packages, called python3-…; all else is in python3-light."""
BARE = """
import sys
missing = set(sys.argv.pop(1).split(","))
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import agent.enrolment.enroll, agent.enrolment.renewal, agent.sources.host
from agent.main import main
code = main(["once", "--config", sys.argv[1]])
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""


def test_the_package_depends_on_the_parts_of_python_that_the_agent_imports(tmp_path: Path) -> None:
    makefile = (PACKAGE / "Makefile").read_text(encoding="utf-8")
    depends = set(re.findall(r"\+python3-(\w+)", makefile)) - {"light"}
    recorded = REPOSITORY / "tests" / "agent" / "openwrt" / "recorded" / "three_band_ax"
    path = tmp_path / "agent.toml"
    path.write_text(f'[agent]\nid = "ap-1"\n[[sources]]\nkind = "openwrt"\nroot = "{recorded}"\n')
    extras = {"dns", "h11", "gufo", "pysnmp", "prometheus_client", "aiohappyeyeballs", "cryptography", "idna"}
    missing = set().union(*(modules for part, modules in PARTS.items() if part not in depends)) | extras
    command = [sys.executable, "-c", BARE, ",".join(missing), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["access_point"] == "ap-1"
    imported = set(done.stderr.splitlines()[-1].split(","))
    assert {part for part, modules in PARTS.items() if modules & imported} == depends


def test_what_the_package_installs_is_there() -> None:
    makefile = (PACKAGE / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\./(files/\S+)", makefile))
    assert named == {str(path.relative_to(PACKAGE)) for path in FILES.rglob("*") if path.is_file()}
    version = re.search(r"^PKG_VERSION:=(.+)$", makefile, re.MULTILINE)
    assert version is not None
    assert version[1] == agent.__version__
