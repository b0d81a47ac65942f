//! Could a server be started here, and if not, what to do.

mod instances;
mod layers;
mod machine;
mod privileges;
mod text;

use crate::config::Config;
use crate::plan::Plan;
use left4me::check::{Check, Status};
use left4me::host::Host;
use left4me_steam::preflight;

/// Everything, from the kernel up.
pub fn check_all(config: &Config, host: &Host) -> Vec<Check> {
    let mut checks = machine::all(host);
    checks.push(in_sync(config, host));
    if host.account().is_ok_and(|account| account.is_some()) {
        checks.extend(preflight::checks(host, &config.source));
        checks.push(layers::check(host));
        checks.extend(privileges::all(host));
        checks.extend(instances::all(host));
        checks.push(text::check(host));
    }
    checks
}

/// Whether no check failed.
pub fn healthy(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.status != Status::Fail)
}

/// What `apply` would change, `doctor` does not examine one by one.
fn in_sync(config: &Config, host: &Host) -> Check {
    let plan = Plan::of(config, host);
    let name = "the plan";
    match (plan.first_error(), plan.pending()) {
        (Some(error), _) => {
            Check::fail(name, error.message(), error.remedy().unwrap_or("sudo left4me-setup plan"))
        }
        (None, 0) => Check::ok(name, "everything is as it should be"),
        // A list out of date keeps no server from starting.
        (None, n) if n == plan.unlisted() => Check::warn(
            name,
            "Steam's files changed since they were listed, so that a lost one would go unseen",
            "sudo left4me-setup apply",
        ),
        (None, 1) if plan.has_damaged_record() => {
            Check::warn(name, "the record of what was downloaded cannot be read", "sudo left4me-setup apply")
        }
        (None, n) => {
            Check::fail(name, format!("{n} things are not as they should be"), "sudo left4me-setup apply")
        }
    }
}
