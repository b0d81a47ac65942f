//! Rules of sudo that a host has because of the predecessor.

use super::OLD_SUDOERS;
use crate::deployed::{self, Deployed, Policy};
use crate::resource::ResourceId;
use crate::resource::leftover::{Leftover, Mark};
use left4me::host::Owner;

/// Only where the predecessor's helper is; its own rules may be gone with our old name for ours.
pub const SCRIPT_SANDBOX: Deployed = Deployed {
    path: "/etc/sudoers.d/left4me-script-sandbox",
    content: "# The predecessor's helper for builds of its web app, which this host was taken over with.\n\
              left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-script-sandbox\n",
    mode: 0o440,
    owner: Owner::Root,
    policy: Policy::Config,
    why: "the web app's script overlays go on working",
};

/// Our rules under the name that they had before.
pub fn old_rules() -> Leftover {
    Leftover {
        path: OLD_SUDOERS.into(),
        mark: Mark::Text(deployed::SUDOERS.content),
        why: "the predecessor's bundle has this name for its own rules",
        needs: vec![ResourceId::file(deployed::SUDOERS.path)],
    }
}
