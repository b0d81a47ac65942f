//! What a hard end of our own machinery leaves behind.

use super::sh;
use crate::machine::Machine;

/// Mounts and scratch that no unit knows of: the next start works, and so does everything after it.
pub fn mounts(host: &Machine) {
    for (what, script) in [
        ("mounted by nobody", "/usr/libexec/left4me/left4me-overlay mount a"),
        (
            "mounted twice",
            "/usr/libexec/left4me/left4me-overlay mount a; mount --bind $R/runtime/a/merged $R/runtime/a/merged",
        ),
        (
            "systemd forgot its state",
            "l4d2ctl start a --wait; systemctl kill -s KILL left4me-server@a; systemctl daemon-reexec",
        ),
        (
            "unmounted behind systemd's back",
            "l4d2ctl start a --wait; systemctl kill -s KILL left4me-server@a; umount -l $R/runtime/a/merged",
        ),
        // In the middle of whatever it is just doing.
        (
            "helper killed",
            "for n in $(seq 60); do
                 /usr/libexec/left4me/left4me-overlay mount a & helper=$!
                 for i in $(seq $((n % 20 * 10))); do :; done
                 kill -KILL $helper 2>/dev/null; wait $helper 2>/dev/null
                 [ $((n % 3)) = 0 ] && /usr/libexec/left4me/left4me-overlay umount a
             done; true",
        ),
        (
            "scratch",
            "u \"mkdir -p $R/runtime/a/work/work/deep\"; chown root: $R/runtime/a/work/work; chmod 0 $R/runtime/a/work/work",
        ),
    ] {
        let said = sh(
            host,
            &format!(
                "l4d2ctl stop a >/dev/null; {script}
                 l4d2ctl start a --wait && [ $(mounts a) = 1 ] && is server@a active && is overlay@a active || exit 1
                 l4d2ctl stop a && await is overlay@a inactive && [ $(mounts a) = 0 ] && [ ! -e $R/runtime/a/work/work ]"
            ),
        );
        assert_eq!(said.code, 0, "{what}: {said:#?}");
    }
}
