//! Whether a server can be started here, and what to do if not.

mod instances;
mod layers;
mod machine;
mod ports;
mod privileges;
mod server_unit;
mod text;
mod updates;

use crate::config::Config;
use crate::desired::desired;
use crate::plan::Plan;
use left4me::check::{Check, Status};
use left4me::host::Host;
use left4me::host_file::HOST_FILE;
use left4me::{Error, Result};
use left4me_steam::complete::{self, Incomplete};
use left4me_steam::preflight;

/// All checks, from the kernel up. `applied` is what the host is, `wanted` what it shall be.
pub fn check_all(applied: &Config, host: &Host, wanted: Result<Config>) -> Vec<Check> {
    let mut checks = machine::checks(host);
    match &wanted {
        Ok(config) => checks.push(in_sync(config)),
        Err(error) => checks.push(failed("configuration", error, "sudo left4me-setup config")),
    }
    let config = wanted.as_ref().unwrap_or(applied);
    if host.account().is_ok_and(|account| account.is_some()) {
        checks.push(game(host, config.with_game));
        checks.push(updates::check(host));
        checks.extend(preflight::checks(host, &config.source));
        checks.push(layers::check(host));
        checks.extend(privileges::checks(host));
        checks.extend(instances::checks(host, config.settings.ports.value));
        checks.push(text::check(host));
    }
    checks
}

/// Whether no check failed.
pub fn healthy(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.status != Status::Fail)
}

fn failed(name: &'static str, error: &Error, remedy: &str) -> Check {
    Check::fail(name, error.message(), error.remedy().unwrap_or(remedy))
}

/// The game as `game verify` sees it. Where it is not part of the host, the plan does not miss it, but a server does.
fn game(host: &Host, is_wanted: bool) -> Check {
    let name = "game";
    match complete::check(host) {
        Ok(Ok(complete)) => Check::ok(name, format!("build {}", complete.game.build)),
        Ok(Err(Incomplete::Missing(missing))) if !is_wanted => Check::fail(
            name,
            format!("{missing}, and {HOST_FILE} leaves the game out"),
            format!("write game: true into {HOST_FILE}, then: sudo left4me-setup apply"),
        ),
        Ok(Err(incomplete)) => Check::fail(name, incomplete.to_string(), incomplete.remedy()),
        Err(error) => failed(name, &error, "sudo left4me-setup game verify"),
    }
}

/// Whether `apply` would change anything. `plan` names each resource.
fn in_sync(config: &Config) -> Check {
    let name = "the plan";
    let plan = match config.host() {
        Ok(host) => Plan::inspect(desired(config), &host),
        Err(error) => return failed(name, &error, "sudo left4me-setup plan"),
    };
    match (plan.first_error(), plan.pending()) {
        (Some(error), _) => failed(name, error, "sudo left4me-setup plan"),
        (None, 0) => Check::ok(name, "every resource is in sync"),
        (None, n) => match plan.warning() {
            Some(warning) => Check::warn(name, warning, "sudo left4me-setup apply"),
            None if n == 1 => Check::fail(name, "one resource is not in sync", "sudo left4me-setup apply"),
            None => Check::fail(name, format!("{n} resources are not in sync"), "sudo left4me-setup apply"),
        },
    }
}
