"""`deploy/install.sh` as root runs it, without `--root`: in a mount namespace of its own, in which it may write
anywhere, and of which nothing stays.

What would ask registries or start services is a stand-in that notes what it was asked for: apt-get, dpkg-query,
systemctl, and Python where it makes environments or runs pip. Of the programs that are installed `hangang enroll` says
that it has made something, the first time.
"""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from trial_root import REPOSITORY

_PLACES = ("etc", "opt", "run", "usr/bin", "usr/local", "var/lib")
_NEEDS_ROOT = "only root can give a process a view of the file system that is its own"

_PREPARE = f"""
set -eu
mount -t tmpfs none "$FOLDER"
for place in {" ".join(_PLACES)}; do
    mkdir -p "$FOLDER/$place/upper" "$FOLDER/$place/work"
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$FOLDER/$place/upper,workdir=$FOLDER/$place/work" "/$place"
done
mkdir -p "$FOLDER/bin" /run/systemd/system
PATH=$FOLDER/bin:$PATH NOTED=$FOLDER/noted INTERPRETER=$(readlink -f /usr/bin/python3)
export PATH NOTED INTERPRETER
: >"$NOTED"
stand_in() {{ cat >"$1.new"; chmod 755 "$1.new"; mv "$1.new" "$1"; }}
for name in apt-get systemctl; do stand_in "$FOLDER/bin/$name" <<'SH'
#!/bin/sh
echo "$(basename "$0") $*" >>"$NOTED"
[ ! -e /run/fails ] || ! grep -qxF "$*" /run/fails
SH
done
stand_in "$FOLDER/bin/dpkg-query" <<'SH'
#!/bin/sh
for package; do :; done
case $package in $(cat /run/removed 2>/dev/null)) echo config-files ;; *) echo installed ;; esac
SH
stand_in /usr/bin/python3 <<'SH'
#!/bin/sh
for folder; do :; done
case "$*" in
    *"-m pip "*) echo "pip $*" >>"$NOTED" ;;
    "-m venv "*)
        mkdir -p "$folder/bin"
        cp /usr/bin/python3 "$folder/bin/python"
        cat >"$folder/bin/hangang" <<'PROGRAM'
#!/bin/sh
[ "$1" = enroll ] && [ ! -e /var/lib/hangang/made ] || exit 0
touch /var/lib/hangang/made
echo "made a certificate"
PROGRAM
        cp "$folder/bin/hangang" "$folder/bin/hangang-agent"
        chmod +x "$folder"/bin/* ;;
    *) exec "$INTERPRETER" "$@" ;;
esac
SH
install() {{ "{REPOSITORY}/deploy/install.sh" "$@" >"$FOLDER/said" 2>&1; }}
upgraded() {{ echo '# of an older version' >>/etc/systemd/system/hangang-collector.service; }}
forget() {{ : >"$NOTED"; }}
umask 077
"""


@dataclass
class OwnMachine:
    """Where scenarios run, each on a machine on which nothing was installed yet."""

    folder: Path
    printed: str = field(default="", init=False)

    def run(self, scenario: str) -> list[str]:
        """What the stand-ins were asked for since the last `forget`. A scenario is shell that must not fail, in which
        `install OPTION...` is the script, and `upgraded` leaves what a newer version would replace."""
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", f'{_PREPARE}{scenario}\ncat "$NOTED"'],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "FOLDER": str(self.folder)},
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout.splitlines()


def own_machine(folder: Path) -> OwnMachine:
    """One in a folder; skips the test where the kernel does not let us."""
    if os.getuid() != 0 or not Path("/proc/self/ns/mnt").exists():
        pytest.skip(_NEEDS_ROOT)
    mounts = f"mount -t tmpfs none {folder} && mkdir {folder}/u {folder}/w && "
    mounts += f"mount -t overlay overlay -o lowerdir=/etc,upperdir={folder}/u,workdir={folder}/w /etc"
    tried = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts], capture_output=True)
    if tried.returncode != 0:
        pytest.skip(_NEEDS_ROOT)
    return OwnMachine(folder)
