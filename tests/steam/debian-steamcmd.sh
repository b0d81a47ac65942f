#!/bin/sh
# Fetches the real SteamCMD, as Debian packages it (non-free, i386), and unpacks it into DIR.
# Uses the machine's own package sources, but none of its package state. Needs apt and the network.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
out=$1
[ ! -x "$out/steamcmd" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/etc" "$work/tree"

# The sources of the main archive, once more for non-free.
# shellcheck disable=SC2016 # apt expands these
apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
	awk '$3 == "main" && $2 !~ /-/ { print "deb [arch=i386] " $1 " " $2 " non-free" }' |
	sort -u >"$work/etc/sources.list"
: >"$work/state/status"

apt() {
	apt-get -qq -o Dir::State="$work/state" -o Dir::State::status="$work/state/status" -o Dir::Cache="$work/cache" \
		-o Dir::Etc::sourcelist="$work/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o APT::Architecture=i386 -o APT::Architectures=i386 -o APT::Sandbox::User=root \
		-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=1 "$@"
}
apt update
(cd "$work/cache" && apt download steamcmd)
dpkg-deb -x "$work"/cache/steamcmd_*.deb "$work/tree"
mkdir -p "$out"
# Last the program: its presence says that the rest is there.
cp "$work/tree/usr/lib/games/steam/steamcmd.sh" "$out/"
cp "$work/tree/usr/lib/games/steam/steamcmd" "$out/steamcmd.part"
mv "$out/steamcmd.part" "$out/steamcmd"
