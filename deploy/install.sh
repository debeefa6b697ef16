#!/bin/sh
# Installs the collector, its broker and proxy, and an agent on a Debian machine, or removes them again.
# The same command again changes nothing, or upgrades. docs/deployment.md leads through it.
set -eu
umask 022 # what is installed is read by users of its own, whatever root's shell keeps to itself

usage() {
    cat <<'TEXT'
Usage: deploy/install.sh --host NAME [options]        the collector, the broker, the proxy, and an agent
       deploy/install.sh --role agent --host NAME     an agent alone, of the collector at NAME
       deploy/install.sh --uninstall [--purge]

  --host NAME       name under which agents and people reach the collector's machine
  --role ROLE       all (default), collector or agent
  --agent-id ID     id of this machine's agent; gw- and the machine's name without it
  --wheel FILE      install this wheel, instead of what this script lies beside
  --wheels FOLDER   take all packages from here, and ask no registry
  --prefix FOLDER   where the programs go; /opt/hangang without it
  --root FOLDER     put everything below FOLDER, to try it out; DESTDIR in the environment does the same
  --no-packages     install no packages of Debian's
  --no-start        start nothing
  --uninstall       stop and remove what was installed; configuration and data stay
  --purge           with --uninstall: remove those as well, keys and points among them
TEXT
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
role=all host='' agent_id='' wheel='' wheels='' prefix=/opt/hangang root=${DESTDIR:-}
packages=yes start=yes action=install purge=no work=''

say() { printf '%s\n' "==> $*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
misused() { printf 'install.sh: %s\n' "$*" >&2; usage >&2; exit 2; }
is_root() { [ "$(id -u)" = 0 ]; }
has_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }
with_collector() { [ "$role" != agent ]; }
with_agent() { [ "$role" != collector ]; }

while [ $# -gt 0 ]; do
    case $1 in
        --host | --role | --agent-id | --wheel | --wheels | --prefix | --root)
            [ $# -ge 2 ] || misused "$1 needs a value"
            case $1 in
                --host) host=$2 ;; --role) role=$2 ;; --agent-id) agent_id=$2 ;; --wheel) wheel=$2 ;;
                --wheels) wheels=$2 ;; --prefix) prefix=$2 ;; --root) root=$2 ;;
            esac
            shift ;;
        --no-packages) packages=no ;;
        --no-start) start=no ;;
        --uninstall) action=uninstall ;;
        --purge) purge=yes ;;
        --help | -h) usage; exit 0 ;;
        *) misused "there is no option $1" ;;
    esac
    shift
done

