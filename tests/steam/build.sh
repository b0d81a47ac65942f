#!/bin/sh
# build.sh OUTDIR [key=value ...] - builds the doubles and packs them as OUTDIR/steamcmd_linux.tar.gz,
# the same bytes for the same compiler and settings, with its SHA-256 beside it.
#
# The keys go into sim/settings; queue=a,b,c becomes sim/mode-queue. README.md explains them.
set -eu
export LC_ALL=C
umask 022

fail() {
	echo "build.sh: $*" >&2
	exit 1
}

[ $# -ge 1 ] || fail "usage: build.sh OUTDIR [key=value ...]"
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

command -v gcc >/dev/null || fail "gcc is missing; install the Debian packages gcc and gcc-multilib"
printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' >"$stage/probe.c"
gcc -m32 -o "$stage/probe" "$stage/probe.c" 2>"$stage/probe.log" || {
	cat "$stage/probe.log" >&2
	fail "gcc -m32 cannot build 32-bit programs; install the Debian package gcc-multilib"
}

# gnu11 and no _GNU_SOURCE: newer C binds symbols of newer glibcs, and what is built on Debian 13
# has to run on Debian 12.
compile() {
	gcc -m32 -std=gnu11 -O2 -Wall -Wextra -s -Wl,--build-id=none "$@"
}

tree=$stage/tree
mkdir -p "$tree/linux32" "$tree/sim"
# The engine keeps the 32-bit file interfaces, the client does not need their limits.
compile -U_FILE_OFFSET_BITS -o "$tree/sim/srcds_linux" "$here"/srcds/*.c
compile -D_FILE_OFFSET_BITS=64 -o "$tree/linux32/steamcmd" "$here"/steamcmd/*.c
printf 'int left4me_double;\n' >"$stage/dummy.c"
compile -shared -nostdlib -o "$tree/linux32/crashhandler.so" "$stage/dummy.c"
cp "$tree/linux32/crashhandler.so" "$tree/linux32/libstdc++.so.6"
compile -shared -nostdlib -Wl,-z,execstack -o "$tree/sim/execstack.so" "$stage/dummy.c"
printf '#!/bin/sh\nexit 0\n' >"$tree/linux32/steamerrorreporter"
cp "$here/steamcmd/steamcmd.sh" "$tree/steamcmd.sh"
cp "$here/srcds_run" "$tree/sim/srcds_run"

: >"$tree/sim/settings"
for pair in mode=ok bytes=33554432 seconds=0 bootstrap_seconds=0 build=16546402 "$@"; do
	key=${pair%%=*}
	value=${pair#*=}
	case $pair in
	queue=*)
		printf '%s\n' "$value" | tr ',' '\n' >"$tree/sim/mode-queue"
		continue
		;;
	mode=* | bytes=* | seconds=* | bootstrap_seconds=* | build=* | progress_total=* | unserved=* | files=* | tree_*=*) ;;
	*) fail "unknown setting '$pair'; known: mode bytes seconds bootstrap_seconds build progress_total unserved files tree_BUILD queue" ;;
	esac
	sed "/^$key=/d" "$tree/sim/settings" >"$stage/settings"
	printf '%s=%s\n' "$key" "$value" >>"$stage/settings"
	cp "$stage/settings" "$tree/sim/settings"
done

# Files only, no entries for directories, no directory on top: as in Valve's tarball.
(cd "$tree" && find . -type f | sed 's,^\./,,' | sort) >"$stage/list"
tar --create --file="$stage/steamcmd_linux.tar" --directory="$tree" --format=ustar --owner=0 --group=0 \
	--numeric-owner --mode=755 --mtime=@1514764800 --files-from="$stage/list"
gzip -n -9 "$stage/steamcmd_linux.tar"
cp "$stage/steamcmd_linux.tar.gz" "$out/steamcmd_linux.tar.gz"
sha256sum "$out/steamcmd_linux.tar.gz" | cut -d' ' -f1 >"$out/steamcmd_linux.tar.gz.sha256"
echo "$out/steamcmd_linux.tar.gz $(cat "$out/steamcmd_linux.tar.gz.sha256")"
