//! The files of `deploy/`, embedded: what lies on a default host, byte for byte.

use left4me::host::Owner;
use left4me::layout::{DEFAULT_ROOT, Layout};
use std::borrow::Cow;

/// The beginning of a file that is not as it is shipped: it can be removed without a list of what was made.
pub const MADE: &str = "# Made by left4me-setup ";
/// The first line of a file that was rendered for another root.
pub const MADE_BY: &str = "# Made by left4me-setup for LEFT4ME_ROOT=";
/// The first line of a file that was rendered from host.yaml.
pub const MADE_FROM_FILE: &str = "# Made by left4me-setup from /etc/left4me/host.yaml.";

/// Who has the last word on a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// We have: it must equal what we ship.
    Vendor,
    /// The administrator has: made if absent, kept if changed.
    Config,
}

/// One embedded file.
#[derive(Debug, Clone, Copy)]
pub struct Deployed {
    /// Where it lies on the host.
    pub path: &'static str,
    pub content: &'static str,
    pub mode: u32,
    pub owner: Owner,
    pub policy: Policy,
    /// Why the host has it, for a person who is about to say yes.
    pub why: &'static str,
}

macro_rules! deployed {
    ($path:literal, $mode:literal, $owner:ident, $policy:ident, $why:literal) => {
        Deployed {
            path: $path,
            content: include_str!(concat!("../deploy", $path)),
            mode: $mode,
            owner: Owner::$owner,
            policy: Policy::$policy,
            why: $why,
        }
    };
}

/// What dpkg owns too: verified and repaired, or brought where no package is installed.
pub const PACKAGED: [Deployed; 11] = [
    deployed!(
        "/usr/lib/sysusers.d/left4me.conf",
        0o644,
        Root,
        Vendor,
        "declares the runtime user, for systemd-sysusers"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-overlay@.service",
        0o644,
        Root,
        Vendor,
        "mounts an instance's layers before its server starts and unmounts them after"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-server@.service",
        0o644,
        Root,
        Vendor,
        "runs one game server, hardened"
    ),
    deployed!(
        "/usr/lib/systemd/journald@left4me.conf.d/left4me.conf",
        0o644,
        Root,
        Vendor,
        "bounds the journal of the game servers, which is apart from the host's"
    ),
    deployed!(
        "/usr/lib/systemd/system/l4d2-game.slice",
        0o644,
        Root,
        Vendor,
        "gives game servers their share of processor and disk"
    ),
    deployed!(
        "/usr/lib/systemd/system/l4d2-build.slice",
        0o644,
        Root,
        Vendor,
        "keeps builds out of the servers' way"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-install.service",
        0o644,
        Root,
        Vendor,
        "the update that the runtime user may ask for"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-update.service",
        0o644,
        Root,
        Vendor,
        "updates the game beside running servers"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-update.timer",
        0o644,
        Root,
        Vendor,
        "says when the game is updated, if host.yaml wants that"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-restart.service",
        0o644,
        Root,
        Vendor,
        "restarts the servers that wait for their players to leave"
    ),
    deployed!(
        "/usr/lib/systemd/system/left4me-restart.timer",
        0o644,
        Root,
        Vendor,
        "looks for servers that wait for a restart"
    ),
];

/// What only `apply` makes. The predecessor's rules are `/etc/sudoers.d/left4me`, which its bundle keeps
/// restoring; ours are read after them, and of two rules that fit sudo takes the later one.
pub const SUDOERS: Deployed = deployed!(
    "/etc/sudoers.d/left4me-setup",
    0o440,
    Root,
    Config,
    "lets the runtime user run the three helpers as root, and nothing else"
);
pub const SYSCTL: Deployed = deployed!(
    "/etc/sysctl.d/60-left4me.conf",
    0o644,
    Root,
    Config,
    "larger UDP buffers, so that a busy server loses no packets"
);
pub const HOST_ENV: Deployed = deployed!(
    "/etc/left4me/host.env",
    0o640,
    RootForRuntime,
    Config,
    "says where the state and SteamCMD are, to units and helpers"
);
pub const WRAPPER: Deployed = deployed!(
    "/usr/local/bin/steamcmd",
    0o755,
    Root,
    Vendor,
    "runs SteamCMD as the runtime user, whoever calls it"
);

/// Where the units of a host with this root lie.
pub fn units(layout: &Layout) -> impl Iterator<Item = String> {
    PACKAGED.iter().filter(|file| file.path.contains("/systemd/system/")).map(|file| file.path_for(layout))
}

impl Deployed {
    /// The content for this root: one path prefix replaced; a copy that takes the place of a packaged
    /// file also says whose it is, so that going back can remove it.
    pub fn render(&self, layout: &Layout) -> Cow<'static, str> {
        if self.is_default(layout) {
            Cow::Borrowed(self.content)
        } else {
            let root = layout.root().display().to_string();
            let text = self.content.replace(DEFAULT_ROOT, &root);
            Cow::Owned(if self.path_for(layout) == self.path {
                text
            } else {
                format!("{MADE_BY}{root}\n{text}")
            })
        }
    }

    /// Where it lies for this root: a rendered unit goes where it outranks the packaged one.
    pub fn path_for(&self, layout: &Layout) -> String {
        match self.generated_path() {
            Some(generated) if !self.is_default(layout) => generated,
            _ => self.path.to_owned(),
        }
    }

    /// Where a copy for another root lies, of a packaged file that names the root.
    pub fn generated_path(&self) -> Option<String> {
        let below = self.path.strip_prefix("/usr/lib/")?;
        self.content.contains(DEFAULT_ROOT).then(|| format!("/etc/{below}"))
    }

    fn is_default(&self, layout: &Layout) -> bool {
        layout.root() == std::path::Path::new(DEFAULT_ROOT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_root_replaces_every_path_and_outranks_the_package() {
        let layout = Layout::new("/srv/l4d2").unwrap();
        let unit = &PACKAGED[2];
        assert_eq!(unit.path_for(&layout), "/etc/systemd/system/left4me-server@.service");
        let text = unit.render(&layout);
        assert!(text.contains("/srv/l4d2/runtime/%i/merged/srcds_run"));
        assert!(!text.contains(DEFAULT_ROOT));
        // A slice names no path of the root: the packaged one serves.
        assert_eq!(PACKAGED[4].path_for(&layout), PACKAGED[4].path);
        assert_eq!(unit.path_for(&Layout::default()), unit.path);
    }
}
