use crate::progress::Progress;
use clap::Args;
use left4me::{Error, Result, child};
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;

const SETUP: &str = "/usr/bin/left4me-setup";

/// Install or update the shared game (runs 'left4me-setup game update').
#[derive(Debug, Args)]
pub struct Install {
    /// Arguments for 'left4me-setup game update'.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Install {
    /// Leaves the work to left4me-setup, which runs as root and as the runtime user. Like the predecessor's
    /// `install`, `game update` also installs a game that is missing. A program that reads our output, such as
    /// the web app, gets step lines too.
    pub fn run(self) -> Result<ExitCode> {
        let missing = |error| {
            Error::new(format!("cannot run {SETUP}: {error}")).hint("install the package left4me-setup")
        };
        let mut setup = child::command(SETUP);
        child::pass(&mut setup, is_for_setup);
        setup.args(["game", "update"]).args(&self.arguments);
        if std::io::stdout().is_terminal() || !self.arguments.is_empty() {
            return Err(missing(setup.exec()));
        }
        let progress = Progress::default();
        progress.step("downloading linux platform payload...");
        let status = setup.status().map_err(missing)?;
        if status.success() {
            progress.step("installation complete.");
        }
        Ok(ExitCode::from(child::exit_code(status)))
    }
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
