//! What a host that is taken over needs besides.

use super::moved::Moved;
use super::set_aside::SetAside;
use super::{OLD_SUDOERS, drop_ins, web_app};
use crate::config::Config;
use crate::deployed::{self, Deployed, Policy};
use crate::resource::file::File;
use crate::resource::leftover::{Leftover, Mark};
use crate::resource::units::Neighbour;
use crate::resource::{Resource, ResourceId};
use left4me::host::{Host, Owner};
use std::path::Path;

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

/// What the units have to know of its files beside them.
pub const NEIGHBOUR: Neighbour = Neighbour { describe: drop_ins::describe, notes: unit_notes };

/// The resources; most of them only where the predecessor was.
pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    let predecessor = &config.predecessor;
    // Every host may have had our rules under their old name.
    let mut list: Vec<Box<dyn Resource>> = vec![Box::new(Leftover {
        path: OLD_SUDOERS.into(),
        mark: Mark::Text(deployed::SUDOERS.content),
        why: "the predecessor's bundle has this name for its own rules",
        needs: vec![ResourceId::file(deployed::SUDOERS.path)],
    })];
    if predecessor.script_sandbox {
        list.push(Box::new(File::from_deployed(&SCRIPT_SANDBOX, &config.layout, config.reset_config)));
    }
    if predecessor.was_here && config.with_usr_local {
        list.extend(SetAside::for_each_unit().map(|unit| Box::new(unit) as Box<dyn Resource>));
    }
    for from in &predecessor.steamcmd {
        list.push(Box::new(Moved { from: from.clone(), to: config.layout.steam() }));
    }
    list
}

/// The web app's own unit is none of ours.
fn unit_notes(host: &Host) -> Vec<String> {
    let drop_in = Path::new("/etc/systemd/system/left4me-web.service.d/10-hardening.conf");
    let is_there = std::fs::symlink_metadata(host.path(drop_in)).is_ok();
    let stays = format!("{} is the predecessor's, for the web app; it stays", drop_in.display());
    let runs = |theirs: std::path::PathBuf| {
        format!("the web app runs {}, not our l4d2ctl; {}", theirs.display(), web_app::REMEDY)
    };
    is_there.then_some(stays).into_iter().chain(web_app::before_ours(host).map(runs)).collect()
}
