#!/bin/bash
# Mount and unmount of one instance's tree with more and more layers, in turns, on the booted host.
set -euo pipefail
bench=$(dirname "$0")/..
state=/var/lib/left4me
runtime=$state/runtime/bench-mount
# Short names: all layers of mount(8) together have 4095 bytes.
library=$state/overlays/m

# A mount takes milliseconds: ten times as many runs.
runs=$((BENCH_RUNS * 10)) counts=(1 10 100 400)
[ "$BENCH_QUICK" = 0 ] || runs=10 counts=(1 100)

left4me-setup apply --offline --skip-game --yes >&2
runuser -u left4me -- mkdir -p $library/{1..399}/left4dead2/cfg
trap 'l4d2ctl delete bench-mount >&2; rm -rf $library' EXIT

# The game is the lowest layer, everything above it is an overlay of ours.
layers() { # COUNT
    {
        echo "port: 27400"
        echo "overlays:"
        for ((i = 1; i < $1; i++)); do echo "  - m/$i"; done
    } | if [ "$1" = 1 ]; then sed '/^overlays/d'; else cat; fi | l4d2ctl initialize bench-mount -f - >&2
    IFS=: read -r -a lower < <(sed -n 's/^L4D2_LOWERDIRS=//p' $state/instances/bench-mount/instance.env)
    [ ${#lower[@]} = "$1" ]
    options=lowerdir=$(IFS=: && echo "${lower[*]}"),upperdir=$runtime/upper,workdir=$runtime/work
}

# The kernel takes 4095 bytes of options; and the new mount calls, which mount(8) prefers, 255 of one value.
mounts=(env LIBMOUNT_FORCE_MOUNT2=always mount -t overlay overlay)
command_of() { # VERB WHO
    case $1:$2 in
    mount:left4me | umount:left4me) command=(/usr/libexec/left4me/left4me-overlay "$1" bench-mount) ;;
    mount:"system calls only") command=(overlay-syscalls mount "$runtime" "${lower[@]}") ;;
    umount:"system calls only") command=(overlay-syscalls umount "$runtime") ;;
    mount:"mount(8)") command=("${mounts[@]}" -o "$options" "$runtime/merged") ;;
    mount:"nsenter, mount(8)") command=(nsenter --mount=/proc/1/ns/mnt -- "${mounts[@]}" -o "$options" "$runtime/merged") ;;
    umount:"mount(8)") command=(umount "$runtime/merged") ;;
    umount:"nsenter, mount(8)") command=(nsenter --mount=/proc/1/ns/mnt -- umount "$runtime/merged") ;;
    *:"Python helper") command=(env LIBMOUNT_FORCE_MOUNT2=always "$bench/python-overlay/left4me-overlay" "$1" bench-mount) ;;
    *:/bin/true) command=(/bin/true) ;;
    esac
}

one() { # VERB WHO COUNT [measure's options]
    command_of "$1" "$2"
    measure "${@:4}" mount "$1, $3 $([ "$3" = 1 ] && echo layer || echo layers)" "$2" "${command[@]}"
}

mounted() { grep -q " $runtime/merged " /proc/self/mountinfo; }

for count in "${counts[@]}"; do
    layers "$count"
    who=()
    for program in left4me "system calls only" "mount(8)" "nsenter, mount(8)" "Python helper"; do
        # The warm-up shows who can do it at all; for ours it is an error.
        if one mount "$program" "$count" -q && mounted && one umount "$program" "$count" -q && ! mounted; then
            who+=("$program")
        elif [ "${program% (*}" = left4me ] || [ "$program" = "system calls only" ]; then
            exit 1
        else
            printf 'mount\tmount, %s layers\t%s\tms\tfails\n' "$count" "$program"
        fi
    done
    for ((run = 0; run < runs; run++)); do
        for program in "${who[@]}"; do
            one mount "$program" "$count"
            one umount "$program" "$count"
        done
        one mount /bin/true "$count"
        one umount /bin/true "$count"
    done
done
