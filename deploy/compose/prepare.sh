#!/bin/sh
# Makes what compose.yaml needs and the repository does not have: .env, settings for this host, and secrets.
# What is there stays as it is, so it may be run again.
set -eu

usage() { printf 'Usage: deploy/compose/prepare.sh --host NAME [--webhook URL] [--to FOLDER]\n'; }
misused() { printf 'prepare.sh: %s\n' "$*" >&2; usage >&2; exit 2; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
host='' webhook='' to=$here
while [ $# -gt 0 ]; do
    case $1 in
        --host | --webhook | --to)
            [ $# -ge 2 ] || misused "$1 needs a value"
            case $1 in --host) host=$2 ;; --webhook) webhook=$2 ;; --to) to=$2 ;; esac
            shift ;;
        --help | -h) usage; exit 0 ;;
        *) misused "there is no option $1" ;;
    esac
    shift
done
[ -n "$host" ] || misused "--host NAME is needed: the name under which agents and people reach this machine"
case $host in *[!A-Za-z0-9.-]* | -* | .*) misused "--host is a name such as wifi.example.org, not $host" ;; esac

make() { # FILE MODE, with the content on stdin; nothing where it is there
    if [ -e "$1" ]; then return; fi
    cat >"$1.new"
    chmod "$2" "$1.new"
    mv "$1.new" "$1"
    printf '==> %s\n' "$1"
}

umask 077
mkdir -p "$to/local/secrets" "$to/local/inventory"
chmod 0755 "$to/local" "$to/local/inventory"
sed "s/wifi\.example\.org/$host/g" "$here/.env.example" | make "$to/.env" 0644
sed "s/wifi\.example\.org/$host/g" "$here/templates/collector.toml" | make "$to/local/collector.toml" 0644
# Containers read what they are given as users of their own, also of sources that somebody fetched for themselves alone.
chmod -R go+rX "$here/alertmanager.yml" "$here/vmauth.yml" "$here/../caddy" "$here/../grafana" "$here/../rules"
# Of secrets they see single files; here the folder keeps others out.
chmod 0700 "$to/local/secrets"
for name in grafana_admin_password grafana_secret_key ops_webhook_token postgres_password victoriametrics_key; do
    head -c 32 /dev/urandom | base64 | tr -d '/+=\n' | make "$to/local/secrets/$name" 0444
done
printf '%s' "${webhook:-https://ops.example.org/alerts}" | make "$to/local/secrets/ops_webhook_url" 0444
if [ -z "$webhook" ] && [ "$(cat "$to/local/secrets/ops_webhook_url")" = https://ops.example.org/alerts ]; then
    printf 'prepare.sh: put the address that is to be told of alerts into %s\n' "$to/local/secrets/ops_webhook_url" >&2
fi
