//! Uninstalling: stops the servers and removes what `apply` made. Files that were changed since are kept and named.
//! With `--purge`, the state and the runtime user are removed too.

mod purge;
mod servers;

use crate::config::Config;
use crate::desired::desired;
use crate::made::Made;
use crate::predecessor::left_behind::left_behind;
use crate::resource::{Removal, Uninstall, units};
use crate::say;
use left4me::host::Host;
use left4me::host_file::HOST_FILE;
use left4me::{Error, Result, shell};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How many things were removed, kept, or failed.
#[derive(Default)]
pub struct Report {
    pub removed: usize,
    pub kept: usize,
    pub failed: usize,
    /// What of the predecessor is not restored, as lines to show.
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
        let hint = format!("stop what uses it, then: sudo umount {}", shell::quote(&mount));
        let mount = mount.display().to_string();
        let error = Error::new(format!("still mounted{why}")).hint(hint);
        report.add(&mount, Err(error));
    }
    if purge {
        // The state is removed first: host.env, which says where it is, is needed until the end.
        purge::refuse_if_in_use(host)?;
        let name = format!("everything below {}", host.layout.root().display());
        report.add(&name, purge::delete(host));
    }
    if config.predecessor.was_here {
        report.left_behind = left_behind(host, Made::load(host).as_ref(), purge);
    }
    remove_all(config, host, purge, &mut report);
    Ok(report)
}

/// Removes resources in reverse order. One that fails or is kept does not stop the others.
fn remove_all(config: &Config, host: &Host, purge: bool, report: &mut Report) {
    if std::fs::symlink_metadata(host.path(Path::new(HOST_FILE))).is_ok() {
        report.add(&format!("file {HOST_FILE}"), Ok(Removal::Kept("it is the administrator's".into())));
    }
    let mut uninstall = Uninstall {
        with_user: false,
        packaged: packaged(host),
        made: Made::load(host),
        taken_over: config.predecessor.was_here,
    };
    for resource in desired(config).iter().rev() {
        // The user is kept while any of its state may be left.
        uninstall.with_user = purge && report.failed == 0;
        report.add(&resource.id().to_string(), resource.remove(host, &uninstall));
    }
    // After all unit files are removed.
    if host.has_systemd() {
        report.add("systemd units", units::reload().map(|()| Removal::Absent));
    }
}

/// The files of the package, which dpkg removes.
pub fn packaged(host: &Host) -> HashSet<PathBuf> {
    let mut arguments: Vec<String> = host.sysroot_option("--root").into_iter().collect();
    arguments.extend(["--listfiles", "left4me-setup"].map(str::to_owned));
    // dpkg-query fails where the package is not installed.
    let listed = Host::run("dpkg-query", &arguments).unwrap_or_default();
    listed.lines().map(PathBuf::from).collect()
}
