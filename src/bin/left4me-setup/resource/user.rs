//! The runtime user's account, as sysusers.d declares it.

use super::{Difference, Finding};
use crate::host::Host;
use left4me_setup::layout::RUNTIME_USER;
use left4me_setup::{Context, Error, Result};
use std::path::PathBuf;

const SHELL: &str = "/usr/sbin/nologin";

/// The account that owns all state and runs everything.
#[derive(Debug)]
pub struct User {
    pub home: PathBuf,
    /// The sysusers.d file that declares it.
    pub declared_in: String,
}

impl User {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        let Some(account) = host.account()? else { return Ok(Finding::Absent) };
        let mut differences = Vec::new();
        if account.ids.uid == 0 {
            return Err(Error::new(format!("the user {RUNTIME_USER} has uid 0"))
                .hint(format!("give {RUNTIME_USER} a uid of its own, or remove the account")));
        }
        if account.home != self.home {
            differences.push(Difference::new(
                "home",
                account.home.to_string_lossy(),
                self.home.to_string_lossy(),
            ));
        }
        // A predecessor's account may have a login shell; the runtime user never logs in.
        if !["/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false"]
            .iter()
            .any(|s| account.shell == PathBuf::from(s))
        {
            differences.push(Difference::new("shell", account.shell.to_string_lossy(), SHELL));
        }
        Ok(Finding::of(differences))
    }

    pub fn converge(&self, host: &Host) -> Result<()> {
        if host.account()?.is_none() {
            return self.create(host);
        }
        let mut arguments: Vec<String> = Vec::new();
        if let Some(prefix) = host.sysroot_option("--prefix") {
            arguments.extend(prefix.split('=').map(str::to_owned));
        }
        let home = self.home.to_string_lossy().into_owned();
        arguments.extend(["--home", &home, "--shell", SHELL, RUNTIME_USER].map(str::to_owned));
        Host::run("usermod", &arguments).map(drop)
    }

    fn create(&self, host: &Host) -> Result<()> {
        if !Host::has_tool("systemd-sysusers") {
            return Err(Error::new("systemd-sysusers is not installed").hint("apt install systemd"));
        }
        let mut arguments: Vec<String> = host.sysroot_option("--root").into_iter().collect();
        arguments.push(self.declared_in.clone());
        Host::run("systemd-sysusers", &arguments)
            .context(|| format!("cannot create the user {RUNTIME_USER}"))
            .map(drop)
    }
}
