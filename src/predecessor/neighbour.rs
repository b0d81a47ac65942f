//! What the predecessor has beside our units, for the notes on them.

use super::{drop_ins, web_app};
use crate::resource::units::Neighbour;
use left4me::host::Host;
use std::path::Path;

/// What the units have to know of its files beside them.
pub const NEIGHBOUR: Neighbour = Neighbour { describe: drop_ins::describe, notes: unit_notes };

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
