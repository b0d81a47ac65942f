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
    progress.event(&Event::LoggedIn);
    assert_eq!(progress.now.borrow().quiet_said, 0);
}
