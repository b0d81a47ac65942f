//! What of the predecessor's was put out of the way and does not come back by itself.

use super::helper_link::HelperLink;
use super::set_aside::SetAside;
use super::{CHECKOUT, OLD_SUDOERS};
use crate::made::Made;
use left4me::host::Host;
use std::path::Path;

/// The lines to say after an uninstall, with the commands that bring it back; none where nothing was. Found before
/// anything goes.
pub fn left_behind(host: &Host, made: Option<&Made>, purge: bool) -> Vec<String> {
    let there = |path: &Path| std::fs::symlink_metadata(host.path(path)).is_ok();
    let mut commands: Vec<String> = SetAside::for_each_unit()
        .filter(|unit| there(&unit.backup()) && !there(&unit.path))
        .map(|unit| format!("mv {} {}", unit.backup().display(), unit.path.display()))
        .collect();
    commands.extend(HelperLink::for_each_helper().filter_map(|link| link.command_back(host)));
    let rules = Path::new(CHECKOUT).join("deploy/files/etc/sudoers.d/left4me");
    if there(&rules) && !there(Path::new(OLD_SUDOERS)) {
        commands.push(format!("ln -s {} {OLD_SUDOERS}", rules.display()));
    }
    let steam = host.layout.steam();
    let moved = made.into_iter().flat_map(Made::moved).filter(|from| !purge && !there(from));
    commands.extend(moved.map(|from| format!("mv {} {}", steam.display(), from.display())));
    if commands.is_empty() {
        return commands;
    }
    if host.has_systemd() {
        commands.push("systemctl daemon-reload".into());
    }
    let head =
        "of the predecessor's, this is not brought back; its bundle's next run does that, or, as root:"
            .into();
    std::iter::once(head).chain(commands.into_iter().map(|command| format!("  {command}"))).collect()
}