[ "$purge" = no ] || [ "$action" = uninstall ] || misused "--purge goes with --uninstall"
case $role in all | collector | agent) ;; *) misused "--role is all, collector or agent, not $role" ;; esac
case $prefix in /*) ;; *) misused "--prefix must begin with /" ;; esac
case $root$prefix in *[!A-Za-z0-9._/-]*) misused "folders may have letters, digits and ._- in their names" ;; esac
root=${root%/}
if [ -n "$root" ]; then
    mkdir -p "$root"
    root=$(CDPATH='' cd -- "$root" && pwd)
    packages=no start=no # a trial touches nothing of the machine
else
    is_root || fail "must be run by root, or with --root FOLDER"
fi
# Python looks for modules in the folder that it is called in as well, where they may be anybody's.
case $wheel in '' | /*) ;; *) wheel=$(pwd)/$wheel ;; esac
case $wheels in '' | /*) ;; *) wheels=$(pwd)/$wheels ;; esac
cd /

# Debian's own: services cannot see one in a home folder.
python=/usr/bin/python3
home=$root$prefix configuration=$root/etc/hangang collector_toml=$root/etc/hangang/collector.toml
units=$root/etc/systemd/system
enrolled=$root/var/lib/hangang-agent/enrolment/agent.crt

# Services are started again for what has changed since they were, also where an earlier run was broken off.
note_change() { mkdir -p "$home" && touch "$home/.changed"; }

# Everything that names a folder is written for where it goes.
placed() {
    sed -e "s#/opt/hangang\b#$home#g" -e "s#\(^\|[ =\"-]\)/etc/hangang\b#\1$root/etc/hangang#g" \
        -e "s#\(^\|[ =\"-]\)/var/lib/hangang#\1$root/var/lib/hangang#g" \
        -e "s#wifi\.example\.org#$host#g" -e "s#gw-example#$agent_id#g" "$1"
}

place() { # SOURCE FILE [FILTER]; says so where it changes anything
    "${3:-placed}" "$1" >"$2.new"
    if cmp -s "$2.new" "$2"; then rm "$2.new"; return; fi
    chmod 644 "$2.new"
    note_change
    mv "$2.new" "$2"
    say "$2"
}

install_packages() {
    wanted="ca-certificates openssl python3 python3-venv"
    if with_collector; then wanted="$wanted caddy mosquitto"; fi
    missing=''
    for package in $wanted; do
        # shellcheck disable=SC2016  # dpkg's variable; one that was removed is known to it as well
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "packages of Debian's:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086  # several names
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
}

locks() { # a word each: what is installed is what was locked, with its hashes
    if with_collector; then printf '%s\n' -r "$here/locks/collector.lock"; fi
    if with_agent; then printf '%s\n' -r "$here/locks/agent.lock"; fi
}

version() { # a name for what is to be installed: of another role, lock or source it is another
    {
        "$python" -c 'import sys; print(sys.version)'
        locks
        cat "$here"/locks/*.lock
        if [ -n "$wheel" ]; then
            cat "$wheel"
        else
            cd "$here/.."
            find agent collector dashboards inventory docs/runbooks pyproject.toml README.md -type f ! -name '*.pyc' |
                LC_ALL=C sort | xargs sha256sum
        fi
    } | sha256sum | cut -c 1-12
}

pip() { # ARGUMENT...: the one in the folder of tools; what is installed needs none
    "$work/tools/bin/python" -m pip --quiet --disable-pip-version-check "$@"
}

pip_install() { # VENV ARGUMENT...: what is locked, as it was locked, and nothing compiled
    venv=$1
    shift
    if [ -n "$wheels" ]; then set -- "$@" --no-index --find-links "$wheels"; fi
    pip --python "$venv/bin/python" install --no-deps --only-binary :all: "$@"
}

build_wheel() { # from the sources that this script lies beside
    pip_install "$work/tools" --require-hashes -r "$here/locks/build.lock"
    pip wheel --no-deps --no-build-isolation --no-index --wheel-dir "$work" "$here/.."
    wheel=$(echo "$work"/hangang_wifi-*.whl)
}

link() { # PROGRAM
    link=$root/usr/local/bin/$1
    [ "$(readlink "$link")" = "$home/current/bin/$1" ] || ln -sfn "$home/current/bin/$1" "$link"
}

install_programs() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed"
    name=$(version)
    new=$home/versions/$name
    if [ ! -e "$new/.complete" ]; then
        say "programs: $new"
        rm -rf "$new"
        mkdir -p "$home/versions"
        work=$(mktemp -d)
        "$python" -m venv "$work/tools"
        [ -n "$wheel" ] || build_wheel
        "$python" -m venv --without-pip "$new"
        # shellcheck disable=SC2046  # several words
        pip_install "$new" --require-hashes $(locks)
        pip_install "$new" --no-index "$wheel"
        "$new/bin/hangang-agent" --version >/dev/null # before anything is switched to it
        if with_collector; then "$new/bin/hangang" --version >/dev/null; fi
        touch "$new/.complete"
    fi
    if [ "$(readlink "$home/current" || true)" != "versions/$name" ]; then
        before=$(readlink "$home/current" || true)
        note_change
        ln -sfn "versions/$name" "$home/current.new"
        mv -T "$home/current.new" "$home/current"
        # The version before stays, to go back to.
        for each in "$home"/versions/*; do
            [ "$each" = "$new" ] || [ "$each" = "$home/$before" ] || rm -rf "$each"
        done
    fi
    mkdir -p "$root/usr/local/bin"
    if with_collector; then link hangang; fi
    if with_agent; then link hangang-agent; fi
}

make_users_and_folders() {
    mkdir -p "$root/etc/sysusers.d" "$root/etc/tmpfiles.d"
    for part in collector agent; do
        "with_$part" || continue
        place "$here/sysusers.d/hangang-$part.conf" "$root/etc/sysusers.d/hangang-$part.conf" cat
        place "$here/tmpfiles.d/hangang-$part.conf" "$root/etc/tmpfiles.d/hangang-$part.conf" cat
        if is_root; then
            systemd-sysusers --root="${root:-/}" "hangang-$part.conf"
            systemd-tmpfiles --root="${root:-/}" --create "hangang-$part.conf"
        else
            say "not run by root: no users are made, and all folders are yours"
            awk -v root="$root" '$1 == "d" { print root $2 }' "$here/tmpfiles.d/hangang-$part.conf" | xargs mkdir -p
        fi
    done
}

configure() { # FILE: only where there is none, for it is the machine's from then on
    [ -e "$configuration/$1" ] || place "$here/etc/$1" "$configuration/$1"
}

install_units() {
    mkdir -p "$units"
    if with_collector; then
        for unit in hangang-collector.service hangang-throughput.service mosquitto.service.d/hangang.conf \
            caddy.service.d/hangang.conf; do
            mkdir -p "$(dirname "$units/$unit")"
            place "$here/systemd/$unit" "$units/$unit"
        done
        for file in collector.toml proxy.env throughput.env; do configure "$file"; done
        place "$here/caddy/Caddyfile" "$configuration/Caddyfile"
    fi
    if with_agent; then
        place "$here/systemd/hangang-agent.service" "$units/hangang-agent.service"
        configure agent.toml
    fi
}

as_collector() { # COMMAND...: what it writes is the collector's
    if ! is_root; then "$@"; return; fi
    data=$root/var/lib/hangang
    setpriv --reuid="$(stat -c %u "$data")" --regid="$(stat -c %g "$data")" --clear-groups -- "$@"
}

broker_names() { # names and addresses that its certificate is for, a line each; none where there is no certificate yet
    openssl x509 -noout -ext subjectAltName -in "$root/var/lib/hangang-broker/server.crt" 2>/dev/null |
        tr , '\n' | sed -n -e 's/^ *DNS://p' -e 's/^ *IP Address://p'
}

make_authority() { # and what belongs to it; what is there stays, and what runs out is renewed
    # By the names that the broker's certificate has already, agents reach it until they are told of another.
    names=$(broker_names)
    set --
    if ! printf '%s\n' "$names" | grep -qixF -e "$host"; then
        set -- --broker-host "$host"
        while read -r name; do [ -z "$name" ] || set -- "$@" --broker-host "$name"; done <<TEXT
$names
TEXT
    fi
    set -- enroll init --config "$collector_toml" --lang en "$@"
    said=$(as_collector "$home/current/bin/hangang" "$@") || fail "the authority could not be made"
    case $said in *"made a "*) note_change ;; esac
    printf '%s\n' "$said" | sed -n -e '/^Have the broker/q' -e 's/^/    /p'
}

start_services() {
    set --
    if with_collector; then set -- mosquitto.service hangang-collector.service caddy.service; fi
    if with_agent && [ -e "$enrolled" ]; then set -- "$@" hangang-agent.service; fi
    systemctl daemon-reload
    for unit in "$@"; do
        systemctl enable --quiet "$unit"
        if [ -e "$home/.changed" ]; then systemctl restart "$unit"; else systemctl start "$unit"; fi
    done
    if with_collector && [ -e "$home/.changed" ]; then systemctl try-restart hangang-throughput.service; fi
    rm -f "$home/.changed"
}

uninstall() {
    for unit in hangang-agent.service hangang-throughput.service hangang-collector.service; do
        if has_systemd && [ -e "$units/$unit" ]; then systemctl disable --quiet --now "$unit"; fi
        rm -f "$units/$unit"
    done
    # Of the prefix, for others may have things in it as well, only what was put there.
    rm -rf "$home/versions" "$home/current" "$home/current.new" "$home/.changed" \
        "$units/mosquitto.service.d/hangang.conf" "$units/caddy.service.d/hangang.conf" \
        "$root/usr/local/bin/hangang" "$root/usr/local/bin/hangang-agent" "$root"/etc/sysusers.d/hangang-*.conf \
        "$root"/etc/tmpfiles.d/hangang-*.conf
    rmdir "$home" 2>/dev/null || true
    if has_systemd; then
        systemctl daemon-reload
        systemctl try-restart mosquitto.service caddy.service || true
    fi
    if [ "$purge" = yes ]; then
        rm -rf "$configuration" "$root/var/lib/hangang" "$root/var/lib/hangang-broker" "$root/var/lib/hangang-agent" \
            "$units"/hangang-*.service.d
        say "removed, with configuration, keys and points; users and Debian's packages stay"
    else
        say "removed; configuration stays in $configuration, data in $root/var/lib/hangang*"
    fi
}

if [ "$action" = uninstall ]; then uninstall; exit; fi
[ -n "$host" ] || misused "--host NAME is needed: the name under which agents reach the collector"
case $host in *[!A-Za-z0-9.-]* | [-.]*) misused "--host is a name such as wifi.example.org, not $host" ;; esac
case $agent_id in *[!a-z0-9-]*) misused "--agent-id has lower-case letters, digits and hyphens, not $agent_id" ;; esac
: "${agent_id:=gw-$(uname -n | cut -d . -f 1 | tr 'A-Z_' 'a-z-' | tr -cd 'a-z0-9-')}"

[ "$start" = no ] || has_systemd || fail "systemd does not run here, so nothing can be started; add --no-start"
# What is here already is upgraded with it: both run out of the same folder.
with_collector || [ ! -e "$units/hangang-collector.service" ] || role=all
with_agent || [ ! -e "$units/hangang-agent.service" ] || role=all
! with_collector || [ ! -e "$collector_toml" ] || grep -qF -e "//$host:" -e "//$host\"" "$collector_toml" ||
    fail "$collector_toml names another host than $host; change it there and in proxy.env first"

trap 'rm -rf "$work"' EXIT
if [ "$packages" = yes ]; then install_packages; fi
make_users_and_folders
install_programs
install_units
if with_collector; then make_authority; fi
if [ "$start" = yes ]; then start_services; fi
if with_collector; then say "collector: $configuration/collector.toml, pages at https://$host"; fi
if with_agent; then say "agent: $configuration/agent.toml; it starts once it is enrolled, see docs/deployment.md"; fi
