//! The configuration: read once, at the edge. Nothing below reads flags or the environment.

use crate::cli::{ApplyOptions, GameRun, HostOptions, SessionOptions, SourceOptions};
use crate::predecessor::Predecessor;
use crate::report::Mode;
use crate::state::State;
use left4me::host::Host;
use left4me::layout::{HOST_ENV, Layout};
use left4me::{Context, Error, Result, printable};
use left4me_steam::Limits;
use left4me_steam::download::source::Source;
use left4me_steam::install_strategy::Pauses;
use left4me_steam::login::Login;
use left4me_steam::settings::Settings;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the host shall be, and how to get there.
#[derive(Debug, Clone)]
pub struct Config {
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

/// How SteamCMD is run and watched.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// How to show progress.
    pub progress: Mode,
    /// How to run it.
    pub steam: Settings,
}

impl Config {
    /// Judges the options; the root defaults to what this host was set up with.
    pub fn new(options: HostOptions) -> Result<Config> {
        let sysroot = match options.sysroot {
            None => PathBuf::from("/"),
            Some(dir) => dir
                .canonicalize()
                .context(|| format!("cannot use the sysroot {}", printable::quote_path(&dir)))
                .map_err(|e| e.hint("--sysroot takes the directory of an unpacked Debian system"))?,
        };
        let host_env = sysroot.join(HOST_ENV.trim_start_matches('/'));
        let layout = match options.root {
            Some(root) => Layout::new(root)?,
            None => Layout::from_host_env(&host_env)?,
        };
        Ok(Config {
            layout,
            predecessor: Predecessor::look(&sysroot),
            // An image build has no business on the network of the machine that builds it.
            online: !options.offline && sysroot == Path::new("/"),
            sysroot,
            source: Source::new(options.source.steamcmd_url, options.source.steamcmd_sha256)?,
            with_game: !options.skip_game,
            with_usr_local: !options.skip_usr_local,
            reset_config: options.reset_config,
            can_own: nix::unistd::geteuid().is_root(),
        })
    }

    /// The host that it is about.
    pub fn host(&self) -> Result<Host> {
        Host::new(self.layout.clone(), self.sysroot.clone(), self.can_own)
    }

    /// The configuration of this host, for commands that take no host options.
    pub fn of_this_host() -> Result<Config> {
        Config::of_host(None)
    }

    /// The configuration that this host, or an image, was set up with.
    pub fn of_host(sysroot: Option<PathBuf>) -> Result<Config> {
        Config::new(HostOptions {
            skip_game: false,
            offline: false,
            skip_usr_local: false,
            reset_config: false,
            root: None,
            sysroot,
            source: SourceOptions { steamcmd_url: None, steamcmd_sha256: None },
        })
    }
}

impl SessionConfig {
    /// Judges the options of apply.
    pub fn of_apply(apply: &ApplyOptions) -> Result<SessionConfig> {
        SessionConfig::new(&apply.session, !apply.no_wait)
    }

    /// Judges the options of a command of the game.
    pub fn of_run(run: &GameRun) -> Result<SessionConfig> {
        SessionConfig::new(&run.session, !run.no_wait)
    }

    /// Judges the options.
    fn new(options: &SessionOptions, wait: bool) -> Result<SessionConfig> {
        if options.stall < 10 {
            return Err(Error::usage("--stall must be at least 10 seconds"));
        }
        Ok(SessionConfig {
            progress: options.progress,
            steam: Settings {
                limits: Limits::with_stall(Duration::from_secs(options.stall)),
                pauses: Pauses::new(Duration::from_secs(options.pause)),
                login: login(options)?,
                wait,
            },
        })
    }

    /// Finds out whether SteamCMD keeps a token of the account: then it needs no password.
    pub fn recognise_login(&mut self, host: &Host) {
        if let Some(login) = &mut self.steam.login {
            let kept = State::load(host).game.and_then(|game| game.account);
            login.has_token = kept.as_ref() == Some(&login.user);
        }
    }
}

fn login(options: &SessionOptions) -> Result<Option<Login>> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let Some(user) = &options.login else { return Ok(None) };
    Login::new(user, options.password_file.as_deref(), credentials.as_deref()).map(Some)
}
