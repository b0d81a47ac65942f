#!/bin/bash
# Builds target/debian/left4me-setup_*_amd64.deb; installs cargo-deb when it is missing.
# usage: packaging/build-deb.sh
set -euo pipefail

cd "$(dirname "$0")/.."

# Where rustup has not got the toolchain of rust-toolchain.toml and may not fetch it, stable will do.
cargo --version >/dev/null 2>&1 || export RUSTUP_TOOLCHAIN=stable

have() { command -v "$1" >/dev/null 2>&1; }
# dpkg-shlibdeps finds what the programs link to; the C compiler links them.
if ! have dpkg-shlibdeps || ! have cc; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends dpkg-dev gcc libc6-dev
fi
have cargo-deb || cargo install cargo-deb --locked --version '^3.8'

# The same sources give the same bytes, wherever and whenever they are built.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(date --date "$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)" +%s)
    export SOURCE_DATE_EPOCH
fi
RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export RUSTFLAGS

# All five programs: cargo-deb itself would build those of the package left4me-setup only.
quiet=()
for option in "$@"; do [ "$option" != --quiet ] || quiet=(--quiet); done
cargo build --release --locked --workspace --bins "${quiet[@]}"
# --strip: rustc leaves the section .comment in.
cargo deb --locked --no-build --strip "$@"
