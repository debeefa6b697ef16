"""The package for OpenWrt, as far as it goes without OpenWrt: its command, its parts, what it depends on."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from openwrt_scripts import FILES, INIT, LAUNCHER, PACKAGE, REPOSITORY, SHELLS, Done, installed, postinst

import agent
from agent.openwrt import reading

SCRIPTS = [INIT, LAUNCHER, REPOSITORY / "deploy" / "agent" / "collect.sh"]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> list[str]:
    return installed(*request.param)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_are_of_posix(script: Path, shell: list[str]) -> None:
    subprocess.run([*shell, "-n", str(script)], check=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    done = subprocess.run([*installed("shellcheck"), str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


# Installing


def after_installing(shell: list[str], folder: Path, *, killall: int = 0, root: str = "") -> tuple[int, list[str]]:
    """How the package's script ends, and what `killall` was called with, which ends like that. OpenWrt reads the script
    into a shell of its own."""
    script = f'killall() {{ echo "$@"; return {killall}; }}; . "$1"'
    environment = {"PATH": os.environ["PATH"], "IPKG_INSTROOT": root}
    program = [*shell, "-c", script, "ash", str(postinst(folder))]
    done = subprocess.run(program, env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_ubusd_is_told_to_read_whom_it_lets_ask_what(shell: list[str], tmp_path: Path) -> None:
    """Of which it knows nothing otherwise until the device starts again."""
    assert after_installing(shell, tmp_path) == (0, ["-HUP ubusd"])


def test_where_no_ubusd_runs_the_package_is_installed_all_the_same(shell: list[str], tmp_path: Path) -> None:
    assert after_installing(shell, tmp_path, killall=1) == (0, ["-HUP ubusd"])


def test_an_image_that_is_being_made_leaves_the_builders_ubusd_alone(shell: list[str], tmp_path: Path) -> None:
    assert after_installing(shell, tmp_path, root="/build/root") == (0, [])


def test_shellcheck_has_nothing_to_say_of_what_is_run_after_installing(tmp_path: Path) -> None:
    script = postinst(tmp_path)
    assert script.read_text().startswith("#!/bin/sh\n")
    done = subprocess.run([*installed("shellcheck"), str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


# The command


OURS = "import os, sys; print(os.environ['PATH'], *sys.argv[1:], sep='|')"


def launched(shell: list[str], folder: Path, *arguments: str, version: str = PYTHON) -> Done:
    """The command without an environment, as in a jail, called where somebody has laid an `agent` of his own."""
    for place, program in ((folder / "site", OURS), (folder / "here", "print('another')")):
        (place / "agent").mkdir(parents=True)
        (place / "agent" / "__init__.py").touch()
        (place / "agent" / "main.py").write_text(program)
    (folder / "site" / "PYTHON").write_text(f"{version}\n")
    (folder / "bin").mkdir()
    (folder / "bin" / f"python{PYTHON}").symlink_to(Path(sys.base_prefix, "bin", f"python{PYTHON}"))
    text = LAUNCHER.read_text().replace("/usr/lib/hangang-agent/site", str(folder / "site"))
    (folder / "command").write_text(text.replace("/usr/bin/python", f"{folder}/bin/python"))
    program = [shutil.which(shell[0]) or shell[0], *shell[1:], str(folder / "command"), *arguments]
    return subprocess.run(program, cwd=folder / "here", env={"PATH": "/nowhere"}, capture_output=True, text=True)


def test_the_command_needs_no_environment_and_finds_the_devices_programs(shell: list[str], tmp_path: Path) -> None:
    done = launched(shell, tmp_path, "run", "--config", "a b")
    assert (done.stderr, done.stdout) == ("", "/usr/sbin:/usr/bin:/sbin:/bin|run|--config|a b\n")
    assert not list((tmp_path / "site").rglob("*.pyc"))


def test_a_firmware_with_another_python_is_told_in_a_line(shell: list[str], tmp_path: Path) -> None:
    done = launched(shell, tmp_path, version="3.99")
    assert done.returncode == 1
    assert done.stderr == (
        "hangang-agent: this package is for Python 3.99, which is not here; build it for the one of this firmware\n"
    )


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


@pytest.mark.parametrize(
    ("symbols", "is_possible"),
    [
        ({"aarch64"}, True),
        ({"x86_64"}, True),
        ({"arm", "arm_v7", "HAS_FPU"}, True),
        ({"arm", "arm_v7"}, False),
        ({"arm", "arm_v6", "HAS_FPU"}, False),
        ({"mipsel", "HAS_FPU"}, False),
    ],
)
def test_it_is_offered_where_its_compiled_part_can_run(symbols: set[str], is_possible: bool) -> None:
    """ARMv7 is what there are wheels for, with numbers passed in the registers of a floating-point unit."""
    makefile = (PACKAGE / "Makefile").read_text(encoding="utf-8")
    wanted = re.search(r"DEPENDS:=@\((.+)\) \\\n", makefile)
    assert wanted is not None
    text = re.sub(r"\w+", lambda name: str(name[0] in symbols), wanted[1])
    assert eval(text.replace("&&", " and ").replace("||", " or ")) is is_possible
