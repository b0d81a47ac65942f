//! `left4me-setup doctor`: could a server be started here, and if not, what to do.

mod instances;
mod layers;
mod machine;
mod privileges;
mod text;

use crate::check::{Check, Status};
use crate::cli::DoctorOptions;
use crate::config::Config;
use crate::plan::{Plan, require_root_for};
use crate::{preflight, say};
use left4me::Result;
use left4me::host::Host;
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;

const SCHEMA: u32 = 1;

/// `left4me-setup doctor`
pub fn command(options: DoctorOptions) -> Result<ExitCode> {
    require_root_for(None, "doctor")?;
    let config = Config::of_this_host()?;
    let host = config.host()?;
    let checks = all(&config, &host);
    say::answer(&match options.json {
        true => to_json(&checks),
        false => say::fitting(&words(&checks, options.verbose)),
    })?;
    Ok(match healthy(&checks) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Everything, from the kernel up.
fn all(config: &Config, host: &Host) -> Vec<Check> {
    let mut checks = machine::all(host);
    checks.push(in_sync(config, host));
    if host.account().is_ok_and(|account| account.is_some()) {
        checks.extend(preflight::all(host, &config.source));
        checks.push(layers::check(host));
        checks.extend(privileges::all(host));
        checks.extend(instances::all(host));
        checks.push(text::check(host));
    }
    checks
}

fn healthy(checks: &[Check]) -> bool {
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

fn words(checks: &[Check], verbose: bool) -> String {
    let mut text = String::new();
    for check in checks {
        let mark = match check.status {
            Status::Ok if !verbose => continue,
            Status::Ok => "ok  ",
            Status::Warn => "warn",
            Status::Fail => "FAIL",
        };
        let _ = writeln!(text, "{mark}  {}: {}", check.name, check.sentence);
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "      hint: {remedy}");
        }
    }
    let count = |status| checks.iter().filter(|c| c.status == status).count();
    let (fails, warns) = (count(Status::Fail), count(Status::Warn));
    let verdict = if fails == 0 { "a server can be started" } else { "servers will not run properly here" };
    let plural = if warns == 1 { "" } else { "s" };
    let _ = writeln!(text, "{verdict}: {} checks, {fails} failed, {warns} warning{plural}", checks.len());
    text
}

fn to_json(checks: &[Check]) -> String {
    say::document(&json!({"schema": SCHEMA, "ok": healthy(checks), "checks": checks}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_a_contract() {
        let checks = [
            Check::ok("kernel", "Linux 6.12 mounts overlays"),
            Check::warn("firewall", "it drops by default", "open the UDP ports"),
            Check::fail("32-bit loader", "/lib/ld-linux.so.2 is missing", "apt install lib32gcc-s1"),
        ];
        insta::assert_snapshot!("json", to_json(&checks));
        insta::assert_snapshot!("words", words(&checks, false));
        insta::assert_snapshot!("words_verbose", words(&checks[..2], true));
        assert!(!healthy(&checks) && healthy(&checks[..2]));
    }
}
