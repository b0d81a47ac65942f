//! How often a log and a silence are worth a line.

use super::now::is_due;
use super::*;

#[test]
fn a_log_gets_few_lines() {
    let seconds = Duration::from_secs_f64;
    let table = [
        (0.5, true, 10_000, false),
        (1.0, true, 0, true),
        (1.0, false, 499, false),
        (1.0, false, 500, true),
        (9.9, false, 0, false),
        (10.0, false, 0, true),
    ];
    for (since, new_phase, further, due) in table {
        assert_eq!(is_due(seconds(since), new_phase, further), due, "{since} {new_phase} {further}");
    }
    let quiet = [(59, 0), (60, 1), (119, 1), (120, 2), (900, 15)];
    for (after, lines) in quiet {
        assert_eq!(quiet_lines(Duration::from_secs(after)), lines);
    }
}

#[test]
fn a_silence_is_said_once_a_minute_and_forgotten_when_something_moves() {
    let progress = Progress::silent();
    progress.rung(Rung::Bootstrap, false);
    for (seconds, said) in [(59, 0), (60, 1), (61, 1), (120, 2)] {
        progress.quiet(Duration::from_secs(seconds));
        assert_eq!(progress.now.borrow().quiet_said, said);
    }
    // Words that are no progress do not make it worth another line.
    progress.event(&Event::Error("chatter".into()));
    assert_eq!(progress.now.borrow().quiet_said, 2);
    progress.event(&Event::LoggedIn);
    progress.quiet(Duration::from_secs(1));
    assert_eq!(progress.now.borrow().quiet_said, 0);
}

#[test]
fn figures_that_no_download_has_are_no_harm() {
    let progress = Progress::silent();
    progress.rung(Rung::Bootstrap, false);
    let phase = "downloading".to_owned();
    progress.event(&Event::Bootstrap { phase, percent: Some(255), kib: Some((u64::MAX, u64::MAX)) });
}
