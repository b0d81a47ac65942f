//! sudo, with which the runtime user calls the helpers, for the web app and l4d2ctl.

use crate::deployed;
use crate::predecessor::web_app;
use left4me::check::Check;
use left4me::helper::exit;
use left4me::host::Host;
use left4me::layout::{LIBEXEC, RUNTIME_USER};
use left4me::{Context, Result, child};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ExitStatus, Output, Stdio};

const HELPERS: [&str; 3] = ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"];
const FILE: &str = deployed::SUDOERS.path;

/// All checks of privileges.
pub fn checks(host: &Host) -> Vec<Check> {
    [syntax(), callable(host)].into_iter().chain(web_app(host)).collect()
}

/// One broken file in sudoers.d can disable sudo for everyone.
fn syntax() -> Check {
    let name = "sudoers";
    match Host::run("visudo", &["--check"]) {
        Ok(_) => Check::ok(name, "the syntax is valid"),
        Err(error) => {
            Check::fail(name, error.message(), "sudo visudo -c shows where; keep a root shell open")
        }
    }
}

/// Calls each helper without arguments, which it answers with its usage.
fn callable(host: &Host) -> Check {
    let name = "privileged helpers";
    for helper in HELPERS {
        let path = format!("{LIBEXEC}/{helper}");
        match call(host, &path) {
            Ok(output) if output.status.code() == Some(i32::from(exit::USAGE)) => {}
            Ok(_) if !is_program(&path) => {
                let sentence = format!("{path} is not a program");
                return Check::fail(name, sentence, "apt install --reinstall left4me-setup");
            }
            Ok(output) => {
                let reason = child::reason(output.status, &output.stderr);
                let sentence = format!("{RUNTIME_USER} cannot run `sudo {path}`: {reason}");
                return Check::fail(name, sentence, remedy(output.status));
            }
            Err(error) => return Check::fail(name, error.message(), "apt install sudo left4me-setup"),
        }
    }
    Check::ok(name, format!("{RUNTIME_USER} can run them through sudo"))
}

/// The web app works with either `l4d2ctl`, but our documentation describes ours.
fn web_app(host: &Host) -> Option<Check> {
    let theirs = web_app::before_ours(host)?;
    let sentence = format!("it runs {}, not our l4d2ctl", theirs.display());
    Some(Check::warn("web app", sentence, web_app::REMEDY))
}

fn is_program(path: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn call(host: &Host, path: &str) -> Result<Output> {
    let ids = host.runtime_user()?;
    child::command("/usr/bin/sudo")
        .args(["-n", path])
        .uid(ids.uid)
        .gid(ids.gid)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .context(|| "cannot run sudo".into())
}

/// The last rule that matches wins, so a later one may revoke ours.
fn remedy(status: ExitStatus) -> String {
    if status.signal().is_some() {
        return "sudo itself fails, not its rules: apt install --only-upgrade sudo".into();
    }
    let mut later: Vec<String> = std::fs::read_dir("/etc/sudoers.d")
        .map(|entries| entries.flatten().map(|e| e.path().display().to_string()).collect())
        .unwrap_or_default();
    later.retain(|path| path.as_str() > FILE && !path.rsplit('/').next().unwrap_or("").contains(['.', '~']));
    later.sort();
    let main = std::fs::read_to_string("/etc/sudoers").unwrap_or_default();
    if rules_after_include(&main) {
        later.insert(0, "/etc/sudoers, below its @includedir".into());
    }
    if later.is_empty() {
        return format!(
            "sudo -l -U {RUNTIME_USER} shows what it may run; sudo left4me-setup plan --diff shows what was changed"
        );
    }
    format!(
        "a later rule may revoke ours; sudo reads these after {FILE}: {} (sudo -l -U {RUNTIME_USER})",
        later.join(", ")
    )
}

fn rules_after_include(sudoers: &str) -> bool {
    let mut lines = sudoers.lines().map(str::trim).skip_while(|l| !l.ends_with("includedir /etc/sudoers.d"));
    lines.next();
    lines.any(|l| !l.is_empty() && !l.starts_with('#') && !l.starts_with('@'))
}

#[cfg(test)]
mod tests {
    use super::rules_after_include;

    #[test]
    fn rules_after_the_include_are_found() {
        let table = [
            ("root ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n", false),
            ("root ALL=(ALL) ALL\n#includedir /etc/sudoers.d\n# a comment\n\n", false),
            ("@includedir /etc/sudoers.d\nALL ALL=(ALL) PASSWD: ALL\n", true),
            ("ALL ALL=(ALL) ALL\n", false),
        ];
        for (text, want) in table {
            assert_eq!(rules_after_include(text), want, "{text}");
        }
    }
}
