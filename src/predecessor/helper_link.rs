//! A name under which the predecessor's web app calls one of the helpers. Its bundle has links of its own there.

use super::{CHECKOUT, rivals};
use crate::resource::link::Link;
use crate::resource::{Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use left4me::Result;
use left4me::host::Host;
use left4me::layout::{COMPAT_LIBEXEC, LIBEXEC};
use std::path::Path;

/// A link to a helper.
#[derive(Debug)]
pub struct HelperLink {
    link: Link,
}

impl HelperLink {
    /// One for each helper.
    pub fn for_each_helper() -> impl Iterator<Item = HelperLink> {
        ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"].into_iter().map(|helper| HelperLink {
            link: Link {
                path: format!("{COMPAT_LIBEXEC}/{helper}").into(),
                target: format!("{LIBEXEC}/{helper}").into(),
                inside_state: false,
                why: "the name under which the web app calls the helper",
            },
        })
    }

    /// The command that links to the bundle's own helper again; nothing when ours is not there, or the bundle's.
    pub fn command_back(&self, host: &Host) -> Option<String> {
        let name = self.link.path.file_name()?;
        let theirs = Path::new(CHECKOUT).join("deploy/scripts/libexec").join(name);
        let is_ours = std::fs::read_link(host.path(&self.link.path)).is_ok_and(|to| to == self.link.target);
        let is_there = std::fs::symlink_metadata(host.path(&theirs)).is_ok();
        (is_ours && is_there).then(|| format!("ln -s {} {}", theirs.display(), self.link.path.display()))
    }
}

impl Resource for HelperLink {
    fn id(&self) -> ResourceId {
        self.link.id()
    }

    fn why(&self) -> &'static str {
        self.link.why()
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        self.link.inspect(host)
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        self.link.converge(host, tools)
    }

    fn remove(&self, host: &Host, uninstall: &Uninstall) -> Result<Removal> {
        self.link.remove(host, uninstall)
    }

    /// Its bundle would link into its checkout again.
    fn notes(&self, host: &Host) -> Vec<String> {
        let target = std::fs::read_link(host.path(&self.link.path)).ok();
        let is_theirs = target.is_some_and(|target| target.starts_with(CHECKOUT));
        is_theirs.then(|| rivals::note(&rivals::link(&self.link.path))).into_iter().collect()
    }
}
