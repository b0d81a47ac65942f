//! `left4me-setup uninstall`: asks, removes what `apply` made, and says what stays.

use super::require_root;
use crate::cli::UninstallOptions;
use crate::config::Config;
use crate::say;
use crate::uninstall::{self, Report};
use left4me::host::Host;
use left4me::{Context, Error, Result, ask};
use std::process::ExitCode;

/// `left4me-setup uninstall`
pub fn command(options: UninstallOptions) -> Result<ExitCode> {
    require_root(options.sysroot.as_deref(), "uninstall")?;
    let config = Config::as_applied(options.sysroot.as_deref())?;
    let host = config.host()?;
    let _lock = host.lock(!options.no_wait, say::problem)?;
    if !options.yes && !confirm(&host, options.purge)? {
        return Err(Error::new("nothing was changed"));
    }
    let report = uninstall::uninstall(&config, &host, options.purge)?;
    summarize(&host, options.purge, &report);
    report.left_behind.iter().for_each(|line| say::line(line));
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn confirm(host: &Host, purge: bool) -> Result<bool> {
    let root = host.layout.root().display();
    if !purge {
        return ask::yes(
            &format!("All game servers will be stopped, and what apply made outside {root} removed."),
            "left4me-setup uninstall --yes",
        );
    }
    ask::typed(
        &format!(
            "All game servers will be stopped; the game, all instances and everything else in {root} will be lost."
        ),
        &host_name()?,
        "left4me-setup uninstall --purge --yes",
    )
}

fn host_name() -> Result<String> {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .context(|| "cannot read the host's name".into())
}

fn summarize(host: &Host, purge: bool, report: &Report) {
    say::line(&format!("{} removed, {} kept, {} failed", report.removed, report.kept, report.failed));
    if !purge && host.path(host.layout.root()).exists() {
        say::line(&format!(
            "{} and the user left4me are kept (left4me-setup uninstall --purge removes both)",
            host.layout.root().display()
        ));
    }
    if !uninstall::packaged(host).is_empty() {
        say::line("the package itself is still installed: apt remove left4me-setup");
    }
}
