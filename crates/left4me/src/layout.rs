//! Every path of the host, as functions of one root.

use crate::name::{InstanceName, OverlayRef};
use crate::{Context, Error, Result, env_file, printable};
use std::path::{Path, PathBuf};

/// The runtime user: owns all state, runs SteamCMD and the servers.
pub const RUNTIME_USER: &str = "left4me";
/// `LEFT4ME_ROOT` unless configured otherwise.
pub const DEFAULT_ROOT: &str = "/var/lib/left4me";
/// Root's own record of where `LEFT4ME_ROOT` is; the helpers believe this file and no environment.
pub const HOST_ENV: &str = "/etc/left4me/host.env";
/// Root's record of what was installed and made.
pub const STATE_DIRECTORY: &str = "/var/lib/left4me-setup";
/// Where the package puts the privileged helpers.
pub const LIBEXEC: &str = "/usr/libexec/left4me";
/// The names under which the predecessor's web app calls the same helpers.
pub const COMPAT_LIBEXEC: &str = "/usr/local/libexec/left4me";

/// Directories below `/` that belong to the system with all that is in them.
const SYSTEM: [&str; 13] =
    ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "usr"];
/// Directories that hold many programs' and users' data: a root may lie in one of them, and is none of them.
const SHARED: [&str; 19] = [
    "home",
    "media",
    "mnt",
    "opt",
    "root",
    "srv",
    "tmp",
    "var",
    "var/backups",
    "var/cache",
    "var/lib",
    "var/lib/left4me-setup",
    "var/local",
    "var/log",
    "var/mail",
    "var/opt",
    "var/spool",
    "var/tmp",
    "var/www",
];

/// Root's own copy of what a server's unit reads; there while `left4me-overlay` has its tree mounted.
pub fn environment_copy(name: &InstanceName) -> PathBuf {
    Path::new("/run/left4me").join(format!("{name}.env"))
}

/// What makes a server start at boot: the link that `systemctl enable` would make.
pub fn boot_link(name: &InstanceName) -> PathBuf {
    Path::new("/etc/systemd/system/multi-user.target.wants").join(format!("left4me-server@{name}.service"))
}

