//! The runtime user is hostile while root runs `apply`, two hundred times over.

use crate::machine::Machine;

/// Swaps what root might touch for links to what it must not, as fast as it can.
const ATTACKER: &str = r#"
cd /var/lib/left4me
while :; do
    for name in installation steam instances .steam tmp overlays logs; do
        mv -T "$name" "$name.real" 2>/dev/null
        for target in /etc /root /etc/left4me /root/victim; do
            ln -sfnT "$target" "$name" 2>/dev/null
        done
        mkdir -p .steam/sdk32 2>/dev/null
        rm -f "$name" 2>/dev/null
        mv -T "$name.real" "$name" 2>/dev/null || mkdir -m 0700 "$name" 2>/dev/null
    done
done"#;

/// Root's lists of files are about the tree that is under attack, and may be written anew.
const OUTSIDE: &str = r"find /etc /root /usr/local /usr/lib/systemd /var/lib/left4me-setup -xdev ! -path /root/log \
    ! -path /var/lib/left4me-setup ! -name '*.files' -printf '%y %m %U:%G %s %C@ %p %l\n' | sort -k6 | sha256sum";

#[test]
fn links_swapped_in_during_200_applies_lead_nowhere() {
    let Some(host) = Machine::ready("attack-apply") else { return };
    host.sh("mkdir -m 0755 /root/victim && echo safe >/root/victim/file").ok();
    host.write("/var/tmp/attack.sh", ATTACKER);
    let before = host.sh(OUTSIDE).ok();
    let script = "setsid setpriv --reuid=left4me --regid=left4me --clear-groups bash /var/tmp/attack.sh \
                  </dev/null >/dev/null 2>&1 & attacker=$!
         for i in $(seq 200); do left4me-setup apply --offline --yes >/dev/null 2>&1; done
         kill -0 $attacker && kill -- -$attacker";
    host.sh(script).ok();
    assert_eq!(
        host.sh(OUTSIDE).ok(),
        before,
        "{}",
        host.sh("find /etc /root -newer /var/tmp/attack.sh -ls").out
    );

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
