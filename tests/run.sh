#!/bin/bash
# All tests, on a Debian machine with root and Rust: style, the package, and the three rings
#   1. no root needed: pure functions, transcripts, trees, downloads and installs against the
#      simulated Steam
#   2. root: the overlay helper against real mounts and an attacker, on this kernel and on Debian 12's
#      and 13's in emulated machines
#   3. a real host: Debian booted under systemd, the package installed with apt
#
# usage: tests/run.sh [FILTER]     FILTER: only tests whose name contains it
#
# Installs what it needs from Debian. Ends with one line, `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

logs=$(mktemp -d)
beside=
hosts=${LEFT4ME_HOSTS:-/var/tmp/left4me-hosts}
leave() {
    [ -z "$beside" ] || kill -- "-$beside" 2>/dev/null
    # What a test left; not the host of a demo, kept or at work.
    (
        flock --nonblock 9 || exit 0
        for dir in "$hosts"/*/; do
            [ ! -d "$dir" ] || [ -e "$dir/kept" ] || tests/host/host.sh remove "$(basename "$dir")"
        done
    ) 9>"$(tests/host/turn.sh path)"
    rm -rf "$logs"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0 failed=0 skipped=0
step() {
    echo "==> $1"
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $*"
    fi
}
# A check whose tool a plain Rust installation may lack; CI has them all.
step_with() {
    if [ -z "${CI:-}" ] && ! cargo "$2" --version >/dev/null 2>&1; then
        echo "==> $1"
        echo "skipped: cargo $2 is not installed"
        skipped=$((skipped + 1))
        return
    fi
    step "$1" cargo "${@:2}"
}

if [ "$(id -u)" != 0 ]; then
    echo "run.sh: rings 2 and 3 need root" >&2
    echo "hint: sudo tests/run.sh" >&2
    exit 1
fi

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need gcc gcc
need dpkg-shlibdeps dpkg-dev
need shellcheck shellcheck
need visudo sudo
need strace strace
need systemd-nspawn systemd-container
need mmdebstrap mmdebstrap
need pgrep procps
need lintian lintian
need groff groff-base
need apt-ftparchive apt-utils
need gpg gpg
need nsenter util-linux
need qemu-system-x86_64 qemu-system-x86
need insmod kmod
need mke2fs e2fsprogs
need cpio cpio
need xz xz-utils
need zsh zsh
need fish fish
[ -e /usr/share/bash-completion/bash_completion ] || packages+=(bash-completion)
echo 'int main(void){return 0;}' | gcc -m32 -x c -o /dev/null - 2>/dev/null || packages+=(gcc-multilib)
if [ ${#packages[@]} -gt 0 ]; then
    echo "==> installing ${packages[*]}"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}" ||
        exit 1
fi

step_with "format" fmt --check
step_with "lints" clippy --locked --workspace --all-targets --quiet -- -D warnings
scripts=()
while read -r file; do
    case $(head -n 1 "$file" | tr -d '\0') in '#!/bin/sh' | '#!/bin/bash') scripts+=("$file") ;; esac
done < <(find . -path ./target -prune -o -path ./.git -prune -o -type f -print)
step "shell scripts" shellcheck -x "${scripts[@]}"
step "package" packaging/build-deb.sh
echo "==> the three rings"
# Everything that a test drives is built first, so that no test waits for a compiler.
cargo build --locked --workspace --examples --bins && cargo test --locked --workspace --no-run || failed=$((failed + 1))
integration_tests() {
    for tests in tests crates/*/tests; do
        for file in "$tests"/*.rs "$tests"/*/main.rs; do
            case $file in
                *"*"*) ;;
                */main.rs) basename "$(dirname "$file")" ;;
                *) basename "$file" .rs ;;
            esac
        done
    done
}
# A booted host mostly waits. So rings 1 and 2 run beside it, and what they say follows it.
others=()
while read -r name; do others+=(--test "$name"); done < <(integration_tests | grep -vx host)
rings_1_and_2() {
    cargo test --locked --workspace --no-fail-fast --lib --bins "${others[@]}" -- --include-ignored "$@" >"$logs/others" 2>&1
    echo $? >"$logs/others.code"
    packaging/check-reproducible.sh >"$logs/reproducible" 2>&1
    echo $? >"$logs/reproducible.code"
}
set -m
rings_1_and_2 "$@" &
beside=$!
set +m
cargo test --locked --package left4me-setup --no-fail-fast --test host -- --include-ignored "$@" 2>&1 | tee "$logs/host"
result=${PIPESTATUS[0]}
wait "$beside"
beside=
cat "$logs/others"
told() { cat "$logs/$1" && return "$(cat "$logs/$1.code")"; }
step "the same package from another directory" told reproducible
[ "$(cat "$logs/others.code")" = 0 ] || result=1
while read -r good bad left; do
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
done < <(sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed; ([0-9]+) ignored;.*/\1 \2 \3/p' "$logs/host" "$logs/others")
# A test program that could not be built or crashed has no result line.
[ "$result" = 0 ] || [ "$failed" != 0 ] || failed=1

# That every measurement still works; how long anything takes decides nothing here.
[ $# -gt 0 ] || step "benchmarks, quickly" bench/run.sh --quick

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
