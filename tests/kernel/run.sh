#!/bin/bash
# Runs a command on Debian's own kernel: the suite's linux-image, booted in an emulated machine.
#
#   run.sh SUITE DIRECTORY PROGRAM... -- COMMAND...
#
# The machine has a shell and the PROGRAMs, with their libraries, at the paths they have here, and an
# empty ext4 file system on DIRECTORY. COMMAND runs there as root, as a child of PID 1. Its output and
# exit code are this script's; the first line is `kernel RELEASE`.
#
# Emulated in software, because a machine that runs tests is often a virtual one itself.
set -euo pipefail

die() {
    echo "run.sh: $1" >&2
    exit 1
}

suite=${1:-} directory=${2:-}
usage="usage: $0 SUITE DIRECTORY PROGRAM... -- COMMAND..."
[[ $suite =~ ^[a-z]+$ && $directory = /* ]] || die "$usage"
shift 2
programs=(sh mount insmod)
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    programs+=("$1")
    shift
done
[ $# -gt 1 ] || die "$usage"
shift

for tool in qemu-system-x86_64:qemu-system-x86 mmdebstrap:mmdebstrap cpio:cpio insmod:kmod mke2fs:e2fsprogs xz:xz-utils; do
    command -v "${tool%:*}" >/dev/null || die "${tool%:*} is not installed (sudo apt install ${tool#*:})"
done

# Not /tmp, which may lie in memory.
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}" left4me-kernel.XXXXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM
root=$work/root
# Seconds; an emulated machine that hangs says nothing.
limit=600

# What overlayfs, ext4 and the disk are made of, in the order of their needs. A kernel has some of them
# built in.
modules=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
    crc16 crc32c_generic mbcache jbd2 ext4 overlay)

# mmdebstrap knows the mirrors of a suite, its security updates included; nothing is installed here.
fetch_kernel() {
    # shellcheck disable=SC2016  # expanded by mmdebstrap's shell
    mmdebstrap --quiet --variant=custom --format=null --customize-hook='
        export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
        package=$(apt-cache depends --important linux-image-amd64 | sed -n "s/.*Depends: //p")
        cd "$WORK" && apt-get download -qq -o APT::Sandbox::User=root "$package"' "$suite" ||
        die "the kernel of $suite cannot be fetched"
}

unpack_kernel() {
    local patterns=('./boot/vmlinuz-*') module found
    for module in "${modules[@]}"; do patterns+=("*/$module.ko" "*/$module.ko.xz"); done
    mkdir "$work/kernel"
    # tar complains of the patterns that match nothing.
    dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb |
        tar -C "$work/kernel" -x --wildcards "${patterns[@]}" 2>"$work/tar" || true
    find "$work/kernel" -name '*.ko.xz' -exec xz -d {} +
    mkdir -p "$root/modules"
    for module in "${modules[@]}"; do
        found=$(find "$work/kernel" -name "$module.ko")
        [ -z "$found" ] || cp "$found" "$root/modules"
    done
    [ -e "$root/modules/overlay.ko" ] || die "the kernel of $suite has no overlay.ko: $(cat "$work/tar")"
}

# A program with the libraries it is linked to, where they are here.
add_program() {
    local library
    install -D "$1" "$root$1"
    # A static program has none.
    for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true); do
        [ -e "$root$library" ] || install -D "$library" "$root$library"
    done
}

make_root() {
    local name program
    mkdir -p "$root"/{dev,etc,proc,run,sys,tmp,usr/{bin,sbin,lib,lib64},var/lib} "$root$directory"
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
    for name in "${programs[@]}"; do
        program=$(type -P "$name") || die "$name is not installed"
        add_program "$program"
    done
    make_init "$@" >"$root/init"
    chmod +x "$root/init"
    (cd "$root" && find . -print0 | cpio --quiet --null --create --format=newc --owner=+0:+0) >"$work/root.cpio"
    truncate -s 4G "$work/disk"
    mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 "$work/disk"
}

# PID 1. The second serial line is the command's: the kernel's messages go to the first.
make_init() {
    cat <<EOF
#!/bin/sh -e
export PATH=/usr/sbin:/usr/bin CI=true LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in ${modules[*]}; do
    [ ! -e /modules/\$module.ko ] || insmod /modules/\$module.ko
done
mount -t ext4 /dev/vda $directory
{
    read -r release </proc/sys/kernel/osrelease
    echo "kernel \$release"
    code=0
    $(printf '%q ' "$@") </dev/null || code=\$?
    echo "exit \$code"
} >/dev/ttyS1 2>&1
echo b >/proc/sysrq-trigger
EOF
}

boot() {
    timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nodefaults \
        -no-user-config -display none -no-reboot -kernel "$work"/kernel/boot/vmlinuz-* \
        -initrd "$work/root.cpio" -append "console=ttyS0 quiet panic=-1" \
        -drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" \
        -serial "file:$work/console" -serial stdio </dev/null | tr -d '\r' | tee "$work/said" |
        sed '/^exit [0-9]*$/d'
    code=$(sed -n 's/^exit //p' "$work/said" | tail -n 1)
    [ -n "$code" ] || die "the machine ended before the command did: $(tail -n 30 "$work/console")"
    return "$code"
}

export WORK=$work
fetch_kernel
unpack_kernel
make_root "$@"
boot
