//! The runtime user is hostile while root runs `apply`, two hundred times over.

use crate::machine::{self, Machine};

/// Swaps what root might touch for links to what it must not, as fast as it can.
const ATTACKER: &str = r#"
cd /var/lib/left4me
while :; do
    for name in installation steam .steam.left4me-new instances .steam tmp overlays logs; do
        mv -T "$name" "$name.real" 2>/dev/null
        for target in /etc /root /etc/left4me /root/victim; do
            ln -sfnT "$target" "$name" 2>/dev/null
        done
        mkdir -p .steam/sdk32 2>/dev/null
        rm -f "$name" 2>/dev/null
        mv -T "$name.real" "$name" 2>/dev/null || mkdir -m 0700 "$name" 2>/dev/null
    done
done"#;

/// Root's notes about the tree that is under attack may be written anew.
const OUTSIDE: &str = r"find /etc /root /usr/local /usr/lib/systemd /var/lib/left4me-setup -xdev ! -path /root/log \
    ! -path /var/lib/left4me-setup ! -name '*.files' ! -name state.json ! -name made -printf '%y %m %U:%G %s %C@ %p %l\n' | sort -k6 | sha256sum";

/// The same for the one name that a move of SteamCMD needs to be free.
const ATTACKER_OF_THE_MOVE: &str = r#"
cd /var/lib/left4me
while :; do
    ln -sT /etc steam 2>/dev/null
    rm -f steam 2>/dev/null
done"#;

/// SteamCMD is there, or is missing and comes from the mirror, or from the predecessor's place.
const ROUNDS: &str = r#"
user="setpriv --reuid=left4me --regid=left4me --clear-groups"
kept=/var/lib/steam.kept
cp -a /var/lib/left4me/steam $kept
attack() { setsid $user bash "$1" </dev/null >/dev/null 2>&1 & attacker=$!; }
round() {
    local name=$1
    shift
    left4me-setup apply --yes "$@" >>/root/log 2>&1 && echo "$name: done" || echo "$name: refused"
}
# On a busy machine one side of the race wins more rounds: they go on until both have won one.
both() { grep -qx "$1: done" $seen && grep -qx "$1: refused" $seen; }
seen=$(mktemp)
attack /var/tmp/attack.sh
for i in $(seq 170); do round 'nothing to do' --offline; done
for i in $(seq 600); do
    [ $i -le 30 ] || ! both unpacked || break
    # Without its list, an update of the client would be asked for, in long sessions.
    rm -f /var/lib/left4me-setup/steamcmd.files
    $user rm -rf /var/lib/left4me/{steam,steam.real,.steam.left4me-new*}
    round unpacked --skip-game --steamcmd-url @URL@ --steamcmd-sha256 @SHA256@ | tee -a $seen
done
kill -0 $attacker && kill -- -$attacker
attack /var/tmp/attack-move.sh
mkdir -p /opt/left4me
for i in $(seq 30); do
    $user rm -rf /var/lib/left4me/{steam,steam.real}
    [ -e /opt/left4me/steam ] || cp -a $kept /opt/left4me/steam
    round apply --offline --skip-game >/dev/null
    [ -e /opt/left4me/steam ] && echo 'moved: refused' || echo 'moved: done'
done
rm -rf /opt/left4me $kept $seen
kill -0 $attacker && kill -- -$attacker
"#;

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn links_swapped_in_during_200_applies_lead_nowhere() {
    let host = Machine::ready("attack-apply");
    host.sh("mkdir -m 0755 /root/victim && echo safe >/root/victim/file; touch /root/log").ok();
    host.write("/var/tmp/attack.sh", ATTACKER);
    host.write("/var/tmp/attack-move.sh", ATTACKER_OF_THE_MOVE);
    let before = host.sh(OUTSIDE).ok();
    let (url, sha256) = (machine::steam().url(), &machine::steam().sha256);
    let outcomes = host.sh(&ROUNDS.replace("@URL@", &url).replace("@SHA256@", sha256)).ok();
    assert_eq!(
        host.sh(OUTSIDE).ok(),
        before,
        "{}",
        host.sh("find /etc /root -newer /var/tmp/attack.sh -ls").out
    );
    for round in ["nothing to do", "unpacked", "moved"] {
        for outcome in ["done", "refused"] {
            // Without both there was no race.
            assert!(outcomes.contains(&format!("{round}: {outcome}\n")), "{outcomes}");
        }
    }

    host.sh(
        "cd /var/lib/left4me-setup && test -z \"$(find . -type f ! -user root -o -type l -o -perm /022)\" &&
         ! grep -lE 'shadow|sudoers' *.files",
    )
    .ok();

    // Left alone, the host becomes right again.
    host.sh("cd /var/lib/left4me; find . -maxdepth 1 -type l -delete; find . -maxdepth 1 -name '*.real' -exec rm -r {} +").ok();
    let out = host.apply();
    assert!(out.contains(" 0 failed"), "{out}");
}
