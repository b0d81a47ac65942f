//! `left4me-setup doctor`: could a server be started here, and if not, what to do.

use super::require_root;
use crate::cli::DoctorOptions;
use crate::config::{Config, Request};
use crate::doctor::{check_all, healthy};
use crate::say;
use left4me::Result;
use left4me::check::{Check, Status};
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;

const SCHEMA: u32 = 1;

/// `left4me-setup doctor`
pub fn command(options: DoctorOptions) -> Result<ExitCode> {
    require_root(None, "doctor")?;
    let applied = Config::as_applied(None)?;
    let checks = check_all(&applied, &applied.host()?, Config::new(Request::default()));
    say::answer(&if options.json {
        to_json(&checks)
    } else {
        say::fitting(&to_text(&checks, options.verbose))
    })?;
    Ok(if healthy(&checks) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn to_text(checks: &[Check], verbose: bool) -> String {
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
        insta::assert_snapshot!("words", to_text(&checks, false));
        insta::assert_snapshot!("words_verbose", to_text(&checks[..2], true));
        assert!(!healthy(&checks) && healthy(&checks[..2]));
    }
}
