//! `left4me-systemctl VERB NAME…`: what the runtime user may ask of systemd, as root.
//!
//! Two units, six verbs and one name rule, and one verb that takes no name; the environment and every other argument
//! are refused. [`instance`] says which names are instances, [`boot`] is what starts at boot, [`server`] starts and
//! stops, [`scratch`] is what a crash leaves behind, [`update`] is the update of the game.

mod boot;
mod instance;
mod scratch;
mod server;
mod update;

use left4me::name::InstanceName;
use left4me::{Error, ErrorKind, Result, helper};
use left4me_helpers::Helper;
use std::process::{Command, ExitCode, Stdio};

const HELPER: Helper = Helper {
    name: "left4me-systemctl",
    usage: "left4me-systemctl enable|disable|restart|stop-overlay|show|show-overlay NAME [NAME ...]|update-game",
    help: "\
usage: left4me-systemctl enable|disable|restart|stop-overlay|show|show-overlay
           NAME [NAME ...]
       left4me-systemctl update-game

  enable         start the servers, now and at every boot; one that cannot be
                 started is not started at the next boot either, unless it was
                 to be before
  disable        stop them, now and for the next boot; once it returns, their
                 file trees are unmounted
  restart        stop and start them
  stop-overlay   unmount their file trees (the servers stop with them) and wait
  show           print the state of servers, as Key=Value blocks; of more than
                 50, of all that are loaded
  show-overlay   the same for their file trees
  update-game    install or update the game; wait for the end, also of one
                 that another caller started

Names without an instance are not enabled or restarted.

Exit codes: systemctl's, or those of the update; 2 usage;
69 systemctl is not installed; 71 no such instance, or the helper itself failed.
",
};

fn main() -> ExitCode {
    HELPER.main(|arguments| {
        if arguments == [helper::UPDATE_GAME] {
            return Some(update::run().map_err(as_own));
        }
        let (verb, names) = parse(arguments)?;
        Some(names.and_then(|names| run(verb, &names)).map_err(as_own))
    })
}

/// An exit code that systemctl does not have: l4d2ctl has to tell the two apart.
fn as_own(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Failed => error.with_kind(ErrorKind::Exited(helper::exit::OWN_FAILURE)),
        _ => error,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Enable,
    Disable,
    Restart,
    StopOverlay,
    Show,
    ShowOverlay,
}

/// `None`: not the grammar. An error: a name that is none.
fn parse(arguments: &[&str]) -> Option<(Verb, Result<Vec<InstanceName>>)> {
    let (verb, names) = arguments.split_first()?;
    let verb = match *verb {
        "enable" => Verb::Enable,
        "disable" => Verb::Disable,
        "restart" => Verb::Restart,
        "stop-overlay" => Verb::StopOverlay,
        "show" => Verb::Show,
        "show-overlay" => Verb::ShowOverlay,
        _ => return None,
    };
    let names = names.iter().map(|name| InstanceName::parse(name));
    (names.len() > 0).then(|| (verb, names.collect()))
}

fn run(verb: Verb, names: &[InstanceName]) -> Result<ExitCode> {
    let servers = units("server", names);
    if matches!(verb, Verb::Enable | Verb::Restart) {
        // Known to be there before anything is looked at or promised to the next boot.
        left4me_helpers::tool("systemctl")?;
        instance::require(names)?;
    }
    match verb {
        Verb::Enable => server::enable(names, &servers),
        Verb::Disable => server::disable(names, &servers, &with_trees(names)),
        Verb::Restart => server::restart(&servers),
        Verb::StopOverlay => become_systemctl(&["stop", "--no-ask-password"], &with_trees(names)),
        Verb::Show => become_systemctl(&helper::SHOW, &helper::units_to_show("server", names)),
        Verb::ShowOverlay => become_systemctl(&helper::SHOW, &helper::units_to_show("overlay", names)),
    }
}

fn units(kind: &str, names: &[InstanceName]) -> Vec<String> {
    names.iter().map(|name| format!("left4me-{kind}@{name}.service")).collect()
}

/// What has to stop for a tree to be unmounted. One of the predecessor's servers has its tree without a unit.
fn with_trees(names: &[InstanceName]) -> Vec<String> {
    let mut all = units("server", names);
    all.extend(units("overlay", names));
    all
}

fn become_systemctl(arguments: &[&str], units: &[String]) -> Result<ExitCode> {
    let mut systemctl = systemctl(arguments, units)?;
    systemctl.stdin(Stdio::inherit());
    Err(left4me_helpers::become_command(systemctl))
}

fn systemctl(arguments: &[&str], units: &[String]) -> Result<Command> {
    let mut systemctl = left4me_helpers::tool("systemctl")?;
    systemctl.args(arguments).args(units).stdin(Stdio::null());
    Ok(systemctl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<(Verb, Vec<String>)> {
        let words: Vec<&str> = line.split(' ').collect();
        parse(&words).map(|(verb, names)| (verb, units("server", &names.expect("names"))))
    }

    #[test]
    fn verbs() {
        for (line, verb) in [
            ("enable a-b c", Verb::Enable),
            ("disable a-b c", Verb::Disable),
            ("restart a-b c", Verb::Restart),
            ("stop-overlay a-b c", Verb::StopOverlay),
            ("show a-b c", Verb::Show),
            ("show-overlay a-b c", Verb::ShowOverlay),
        ] {
            let units = ["left4me-server@a-b.service", "left4me-server@c.service"].map(str::to_owned);
            assert_eq!(parsed(line), Some((verb, units.to_vec())));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for line in [
            "",
            "start 1",
            "enable",
            "stop-overlay",
            "show",
            "--now enable 1",
            "daemon-reload",
            "update-game",
            "update-game 1",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
        for name in ["-h", "../x", "a.service", "A", "a b", "1\n", "--root=/x", "*", "--", ""] {
            let error = parse(&["enable", "ok", name]).expect("grammar").1.expect_err(name);
            assert_eq!(error.exit_code(), 2);
        }
    }
}
