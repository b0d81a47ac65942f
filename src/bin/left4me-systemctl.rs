//! `left4me-systemctl VERB NAME`: what the runtime user may ask of systemd, as root.
//!
//! Two units, six verbs and one name rule; the environment and every other argument are refused.

use left4me_setup::name::InstanceName;
use left4me_setup::{Result, helper};
use std::process::{Command, ExitCode, Stdio};

const PROGRAM: &str = "left4me-systemctl";
const USAGE: &str =
    "left4me-systemctl enable|disable|restart|stop-overlay NAME | show|show-overlay NAME [NAME ...]";
const HELP: &str = "\
usage: left4me-systemctl enable|disable|restart|stop-overlay NAME
       left4me-systemctl show|show-overlay NAME [NAME ...]

  enable         start the server NAME, now and at every boot
  disable        stop it, now and for the next boot
  restart        stop and start it
  stop-overlay   unmount its file tree (the server stops with it) and wait
  show           print the state of servers, as Key=Value blocks
  show-overlay   the same for their file trees

Exit codes: systemctl's; 2 usage; 69 systemctl is not installed.
";

/// What `show` tells; l4d2ctl reads exactly these.
const PROPERTIES: &str = "--property=Id,ActiveState,SubState,Result,MainPID,NRestarts,ActiveEnterTimestamp,\
                          ActiveEnterTimestampMonotonic,MemoryCurrent,UnitFileState";

fn main() -> ExitCode {
    let Some(arguments) = helper::arguments() else { return helper::usage(USAGE) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(done) = helper::about(&arguments, PROGRAM, HELP) {
        return done;
    }
    let Some(request) = parse(&arguments) else { return helper::usage(USAGE) };
    match request.and_then(run) {
        Ok(never) => match never {},
        Err(error) => error.report(PROGRAM),
    }
}

/// The systemctl call to become, and whether failures of the past are forgotten first.
#[derive(Debug, PartialEq)]
struct Request {
    forget_failures_of: Option<InstanceName>,
    arguments: Vec<String>,
}

/// `None`: not the grammar. An error: a name that is none.
fn parse(arguments: &[&str]) -> Option<Result<Request>> {
    let (verb, names) = arguments.split_first()?;
    let options: &[&str] = match *verb {
        "enable" => &["enable", "--now", "--no-ask-password"],
        "disable" => &["disable", "--now", "--no-ask-password"],
        "restart" => &["restart", "--no-ask-password"],
        "stop-overlay" => &["stop", "--no-ask-password"],
        "show" | "show-overlay" => &["show", "--no-pager", "--timestamp=unix", PROPERTIES],
        _ => return None,
    };
    let many = verb.starts_with("show");
    if names.is_empty() || (names.len() > 1 && !many) {
        return None;
    }
    let unit = if verb.ends_with("-overlay") { "overlay" } else { "server" };
    let names = match names.iter().map(|name| InstanceName::parse(name)).collect::<Result<Vec<_>>>() {
        Ok(names) => names,
        Err(error) => return Some(Err(error)),
    };
    let units = names.iter().map(|name| format!("left4me-{unit}@{name}.service"));
    Some(Ok(Request {
        arguments: options.iter().map(ToString::to_string).chain(units).collect(),
        forget_failures_of: matches!(*verb, "enable" | "restart").then(|| names[0].clone()),
    }))
}

fn run(request: Request) -> Result<std::convert::Infallible> {
    if let Some(name) = request.forget_failures_of {
        // A start limit hit by crashes must not refuse a person's start; units never loaded fail here.
        let _ = helper::tool("systemctl")?
            .args(["reset-failed", "--no-ask-password"])
            .args(["overlay", "server"].map(|unit| format!("left4me-{unit}@{name}.service")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
    let mut systemctl: Command = helper::tool("systemctl")?;
    systemctl.args(request.arguments);
    Err(helper::become_command(systemctl))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Option<String> {
        let words: Vec<&str> = line.split(' ').collect();
        parse(&words).map(|request| request.expect("a name").arguments.join(" "))
    }

    #[test]
    fn verbs() {
        for (line, expected) in [
            ("enable 1", "enable --now --no-ask-password left4me-server@1.service"),
            ("disable a-b", "disable --now --no-ask-password left4me-server@a-b.service"),
            ("restart 1", "restart --no-ask-password left4me-server@1.service"),
            ("stop-overlay 1", "stop --no-ask-password left4me-overlay@1.service"),
        ] {
            assert_eq!(arguments(line).as_deref(), Some(expected));
        }
        let show = arguments("show-overlay a b").expect("show-overlay takes several");
        assert!(
            show.ends_with("UnitFileState left4me-overlay@a.service left4me-overlay@b.service"),
            "{show}"
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for line in
            ["", "start 1", "enable", "enable a b", "stop-overlay", "show", "--now enable 1", "daemon-reload"]
        {
            assert_eq!(arguments(line), None, "{line}");
        }
        for name in ["-h", "../x", "a.service", "A", "a b", "1\n", "--root=/x", "*"] {
            let error = parse(&["show", "ok", name]).expect("grammar").expect_err(name);
            assert_eq!(error.exit_code(), 2);
        }
    }
}
