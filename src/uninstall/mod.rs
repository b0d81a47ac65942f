//! Uninstall: the servers stop, what apply made goes, what was changed since stays and is named.
//! With `--purge` the state and its owner go too.

mod purge;
mod servers;
mod theirs;

use crate::config::Config;
use crate::desired::desired;
use crate::made::{self, Made};
use crate::resource::{File, Removal, Resource};
use crate::say;
use left4me::host::Host;
use left4me::host_file::HOST_FILE;
use left4me::layout::{DEFAULT_ROOT, HOST_ENV};
use left4me::{Error, Result};
use std::collections::HashSet;
use std::path::Path;

/// What became of everything.
#[derive(Default)]
pub struct Report {
    pub removed: usize,
    pub kept: usize,
    pub failed: usize,
    /// What of the predecessor's is not brought back, as lines to show.
    pub left_behind: Vec<String>,
}

impl Report {
    fn add(&mut self, name: &str, result: Result<Removal>) {
        match result {
            Ok(Removal::Absent) => {}
            Ok(Removal::Removed) => {
                self.removed += 1;
                say::line(&format!("- {name}"));
            }
            Ok(Removal::Kept(why)) => {
                self.kept += 1;
                say::line(&format!("= {name}: kept, {why}"));
            }
            Err(error) => {
                self.failed += 1;
                say::problem(&format!("! {name}: {error}"));
                if let Some(hint) = error.remedy() {
                    say::problem(&format!("  hint: {hint}"));
                }
            }
        }
    }
}

/// Stops the servers and removes what `apply` made; with `purge` the state too.
pub fn uninstall(config: &Config, host: &Host, purge: bool) -> Result<Report> {
    let mut report = Report::default();
    for (mount, why) in servers::stop(host)? {
        let mount = mount.display().to_string();
        let error = Error::new(format!("it stays mounted{why}"))
            .hint(format!("end what uses it, then `umount {mount}`"));
        report.add(&mount, Err(error));
    }
    if purge {
        // The state goes first: host.env, which says where it is, goes last.
        purge::refuse_if_in_use(host)?;
        let name = format!("everything below {}", host.layout.root().display());
        report.add(&name, purge::delete(host));
    }
    report.left_behind = theirs::not_brought_back(config, host, purge);
    remove_all(config, host, purge, &mut report);
    Ok(report)
}

/// Last made, first removed. What fails or stays stops nothing else.
fn remove_all(config: &Config, host: &Host, purge: bool, report: &mut Report) {
    let packaged = packaged(host);
    let made = Made::load(host);
    if std::fs::symlink_metadata(host.path(Path::new(HOST_FILE))).is_ok() {
        report.add(&format!("file {HOST_FILE}"), Ok(Removal::Kept("it is the administrator's".into())));
    }
    for resource in desired(config).iter().rev() {
        match resource {
            Resource::User(_) if purge && report.failed == 0 => {}
            Resource::File(file) if packaged.contains(&file.path.to_string_lossy().into_owned()) => continue,
            Resource::File(file) if file.path == Path::new(HOST_ENV) && is_needed(host) => {
                let kept = Removal::Kept("it says where the state is".into());
                report.add(&resource.name(), Ok(kept));
                continue;
            }
            Resource::File(file) if !is_ours(file, made.as_ref(), config) => {
                if std::fs::symlink_metadata(host.path(&file.path)).is_ok() {
                    report.add(&resource.name(), Ok(Removal::Kept("it was there before".into())));
                }
                continue;
            }
            Resource::Owners(_) => continue,
            Resource::Units(_) => continue,
            resource if resource.is_state(host) => continue,
            Resource::Directory(d) if d.shared => continue,
            _ => {}
        }
        report.add(&resource.name(), resource.remove(host));
    }
    // Only now are all unit files gone.
    report.add("systemd units", crate::resource::Units.remove(host).map(|_| Removal::Absent));
}

/// Without a list, what is as we make it counts as made by us, but for what the predecessor makes alike.
fn is_ours(file: &File, made: Option<&Made>, config: &Config) -> bool {
    match made.filter(|_| made::is_listed(file)) {
        Some(made) => made.has(&file.path),
        None => file.path != Path::new(HOST_ENV) || !config.predecessor.was_here,
    }
}

/// A purge, or an apply, that comes later has to find the state.
fn is_needed(host: &Host) -> bool {
    let root = host.layout.root();
    root != Path::new(DEFAULT_ROOT) && host.path(root).exists()
}

/// Files that dpkg has the say over.
pub fn packaged(host: &Host) -> HashSet<String> {
    let mut arguments: Vec<String> = host.sysroot_option("--root").into_iter().collect();
    arguments.extend(["--listfiles", "left4me-setup"].map(str::to_owned));
    // It fails where the package is not installed.
    let listed = Host::run("dpkg-query", &arguments).unwrap_or_default();
    listed.lines().map(str::to_owned).collect()
}
