//! A SteamCMD that means harm: it cannot hold up the run that started it.

use super::Place;
use crate::failure::Exit;
use crate::session::Transcript;
use crate::session::{Limits, Session, SessionEvent, SessionResult, run};
use left4me::Result;
use nix::sys::signal::{Signal, raise};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// A session of `script`, ended after so many seconds without progress.
fn session(script: &str, stall: u64, on: &mut dyn FnMut(SessionEvent)) -> Result<SessionResult> {
    bounded(script, Limits::with_stall(Duration::from_secs(stall)), on)
}

fn bounded(script: &str, limits: Limits, on: &mut dyn FnMut(SessionEvent)) -> Result<SessionResult> {
    let place = Place::new();
    let path = place.host.layout.steamcmd_sh();
    std::fs::create_dir(place.host.layout.steam()).unwrap();
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let session = Session {
        arguments: &[],
        limits,
        transcript: &mut Transcript::new(tempfile::tempfile().unwrap()),
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
    let error = session(DETACHED, 60, &mut |event| {
        if matches!(event, SessionEvent::Idle(_)) {
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

/// Traced by its own child when it ends, which keeps it from us as long as the child lives.
const TRACED: &str = r#"#!/usr/bin/perl
pipe(my $ready, my $seized);
$SIG{HUP} = "IGNORE";
if (!fork) {
    syscall(101, 0x4206, getppid() + 0, 0, 0);
    close $_ for *STDIN, *STDOUT, *STDERR;
    syswrite($seized, "x");
    select(undef, undef, undef, 1);
    exit;
}
sysread($ready, my $go, 1);
exit 7;
"#;

/// What this thread has had of the processor.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let ticks = stat.rsplit(") ").next().unwrap().split(' ').skip(11).take(2);
    Duration::from_millis(ticks.map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum())
}

#[test]
fn one_that_is_dead_and_traced_is_waited_for_in_peace() {
    let before = processor_time();
    assert_eq!(session(TRACED, 60, &mut |_| ()).unwrap().exit, Exit::Code(7));
    let used = processor_time() - before;
    assert!(used < Duration::from_millis(100), "{used:?} of the processor");
}

/// A line every 50 ms, with a number that is never the same.
fn chatter(line: &str) -> String {
    format!(
        "#!/usr/bin/perl\n$| = 1;\nfor (1 .. 1e9) {{ print \"{line}\\n\"; select(undef, undef, undef, 0.05) }}\n"
    )
}

#[test]
fn words_without_end_are_no_progress() {
    for line in
        ["ERROR! a $_", "FAILED (a $_)", "Update state is a $_", "Error! App '222860' state is 0x$_ after"]
    {
        assert_eq!(session(&chatter(line), 1, &mut |_| ()).unwrap().exit, Exit::Stalled(1), "{line}");
    }
}

#[test]
fn progress_without_end_is_ended_too() {
    let limits = Limits { longest: Duration::from_secs(2), ..Limits::with_stall(Duration::from_secs(1)) };
    for line in ["[  0%] Downloading Update ($_ of 9 KB)", "Update state (0x61) a, progress: 0.01 ($_ / 9)"] {
        assert_eq!(bounded(&chatter(line), limits, &mut |_| ()).unwrap().exit, Exit::TimedOut(2), "{line}");
    }
}

#[test]
fn a_flood_is_ended() {
    let limits = Limits { output: 1 << 20, ..Limits::with_stall(Duration::from_secs(60)) };
    for line in ["ERROR! a $_\\n", "[[[[[[[[", "x", "\\x1b[", "\\0", "\\xff"] {
        let script = format!("#!/usr/bin/perl\nprint \"{line}\" x 1000 for 1 .. 1e9;\n");
        assert_eq!(bounded(&script, limits, &mut |_| ()).unwrap().exit, Exit::OutputLimit(1 << 20), "{line}");
    }
}
