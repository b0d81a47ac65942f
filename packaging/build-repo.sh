#!/bin/bash
# A signed APT repository from built packages: plain files for any web server.
#
# usage: packaging/build-repo.sh DIR [DEB…]     (default: the packages in target/debian)
#
#   SIGN_KEY=ID      sign with this key of your keyring; without it a key is made that lives only
#                    as long as this run: for tests
#   SOURCE_DATE_EPOCH  the repository's date
#
# Packages that are in DIR already stay, so hosts can go back to an older version. DIR gets
#   pool/*.deb  dists/stable/{InRelease,Release,Release.gpg,main/binary-amd64/Packages*}  left4me.asc
# Needs apt-utils and gpg.
set -euo pipefail

usage() {
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
}
[ $# -ge 1 ] || usage
repo=$1
shift
if [ $# -eq 0 ]; then
    set -- "${CARGO_TARGET_DIR:-$(dirname "$0")/../target}"/debian/*.deb
fi
for tool in apt-ftparchive gpg; do
    command -v "$tool" >/dev/null && continue
    echo "build-repo.sh: $tool is not installed" >&2
    echo "hint: apt install apt-utils gpg" >&2
    exit 1
done

work=$(mktemp -d)
leave() {
    [ -z "${made_key:-}" ] || gpgconf --kill all || true
    rm -rf "$work"
}
trap leave EXIT

if [ -z "${SIGN_KEY:-}" ]; then
    made_key=1
    export GNUPGHOME=$work/gnupg
    mkdir -m 0700 "$GNUPGHOME"
    SIGN_KEY=test@left4me.invalid
    gpg --quiet --batch --passphrase '' --quick-generate-key "left4me test repository <$SIGN_KEY>" ed25519 sign 1d
fi

mkdir -p "$repo/pool" "$repo/dists"
for deb in "$@"; do
    # Beside the target and renamed: a reader never sees half a package.
    cp "$deb" "$repo/pool/.new" && chmod 0644 "$repo/pool/.new"
    # shellcheck disable=SC2016 # dpkg-deb expands these
    name=$(dpkg-deb --show --showformat '${Package}_${Version}_${Architecture}.deb' "$deb")
    mv "$repo/pool/.new" "$repo/pool/$name"
done

index=$work/stable/main/binary-amd64
mkdir -p "$index"
(cd "$repo" && apt-ftparchive packages pool) >"$index/Packages"
gzip -9nk "$index/Packages"
xz -9k "$index/Packages"
date=()
[ -z "${SOURCE_DATE_EPOCH:-}" ] || date=(-o "APT::FTPArchive::Release::Date=$(date -u -R -d "@$SOURCE_DATE_EPOCH")")
apt-ftparchive -o APT::FTPArchive::Release::Origin=left4me -o APT::FTPArchive::Release::Label=left4me \
    -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Codename=stable \
    -o APT::FTPArchive::Release::Architectures=amd64 -o APT::FTPArchive::Release::Components=main \
    "${date[@]}" release "$work/stable" >"$work/Release"
mv "$work/Release" "$work/stable/Release"
sign=(gpg --quiet --batch --yes --local-user "$SIGN_KEY" --armor)
"${sign[@]}" --clear-sign --output "$work/stable/InRelease" "$work/stable/Release"
"${sign[@]}" --detach-sign --output "$work/stable/Release.gpg" "$work/stable/Release"
gpg --batch --yes --armor --output "$repo/left4me.asc" --export "$SIGN_KEY"

# The lists change by two renames, so a host meets the old repository or the new one.
chmod -R u=rwX,go=rX "$work/stable"
rm -rf "$repo/dists/.new" "$repo/dists/.old"
cp -r "$work/stable" "$repo/dists/.new"
[ ! -e "$repo/dists/stable" ] || mv "$repo/dists/stable" "$repo/dists/.old"
mv "$repo/dists/.new" "$repo/dists/stable"
rm -rf "$repo/dists/.old"
echo "$repo: $(grep -c ^Package: "$index/Packages") packages, signed by $SIGN_KEY"
