use crate::progress::Progress;
use crate::runtime_user::become_runtime_user;
use crate::update_game::update_game;
use clap::Args;
use left4me::{Error, Result, child, shell};
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;

const SETUP: &str = "/usr/bin/left4me-setup";

/// Install or update the shared game (runs 'left4me-setup game update').
#[derive(Debug, Args)]
#[command(after_help = "\
When the runtime user calls it, for example from the web app, it starts root's unit left4me-install.service, which does the \
same without arguments, and shows its output. A second caller joins the first. Ctrl-C ends the output, not the update.")]
pub struct Install {
    /// Arguments for 'left4me-setup game update'; only root may pass any.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Install {
    /// Leaves the work to left4me-setup, which runs as root and as the runtime user. Like the predecessor's
    /// `install`, `game update` also installs a game that is missing. A program that reads our output, such as
    /// the web app, gets step lines too.
    pub fn run(self) -> Result<ExitCode> {
        if !rustix::process::geteuid().is_root() {
            return self.ask_root();
        }
        let missing = |error| {
            Error::new(format!("cannot run {SETUP}: {error}")).hint("install the package left4me-setup")
        };
        let mut setup = child::command(SETUP);
        child::pass(&mut setup, is_for_setup);
        setup.args(["game", "update"]).args(&self.arguments);
        if std::io::stdout().is_terminal() || !self.arguments.is_empty() {
            return Err(missing(setup.exec()));
        }
        with_steps(|| Ok(child::exit_code(setup.status().map_err(missing)?)))
    }

    /// Only the runtime user may, and only this.
    fn ask_root(self) -> Result<ExitCode> {
        become_runtime_user()?;
        if !self.arguments.is_empty() {
            return Err(Error::usage("only root may give arguments to 'left4me-setup game update'")
                .hint(shell::sudo_again("l4d2ctl")));
        }
        with_steps(update_game)
    }
}

/// The lines that the web app knows around the work, which returns an exit code.
fn with_steps(work: impl FnOnce() -> Result<u8>) -> Result<ExitCode> {
    let progress = Progress::default();
    progress.step("downloading linux platform payload...");
    let code = work()?;
    if code == 0 {
        progress.step("installation complete.");
    }
    Ok(ExitCode::from(code))
}

/// The environment variables that left4me-setup reads: its options, the terminal's and the proxies'.
fn is_for_setup(variable: &str) -> bool {
    const EXACT: [&str; 11] = [
        "CREDENTIALS_DIRECTORY",
        "TERM",
        "COLUMNS",
        "NO_COLOR",
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
    ];
    variable.starts_with("LEFT4ME_") || variable.starts_with("SSL_CERT_") || EXACT.contains(&variable)
}
