#!/bin/sh
# Puts the agent and what it imports into one folder, for a platform and a Python that need not be this machine's.
# What comes from elsewhere is what was locked, by its hash, and nothing is compiled. For `make agent-pyz` and
# `make agent-openwrt`.
set -eu

if [ $# -lt 4 ]; then
	echo "usage: $0 PYTHON VERSION FOLDER PLATFORM [PLATFORM ...], such as: $0 python3 3.11 build/site musllinux_1_1_aarch64" >&2
	exit 2
fi
python=$1 version=$2 folder=$3
shift 3
here=$(cd "$(dirname "$0")/../.." && pwd)
case "$1" in
*_x86_64) architecture=x86_64 ;;
*_aarch64) architecture=aarch64 ;;
*_armv7l) architecture=arm ;;
*) architecture=$1 ;;
esac
for platform; do
	set -- "$@" --platform "$platform"
	shift
done

rm -rf "$folder"
mkdir -p "$folder"
"$python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes \
	--only-binary :all: --implementation cp --python-version "$version" "$@" \
	--target "$folder" -r "$here/deploy/locks/access-point.lock"
# A tree as git has it: no byte code of this machine's Python, and none of its editors' files.
(cd "$here" && find agent -name __pycache__ -prune -o -type f \( -name '*.py' -o -name '*.toml' -o -name py.typed \) -print) |
	while read -r file; do
		mkdir -p "$folder/$(dirname "$file")"
		cp "$here/$file" "$folder/$file"
	done
rm -rf "${folder:?}/bin"
echo "$version" >"$folder/PYTHON"
echo "$architecture" >"$folder/ARCHITECTURE"
