//! The runtime user's account, as sysusers.d declares it.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use left4me::host::Host;
use left4me::layout::RUNTIME_USER;
use left4me::{Context, Error, Result};
use std::path::{Path, PathBuf};

const SHELL: &str = "/usr/sbin/nologin";

/// The account that owns all state and runs everything.
#[derive(Debug)]
pub struct User {
    pub home: PathBuf,
    /// The sysusers.d file that declares it.
    pub declared_in: String,
}

impl Resource for User {
    fn id(&self) -> ResourceId {
        ResourceId::USER
    }

    fn why(&self) -> &'static str {
        "owns all state and runs SteamCMD and the servers; cannot log in"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        let Some(account) = host.account()? else { return Ok(Finding::Absent) };
        let mut differences = Vec::new();
        if account.ids.uid == 0 {
            return Err(Error::new(format!("the user {RUNTIME_USER} has uid 0"))
                .hint(format!("give {RUNTIME_USER} a uid of its own: sudo vipw")));
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
        if let Some(gid) = group(host).filter(|gid| *gid != account.ids.gid) {
            differences.push(Difference::new("group", account.ids.gid.to_string(), gid.to_string()));
        }
        if has_password(host) {
            differences.push(Difference::new("password", "set", "locked"));
        }
        Ok(Finding::from_differences(differences))
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        if host.account()?.is_none() {
            return self.create(host);
        }
        let mut arguments: Vec<String> = Vec::new();
        if let Some(prefix) = host.sysroot_option("--prefix") {
            arguments.extend(prefix.split('=').map(str::to_owned));
        }
        let home = self.home.to_string_lossy().into_owned();
        arguments.extend(["--home", &home, "--shell", SHELL].map(str::to_owned));
        if let Some(gid) = group(host) {
            arguments.extend(["--gid".to_owned(), gid.to_string()]);
        }
        if has_password(host) {
            arguments.push("--lock".into());
        }
        arguments.push(RUNTIME_USER.into());
        Host::run("usermod", &arguments).map(|_| host.forget_account())
    }

    /// Only with its state, which it owns.
    fn remove(&self, host: &Host, uninstall: &Uninstall) -> Result<Removal> {
        if !uninstall.with_user || host.account()?.is_none() {
            return Ok(Removal::Absent);
        }
        let mut arguments: Vec<String> = Vec::new();
        if let Some(prefix) = host.sysroot_option("--prefix") {
            arguments.extend(prefix.split('=').map(str::to_owned));
        }
        arguments.push(RUNTIME_USER.into());
        Host::run("userdel", &arguments).map(|_| host.forget_account()).map(|()| Removal::Removed)
    }

    fn needs(&self, _: &Host) -> Vec<ResourceId> {
        vec![ResourceId::file(&self.declared_in)]
    }

    /// Groups that the account was put into: an administrator's choice, and all servers share it.
    fn notes(&self, host: &Host) -> Vec<String> {
        let text = std::fs::read_to_string(host.path(Path::new("/etc/group"))).unwrap_or_default();
        let member =
            |line: &&str| line.rsplit(':').next().is_some_and(|m| m.split(',').any(|u| u == RUNTIME_USER));
        let groups: Vec<&str> = text.lines().filter(member).filter_map(|l| l.split(':').next()).collect();
        if groups.is_empty() {
            return Vec::new();
        }
        vec![format!("{RUNTIME_USER} is also in the group {}", groups.join(", "))]
    }
}

impl User {
    fn create(&self, host: &Host) -> Result<()> {
        if !Host::has_tool("systemd-sysusers") {
            return Err(Error::new("systemd-sysusers is not installed").hint("apt install systemd"));
        }
        let etc = host.path(Path::new("/etc"));
        std::fs::create_dir_all(etc).context(|| "cannot make /etc in the sysroot".into())?;
        let mut arguments: Vec<String> = host.sysroot_option("--root").into_iter().collect();
        // By name: a whole path is not looked for below --root.
        arguments.extend(self.declared_in.rsplit('/').next().map(str::to_owned));
        Host::run("systemd-sysusers", &arguments)
            .context(|| format!("cannot create the user {RUNTIME_USER}"))
            .map(drop)
    }
}

/// The id of the group that has the runtime user's name.
fn group(host: &Host) -> Option<u32> {
    let text = std::fs::read_to_string(host.path(Path::new("/etc/group"))).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == RUNTIME_USER).then_some(())?;
        fields.nth(1)?.parse().ok()
    })
}

/// Whether the account's password field could match one. Unreadable (an image built by an ordinary
/// user) or absent is as good as locked.
fn has_password(host: &Host) -> bool {
    let text = std::fs::read_to_string(host.path(Path::new("/etc/shadow"))).unwrap_or_default();
    text.lines().any(|line| {
        let mut fields = line.split(':');
        fields.next() == Some(RUNTIME_USER) && !fields.next().unwrap_or("!").starts_with(['!', '*'])
    })
}
