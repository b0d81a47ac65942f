//! `left4me-setup game update --scheduled`: what host.yaml says under `update:`.

use crate::commands::require_root;
use crate::config::{Config, Request};
use crate::settings::UpdateSettings;
use left4me::{Context, Result, child};
use std::process::{ExitCode, Stdio};

const L4D2CTL: &str = "/usr/bin/l4d2ctl";

/// How this host is updated by the clock; a mistake in host.yaml stops it before anything is done.
pub fn settings() -> Result<UpdateSettings> {
    require_root(None, "game update --scheduled")?;
    Ok(Config::new(Request::default())?.settings.update)
}

/// Leaves the servers that run another build to `left4me-restart.timer`. Where none does, nothing is left to it.
pub fn queue_restarts(update: &UpdateSettings) -> Result<ExitCode> {
    let mut restart = child::command(L4D2CTL);
    restart.args(arguments(update)).stdin(Stdio::null());
    let ended = restart.status().context(|| format!("cannot run {L4D2CTL}"))?;
    Ok(ExitCode::from(child::exit_code(ended)))
}

fn arguments(update: &UpdateSettings) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["restart", "--all", "--when-empty", "--queue", "--warn"].map(str::to_owned).to_vec();
    arguments.push(update.warn.value.to_string());
    if let Some(deadline) = update.deadline.value {
        arguments.extend(["--deadline".to_owned(), deadline.to_string()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Overrides, Settings};
    use left4me::host_file::HostFile;

    #[test]
    fn restarts_are_left_to_the_queue_as_the_file_says() {
        let arguments = |text: &str| {
            let file = HostFile::parse(text, "f").unwrap();
            let settings = Settings::resolve(Overrides::default(), Some(("f", file)), || Ok(None)).unwrap();
            arguments(&settings.update).join(" ")
        };
        assert_eq!(arguments("update: true"), "restart --all --when-empty --queue --warn 60");
        assert_eq!(
            arguments("update: {warn: 0, deadline: '6:00'}"),
            "restart --all --when-empty --queue --warn 0 --deadline 06:00"
        );
    }
}
