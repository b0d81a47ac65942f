//! How SteamCMD is run and watched, from the options of a command.

use crate::cli::{self, ApplyOptions, GameRun, SessionOptions};
use crate::report::Mode;
use left4me::{Error, Result};
use left4me_steam::Limits;
use left4me_steam::install_strategy::Pauses;
use left4me_steam::login::Login;
use left4me_steam::settings::SessionSettings;
use std::path::PathBuf;
use std::time::Duration;

/// How SteamCMD is run and watched.
#[derive(Debug, Clone)]
pub struct Session {
    /// How to show progress.
    pub progress: Mode,
    /// How to run it.
    pub steam: SessionSettings,
}

impl Session {
    /// From the options of `apply`.
    pub fn from_apply(apply: &ApplyOptions) -> Result<Session> {
        Session::new(&apply.session, !apply.no_wait)
    }

    /// From the options of a command that runs SteamCMD.
    pub fn from_run(run: &GameRun) -> Result<Session> {
        Session::new(&run.session, !run.no_wait)
    }

    fn new(options: &SessionOptions, wait: bool) -> Result<Session> {
        if options.stall < 10 {
            return Err(Error::usage("--stall must be at least 10 seconds"));
        }
        Ok(Session {
            progress: mode(options.progress),
            steam: SessionSettings {
                limits: Limits::with_stall(Duration::from_secs(options.stall)),
                pauses: Pauses::new(Duration::from_secs(options.pause)),
                login: login(options)?,
                wait,
            },
        })
    }

    /// SteamCMD keeps a token of the account that the game was installed with, so that no password is needed.
    pub fn recognise_login(&mut self, installed_with: Option<&str>) {
        if let Some(login) = &mut self.steam.login {
            login.has_token = installed_with == Some(&login.user);
        }
    }
}

fn login(options: &SessionOptions) -> Result<Option<Login>> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let Some(user) = &options.login else { return Ok(None) };
    Login::new(user, options.password_file.as_deref(), credentials.as_deref()).map(Some)
}

/// How to show progress.
pub fn mode(mode: cli::Mode) -> Mode {
    match mode {
        cli::Mode::Auto => Mode::Auto,
        cli::Mode::Bar => Mode::Bar,
        cli::Mode::Plain => Mode::Plain,
        cli::Mode::Json => Mode::Json,
    }
}
