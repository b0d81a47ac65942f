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

/// A slow download is quiet between its lines; a log still gets one every ten seconds.
#[test]
fn a_silence_does_not_put_off_a_line_of_a_log() {
    let progress = Progress::with(Sink::Lines);
    progress.rung(Rung::Windows { validate: false }, true);
    let long_ago = Instant::now().checked_sub(Duration::from_secs(11));
    progress.now.borrow_mut().line_at = long_ago;
    progress.quiet(Duration::from_secs(1));
    assert_eq!(progress.now.borrow().line_at, long_ago);
}

#[test]
fn figures_that_no_download_has_are_no_harm() {
    let progress = Progress::silent();
    progress.rung(Rung::Bootstrap, false);
    let phase = "downloading".to_owned();
    progress.event(&Event::Bootstrap { phase, percent: Some(255), kib: Some((u64::MAX, u64::MAX)) });
}

#[test]
fn what_finished_says_how_much_in_which_time() {
    let progress = Progress::silent();
    let moved = |phase: &str, done| Event::Update {
        state: 0x61,
        phase: phase.into(),
        basis_points: 0,
        done,
        total: 9_712_000_000,
    };
    let outcome = |well| progress.now.borrow().outcome(well);
    progress.rung(Rung::Linux { validate: true }, false);
    assert_eq!(outcome(true).as_deref(), Some("game: done in 0 s"));
    // A later phase that counts bytes of its own downloads nothing.
    for event in [moved("downloading", 9_712_000_000), moved("verifying update", 5)] {
        progress.event(&event);
    }
    assert_eq!(outcome(true).as_deref(), Some("game: 9.7 GB in 0 s"));
    // Why it failed follows.
    assert_eq!(outcome(false), None);
    let long_ago = Duration::from_secs(723);
    progress.now.borrow_mut().started -= long_ago;
    assert_eq!(outcome(true).as_deref(), Some("game: 9.7 GB in 12 min 3 s"));
    assert_eq!(outcome(false).as_deref(), Some("game: failed after 12 min 3 s"));
}
