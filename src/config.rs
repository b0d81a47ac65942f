//! The configuration: read once, at the edge. Nothing below reads flags or the environment.

use crate::predecessor::marks::Predecessor;
use crate::settings::{Overrides, Settings};
use left4me::host::Host;
use left4me::host_file::{HOST_FILE, HostFile};
use left4me::layout::{HOST_ENV, Layout};
use left4me::{Context, Result, printable};
use left4me_steam::download::source::Source;
use std::path::{Path, PathBuf};

/// What the host shall be, and how to get there.
#[derive(Debug, Clone)]
pub struct Config {
    /// The values that host.yaml, a flag or the environment may set, with their origins.
    pub settings: Settings,
    /// Paths below `LEFT4ME_ROOT`.
    pub layout: Layout,
    /// `/`, or the directory tree to work on.
    pub sysroot: PathBuf,
    /// Where SteamCMD comes from.
    pub source: Source,
    /// The game is part of the host.
    pub with_game: bool,
    /// `/usr/local` is part of the host.
    pub with_usr_local: bool,
    /// The network may be used.
    pub online: bool,
    /// Configuration files go back to what we ship.
    pub reset_config: bool,
    /// What the predecessor left on this host.
    pub predecessor: Predecessor,
    /// Owners can be set: root is at work.
    pub can_own: bool,
}

/// What a command is asked to do, besides what the host's files say.
#[derive(Debug, Default)]
pub struct Request {
    /// Work on this directory tree instead of `/`.
    pub sysroot: Option<PathBuf>,
    pub overrides: Overrides,
    pub offline: bool,
    pub skip_usr_local: bool,
    pub reset_config: bool,
}

impl Config {
    /// What the host shall be.
    pub fn new(request: Request) -> Result<Config> {
        let sysroot = open_sysroot(request.sysroot.as_deref())?;
        let path = below(&sysroot, HOST_FILE);
        let name = path.display().to_string();
        let file = HostFile::load(&path)?.map(|file| (name.as_str(), file));
        let host_env = below(&sysroot, HOST_ENV);
        let settings = Settings::resolve(request.overrides, file, || Layout::recorded(&host_env))?;
        Ok(Config {
            // An image build has no business on the network of the machine that builds it.
            online: !request.offline && sysroot == Path::new("/"),
            with_usr_local: !request.skip_usr_local,
            reset_config: request.reset_config,
            ..Config::from_settings(settings, sysroot)?
        })
    }

    /// What this host, or the image below `sysroot`, is: as the last `apply` left it, whatever host.yaml has said
    /// since. Commands that read, change or remove what is there ask this.
    pub fn as_applied(sysroot: Option<&Path>) -> Result<Config> {
        let sysroot = open_sysroot(sysroot)?;
        let host_env = below(&sysroot, HOST_ENV);
        let settings = Settings::resolve(Overrides::default(), None, || Layout::recorded(&host_env))?;
        Config::from_settings(settings, sysroot)
    }

    fn from_settings(settings: Settings, sysroot: PathBuf) -> Result<Config> {
        Ok(Config {
            layout: settings.root.value.clone(),
            predecessor: Predecessor::detect(&sysroot),
            online: sysroot == Path::new("/"),
            source: settings.source()?,
            with_game: settings.game.value,
            with_usr_local: true,
            reset_config: false,
            can_own: rustix::process::geteuid().is_root(),
            settings,
            sysroot,
        })
    }

    /// The host that it is about.
    pub fn host(&self) -> Result<Host> {
        Host::new(self.layout.clone(), self.sysroot.clone(), self.can_own)
    }
}

fn open_sysroot(given: Option<&Path>) -> Result<PathBuf> {
    let Some(dir) = given else { return Ok(PathBuf::from("/")) };
    dir.canonicalize()
        .context(|| format!("cannot use the sysroot {}", printable::quote_path(dir)))
        .map_err(|e| e.hint("--sysroot takes the directory of an unpacked Debian system"))
}

/// `path` of the host, in the tree that we work on.
fn below(sysroot: &Path, path: &str) -> PathBuf {
    sysroot.join(path.trim_start_matches('/'))
}
