//! What of the predecessor's was put out of the way and does not come back by itself.

use crate::config::Config;
use crate::made::Made;
use crate::predecessor::CHECKOUT;
use crate::resource::Resource;
use left4me::host::Host;
use left4me::layout::COMPAT_LIBEXEC;
use std::path::Path;

/// The lines to say, with the commands that bring it back; none where nothing was. Looked up before anything goes.
pub fn not_brought_back(config: &Config, host: &Host, purge: bool) -> Vec<String> {
    if !config.predecessor.was_here {
        return Vec::new();
    }
    let there = |path: &Path| std::fs::symlink_metadata(host.path(path)).is_ok();
    let mut commands = Vec::new();
    for resource in crate::desired::desired(config) {
        match resource {
            Resource::SetAside(unit) if there(&unit.backup()) && !there(&unit.path) => {
                commands.push(format!("mv {} {}", unit.backup().display(), unit.path.display()));
            }
            Resource::Link(link) if link.path.starts_with(COMPAT_LIBEXEC) => {
                let name = link.path.file_name().unwrap_or_default();
                let theirs = Path::new(CHECKOUT).join("deploy/scripts/libexec").join(name);
                let is_ours = std::fs::read_link(host.path(&link.path)).is_ok_and(|to| to == link.target);
                if is_ours && there(&theirs) {
                    commands.push(format!("ln -s {} {}", theirs.display(), link.path.display()));
                }
            }
            _ => {}
        }
    }
    let rules = Path::new(CHECKOUT).join("deploy/files/etc/sudoers.d/left4me");
    if there(&rules) && !there(Path::new(crate::deployed::OLD_SUDOERS)) {
        commands.push(format!("ln -s {} {}", rules.display(), crate::deployed::OLD_SUDOERS));
    }
    let steam = host.layout.steam();
    let made = Made::load(host).unwrap_or_default();
    for from in made.moved().filter(|from| !purge && !there(from)) {
        commands.push(format!("mv {} {}", steam.display(), from.display()));
    }
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
