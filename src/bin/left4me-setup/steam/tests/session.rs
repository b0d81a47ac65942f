//! A SteamCMD that means harm: it cannot hold up the run that started it.

use super::Place;
use crate::steam::session::{Heard, Said, Session, run};
use left4me_setup::Result;
use left4me_setup::steamcmd::failure::Exit;
use nix::sys::signal::{Signal, raise};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// A session of `script`, ended after so many seconds without news.
fn session(script: &str, stall: u64, on: &mut dyn FnMut(Said)) -> Result<Heard> {
    let place = Place::new();
    let path = place.host.layout.steamcmd_sh();
    std::fs::create_dir(place.host.layout.steam()).unwrap();
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let session = Session {
        arguments: &[],
        stall: Duration::from_secs(stall),
        transcript: &mut tempfile::tempfile().unwrap(),
        answer: &mut |_, _| Ok(None),
    };
    run(&place.host, session, on)
}

/// Its terminal is gone, and it is not.
const DETACHED: &str = "#!/bin/sh\nexec <&- >&- 2>&-\nexec sleep inf\n";

#[test]
fn one_that_closed_its_terminal_is_ended_as_one_that_is_silent() {
    assert_eq!(session(DETACHED, 1, &mut |_| ()).unwrap().exit, Exit::Stalled(1));
}

#[test]
fn one_that_closed_its_terminal_can_be_interrupted() {
    let error = session(DETACHED, 60, &mut |said| {
        if matches!(said, Said::Quiet(_)) {
            raise(Signal::SIGTERM).unwrap();
        }
    });
    assert_eq!(error.err().map(|error| error.exit_code()), Some(143));
}

#[test]
fn one_that_closed_its_terminal_and_ends_has_ended() {
    let script = "#!/bin/sh\nexec <&- >&- 2>&-\nexit 7\n";
    assert_eq!(session(script, 60, &mut |_| ()).unwrap().exit, Exit::Code(7));
}

#[test]
fn what_it_leaves_on_the_terminal_does_not_hold_up() {
    let script = "#!/bin/sh\ntrap '' HUP\nsleep 5 &\nexit 7\n";
    assert_eq!(session(script, 60, &mut |_| ()).unwrap().exit, Exit::Code(7));
}
