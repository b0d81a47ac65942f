//! `left4me-setup status`: what this host is, in a few lines.

use super::require_root;
use crate::cli::StatusOptions;
use crate::config::{Config, Request};
use crate::say;
use crate::status::{self, Status};
use left4me::Result;
use std::fmt::Write;
use std::process::ExitCode;

/// `left4me-setup status`
pub fn command(options: StatusOptions) -> Result<ExitCode> {
    require_root(options.sysroot.as_deref(), "status")?;
    let host = Config::as_applied(options.sysroot.as_deref())?.host()?;
    let wanted = Config::new(Request { sysroot: options.sysroot, ..Request::default() });
    let status = status::collect(&host, &wanted)?;
    say::answer(&if options.json { say::document(&status) } else { to_text(&status) })?;
    Ok(ExitCode::SUCCESS)
}

fn to_text(status: &Status) -> String {
    let mut text = String::new();
    let present = |there| if there { "present" } else { "absent" };
    let game = match (&status.game.verified, &status.game.missing) {
        (Some(game), _) => match &game.version {
            Some(version) => format!("version {version}, build {}", game.build),
            None => format!("build {}", game.build),
        },
        (None, Some(missing)) => missing.clone(),
        (None, None) => "unknown".into(),
    };
    let running = status.instances.iter().filter(|i| i.state.as_deref() == Some("active")).count();
    let _ = writeln!(text, "left4me-setup  {}", status.version);
    let _ = writeln!(text, "root           {}", status.root);
    let _ = writeln!(text, "runtime user   {}", present(status.user));
    let _ = writeln!(text, "SteamCMD       {}", present(status.steamcmd));
    let _ = writeln!(text, "game           {game}");
    let _ = match status.instances.len() {
        0 => writeln!(text, "instances      none"),
        count => writeln!(text, "instances      {count}, {running} running (l4d2ctl list)"),
    };
    for problem in &status.problems {
        let _ = writeln!(text, "warning: {}\nhint: {}", problem.sentence, problem.remedy);
    }
    text
}
