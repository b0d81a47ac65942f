//! By what a host of the predecessor's is known. Any one mark will do: hosts were made at different
//! times, and cleaned up by hand. None is looked for where the runtime user can write.

use super::CHECKOUT;
use left4me::read::{self, Limit, Links};
use std::path::{Path, PathBuf};

/// The helper that we have none for.
const SCRIPT_SANDBOX: &str = "usr/local/libexec/left4me/left4me-script-sandbox";
const SERVER_UNIT: &str = "usr/local/lib/systemd/system/left4me-server@.service";
/// How its unit mounts: nobody else's calls our helper from there.
const MOUNTS: &str = "left4me-overlay mount %i";
const HARDENING: &str = "etc/systemd/system/left4me-server@.service.d/10-hardening.conf";
/// What only its bundle puts there.
const MARKS: [&str; 13] = [
    SCRIPT_SANDBOX,
    "opt/left4me/src",
    "opt/left4me/steam",
    "usr/local/sbin/left4me",
    "usr/local/lib/systemd/system/left4me-web.service",
    "usr/local/lib/systemd/system/left4me-workshop-refresh.timer",
    "usr/local/lib/systemd/system/system.slice.d/99-left4me-cpuset.conf",
    "usr/local/lib/systemd/system/user.slice.d/99-left4me-cpuset.conf",
    "etc/sysctl.d/99-left4me.conf",
    "etc/left4me/sandbox-resolv.conf",
    // What was set aside is its mark from then on.
    "usr/local/lib/systemd/system/left4me-server@.service.left4me-old",
    "usr/local/lib/systemd/system/l4d2-game.slice.left4me-old",
    "usr/local/lib/systemd/system/l4d2-build.slice.left4me-old",
];
/// What its host.env names as SteamCMD.
pub const STEAMCMD_SCRIPTS: [&str; 2] = ["/opt/left4me/steam/steamcmd.sh", "/opt/steamcmd/steamcmd.sh"];
const STEAMCMD: [&str; 2] = ["/opt/left4me/steam", "/opt/steamcmd"];

/// What of the predecessor's is on a host.
#[derive(Debug, Clone, Default)]
pub struct Predecessor {
    /// Its bundle made this host.
    pub was_here: bool,
    /// Its helper for the web app's script overlays.
    pub script_sandbox: bool,
    /// Where a SteamCMD tree may be its.
    pub steamcmd: Vec<PathBuf>,
}

impl Predecessor {
    /// Looks for it below `sysroot`.
    pub fn detect(sysroot: &Path) -> Predecessor {
        let there =
            |path: &&str| std::fs::symlink_metadata(sysroot.join(path.trim_start_matches('/'))).is_ok();
        let unit =
            read::text(&sysroot.join(SERVER_UNIT), Links::Refuse, Limit::Head(64 << 10)).unwrap_or_default();
        let linked = std::fs::read_link(sysroot.join(HARDENING)).is_ok_and(|to| to.starts_with(CHECKOUT));
        Predecessor {
            was_here: MARKS.iter().any(there) || unit.contains(MOUNTS) || linked,
            script_sandbox: there(&SCRIPT_SANDBOX),
            steamcmd: STEAMCMD.iter().copied().filter(there).map(PathBuf::from).collect(),
        }
    }
}
