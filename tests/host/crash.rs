//! SteamCMD's download and the game's install, killed at every write or on a disk that gives out: what is
//! there is whole, and the next run ends where an undisturbed one does. (On trees: tests/sysroot.)

use crate::machine::{Machine, steam};

/// `apply`; `kill CALL N` kills it at its Nth CALL; `same` compares with the undisturbed host.
const WORDS: &str = r#"
cd /var/lib/left4me
notes=/var/lib/left4me-setup
trees() {
    find installation steam -path installation/steamapps -prune -o ! -path 'steam/sim*' -type f -printf '%s %m %u %p\n' | sort -k 4
    cat "$notes"/*.files; sed '/installed_at/d; /"attempts"/,/\]/d' "$notes"/state.json
}
fail() { echo "$point: $*" >&2; cat /run/said >&2; exit 1; }
apply() { left4me-setup apply --yes >/run/said 2>&1; }
kill_at() {
    strace $threads -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
        left4me-setup apply --yes $part >/run/said 2>&1
    local code=$?
    # What it had started gets a hangup and ends a moment later.
    while pgrep -u left4me >/run/running; do sleep 0.02; done
    return $code
}
same() { trees >/run/now; diff /run/right /run/now >/run/diff || fail "differs: $(cat /run/diff)"; }
# A tree is there as the archive has it or not at all; a list or the record as one of those that a run writes.
whole() {
    if [ -e steam ]; then
        for file in steamcmd crashhandler.so libstdc++.so.6 steamerrorreporter; do
            cmp "/run/whole/linux32/$file" "steam/linux32/$file" || fail "half of SteamCMD"
        done
        [ -x steam/steamcmd.sh ] || fail "SteamCMD without its script"
    fi
    for file in steamcmd.files game.files; do
        [ ! -e "$notes/$file" ] || grep -qxF "$(sha256sum <"$notes/$file")" /run/lists || fail "half of $file"
    done
    [ "$(tail -c 2 "$notes/state.json" | od -An -tx1)" = ' 7d 0a' ] || fail "half of state.json"
}
# points DAMAGE CALL STEP …: until a run has no such call any more
points() {
    local damage=$1 call step n; shift
    while [ $# -gt 0 ]; do
        call=$1 step=$2 n=$2; shift 2
        while :; do
            point="$damage, $call $n"
            eval "$damage"
            kill_at "$call" "$n"; code=$?
            # 1: a tool that was asked something was killed instead.
            [ "$code" = 137 ] || [ "$code" = 1 ] || break
            total=$((total + 1))
            whole
            apply || fail "the next run failed"
            same
            n=$((n + step))
        done
        [ "$code" = 0 ] || fail "a run without a kill ended with $code"
        apply && same
    done
}
total=0 threads='' part=''
"#;

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn killed_while_steam_is_at_work() {
    let host = Machine::ready("crash");
    host.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends strace").ok();
    let sh = |script: &str| {
        let source = format!(
            "export LEFT4ME_STEAMCMD_URL={} LEFT4ME_STEAMCMD_SHA256={}",
            steam().url(),
            steam().sha256
        );
        host.sh(&format!("{source}\n{WORDS}\n{script}"))
    };
    // All that the lists may ever be: of SteamCMD just unpacked, of SteamCMD and the game as they are.
    sh("rm -r steam; left4me-setup apply --yes --skip-game >/run/said && cp -r steam /run/whole
        sha256sum <$notes/steamcmd.files >/run/lists
        apply && for file in $notes/*.files; do sha256sum <$file >>/run/lists; done
        trees >/run/right; test $(sort -u /run/lists | wc -l) = 3")
    .ok();
    let steamcmd = sh("threads=-f part=--skip-game
        points 'rm -r steam' mkdir 1 openat 8 write 3 fchmod 2 syncfs 1 renameat2 1 fsync 1 rename 1 unlink 1
        threads='' part=''
        points 'rm steam/public/*' renameat2 1 unlinkat 4 fsync 1
        echo $total")
    .ok();
    let game = sh("points 'rm -r installation/hl2' openat 15 write 4 fsync 1 rename 1
        points 'rm -r installation' write 25
        points 'rm $notes/game.files' openat 20 write 1 fsync 1 rename 1
        echo $total")
    .ok();
    let points: Vec<usize> = [steamcmd, game].iter().map(|n| n.trim().parse().unwrap()).collect();
    assert!(points[0] >= 30 && points[1] >= 20, "{points:?} points");
    gives_out(&sh);
    the_second_apply_only_looks(&host);
}

/// What the kernel is asked for by a run that has nothing to do, and by every tool that it asks.
fn the_second_apply_only_looks(host: &Machine) {
    let calls = "file,fchmod,fchown,ftruncate,fallocate,fsetxattr,fremovexattr";
    let out = host.sh(&format!("strace -f -o /run/trace -e trace={calls} left4me-setup apply")).ok();
    assert!(out.contains("\n0 changed, "), "{out}");
    let writes = "O_(CREAT|WRONLY|RDWR|TRUNC|TMPFILE)|[ ](f?chmod|f?chown|mkdir|mknod|link|symlink|rename|unlink|rmdir|utime|truncate|fallocate|f?(set|remove)xattr)[a-z0-9]*\\(";
    let wrote = host.sh(&format!(
        "grep -q srcds_linux /run/trace && grep -q systemctl /run/trace || exit 1
         grep -E '{writes}' /run/trace | grep -v '\"/dev/null\"' || true"
    ));
    assert_eq!(wrote.ok(), "");
}

/// A disk without room, without inodes, without leave to write: said, nothing half-done, and then made right.
fn gives_out(sh: &dyn Fn(&str) -> crate::machine::Said) {
    sh("small() {
            point=\"a disk with $1\"
            mount -t tmpfs -o \"$1,mode=755,uid=$(id -u left4me),gid=$(id -g left4me)\" x /var/lib/left4me
            ! left4me-setup apply --yes --skip-game >/run/said 2>&1 || fail 'it had room enough'
            grep -q \"! .*$2\" /run/said || fail 'not said'
            [ ! -e /var/lib/left4me/steam ] || fail 'half of SteamCMD'
            mount -o remount,size=64m,nr_inodes=1000,rw /var/lib/left4me
            left4me-setup apply --yes --skip-game >/run/said 2>&1 || fail 'the next run failed'
            [ -z \"$(ls -A /var/lib/left4me | grep left4me-new)\" ] || fail 'something is left'
            cmp /run/whole/linux32/steamcmd /var/lib/left4me/steam/linux32/steamcmd || fail 'half of SteamCMD'
            umount /var/lib/left4me
        }
        for room in 4 16 32 48 64; do small \"size=${room}k,nr_inodes=1000\" 'No space left on device'; done
        for inodes in 11 13 15 17; do small \"size=64m,nr_inodes=$inodes\" 'No space left on device'; done
        small 'size=64m,nr_inodes=1000,ro' 'Read-only file system'")
    .ok();
    // Root's own notes find no room, or their disk is read-only: an error, and the old ones stay whole.
    sh("for options in size=16k,nr_inodes=10 size=64m,nr_inodes=5 size=64m,ro; do
            point=\"notes on a disk with $options\"
            cp -a $notes /run/notes && mount -t tmpfs -o size=64m,mode=755 x $notes && cp -a /run/notes/. $notes/
            mount -o remount,$options $notes && rm -r steam
            ! apply && grep -q '! SteamCMD: ' /run/said || fail 'not said'
            whole
            mount -o remount,size=64m,nr_inodes=1000,rw $notes && apply || fail 'the next run failed'
            same
            umount $notes && apply && same && rm -r /run/notes
        done")
    .ok();
}