/// All paths below `LEFT4ME_ROOT`, but for the game's: [`crate::game_layers`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// A layout below `root`, which must be absolute, plain and not a system directory. A slash at its end
    /// changes nothing.
    ///
    /// The path is copied into unit files, sudoers and shell scripts, hence the narrow alphabet.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self> {
        let root: PathBuf = root.into();
        let root = match root.to_str().map(|text| text.trim_end_matches('/')) {
            Some(plain) if !plain.is_empty() => PathBuf::from(plain),
            _ => root,
        };
        let refuse = |why: &str| {
            Err(Error::usage(format!("LEFT4ME_ROOT '{}' {why}", printable::quote_path(&root)))
                .hint("use an absolute path of letters, digits, '.', '_' and '-', such as /var/lib/left4me"))
        };
        let Some(text) = root.to_str() else { return refuse("is not UTF-8") };
        let Some(relative) = text.strip_prefix('/') else { return refuse("is not absolute") };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        for component in relative.split('/') {
            if component.is_empty() || component.starts_with('.') || !component.chars().all(plain) {
                return refuse("has a component that is empty, hidden or has a special character");
            }
        }
        // A purge deletes everything below the root, so it is no directory that others use too.
        if SYSTEM.contains(&relative.split('/').next().unwrap_or_default()) || SHARED.contains(&relative) {
            return refuse("is a system directory");
        }
        Ok(Layout { root })
    }

    /// The layout that `HOST_ENV` names; the default when the file does not exist.
    pub fn from_host_env(host_env: &Path) -> Result<Self> {
        Ok(Layout::recorded(host_env)?.unwrap_or_default())
    }

    /// The layout that `HOST_ENV` names, if it names one.
    pub fn recorded(host_env: &Path) -> Result<Option<Self>> {
        match std::fs::read_to_string(host_env) {
            Ok(text) => env_file::value(&text, "LEFT4ME_ROOT").map(Layout::new).transpose(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).context(|| format!("cannot read {}", host_env.display())),
        }
    }

    /// `LEFT4ME_ROOT`, also the runtime user's home.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// Content layers.
    pub fn overlays(&self) -> PathBuf {
        self.root.join("overlays")
    }
    /// One content layer.
    pub fn overlay(&self, overlay: &OverlayRef) -> PathBuf {
        self.overlays().join(overlay.as_str())
    }
    /// Configuration of all instances.
    pub fn instances(&self) -> PathBuf {
        self.root.join("instances")
    }
    /// Configuration of one instance.
    pub fn instance(&self, name: &InstanceName) -> PathBuf {
        self.instances().join(name.as_str())
    }
    /// `L4D2_PORT`, `L4D2_ARGS`, `L4D2_LOWERDIRS`.
    pub fn instance_env(&self, name: &InstanceName) -> PathBuf {
        self.instance(name).join("instance.env")
    }
    /// The specification that the instance was made from.
    pub fn spec(&self, name: &InstanceName) -> PathBuf {
        self.instance(name).join("spec.yaml")
    }
    /// A specification while the other files are rendered from it; a run that was killed leaves it behind.
    pub fn pending_spec(&self, name: &InstanceName) -> PathBuf {
        self.instance(name).join("spec.yaml.pending")
    }
    /// The instance's own server.cfg, staged into `upper` at start.
    pub fn server_cfg(&self, name: &InstanceName) -> PathBuf {
        self.instance(name).join("server.cfg")
    }
    /// Writable layers and mount points of all instances.
    pub fn runtimes(&self) -> PathBuf {
        self.root.join("runtime")
    }
    /// `upper`, `work` and `merged` of one instance.
    pub fn runtime(&self, name: &InstanceName) -> PathBuf {
        self.runtimes().join(name.as_str())
    }
    /// The instance's writable layer.
    pub fn upper(&self, name: &InstanceName) -> PathBuf {
        self.runtime(name).join("upper")
    }
    /// Overlayfs's scratch directory.
    pub fn work(&self, name: &InstanceName) -> PathBuf {
        self.runtime(name).join("work")
    }
    /// The mount point: what the server sees.
    pub fn merged(&self, name: &InstanceName) -> PathBuf {
        self.runtime(name).join("merged")
    }
    /// The SteamCMD tree, which updates itself.
    pub fn steam(&self) -> PathBuf {
        self.root.join("steam")
    }
    /// Held by whoever runs SteamCMD: one at a time.
    pub fn steamcmd_lock(&self) -> PathBuf {
        self.root.join(".steamcmd.lock")
    }
    /// Held exclusively by whoever changes the game's layers or their list, shared by whoever mounts them.
    pub fn game_lock(&self) -> PathBuf {
        self.root.join(".game.lock")
    }
    /// What was typed into consoles, the runtime user's own as a shell's history is.
    pub fn rcon_history(&self) -> PathBuf {
        self.root.join(".rcon_history")
    }
    /// SteamCMD's start script; must be run by its absolute path.
    pub fn steamcmd_sh(&self) -> PathBuf {
        self.steam().join("steamcmd.sh")
    }
    /// Where the engine looks for steamclient.so; a dangling link means a LAN-only server.
    pub fn sdk32(&self) -> PathBuf {
        self.root.join(".steam/sdk32")
    }
    /// Shared VPK files that overlays link to.
    pub fn workshop_cache(&self) -> PathBuf {
        self.root.join("workshop_cache")
    }
    /// Scratch.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }
    /// Transcripts of SteamCMD runs.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }
}

impl Default for Layout {
    fn default() -> Self {
        Layout { root: PathBuf::from(DEFAULT_ROOT) }
    }
}

#[cfg(test)]
mod tests;
