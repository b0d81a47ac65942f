//! How often a log and a silence are worth a line.

use super::activity::{Activity, is_due, quiet_lines};
use super::log::Log;
use super::{Notes, Reporter};
use left4me::report::Progress;
use std::time::{Duration, Instant};

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

fn progress(phase: &str, done: u64, total: u64) -> Progress<'_> {
    Progress { task: "game (linux)", phase, done, total, is_download: phase == "downloading" }
}

#[test]
fn a_silence_is_reported_once_a_minute_and_forgotten_when_something_moves() {
    let mut activity = Activity::default();
    activity.start("client update");
    let notice = |seconds| activity.idle_notice(Duration::from_secs(seconds));
    let notices: Vec<Option<String>> = [59, 60, 61, 120, 1, 60].map(notice).into();
    let line = |seconds| Some(format!("client update: no progress for {seconds} s"));
    assert_eq!(notices, [None, line(60), None, line(120), None, line(60)]);
}

/// A slow download is quiet between its lines; a log still gets one every ten seconds.
#[test]
fn a_silence_does_not_put_off_a_line_of_a_log() {
    let log = Log::default();
    log.attempt("game (linux)");
    let long_ago = Instant::now().checked_sub(Duration::from_secs(11));
    log.activity.borrow_mut().shown_at = long_ago;
    log.idle(Duration::from_secs(1));
    assert_eq!(log.activity.borrow().shown_at, long_ago);
}

#[test]
fn figures_that_no_download_has_are_no_harm() {
    let mut activity = Activity::default();
    activity.update(&progress("downloading", u64::MAX, u64::MAX));
    assert!(activity.log_line(true).is_some());
}

#[test]
fn what_finished_says_how_much_in_which_time() {
    let notes = Notes::default();
    let outcome = |success| notes.activity.borrow().outcome(success);
    assert_eq!(outcome(true), None, "nothing was under way");
    notes.attempt("game (linux)");
    assert_eq!(outcome(true).as_deref(), Some("game: done in 0 s"));
    // A later phase that counts bytes of its own downloads nothing.
    for (phase, done) in [("downloading", 9_712_000_000), ("verifying update", 5)] {
        notes.progress(progress(phase, done, 9_712_000_000));
    }
    assert_eq!(outcome(true).as_deref(), Some("game: 9.7 GB in 0 s"));
    // Why it failed follows.
    assert_eq!(outcome(false), None);
    notes.activity.borrow_mut().started -= Duration::from_secs(723);
    assert_eq!(outcome(true).as_deref(), Some("game: 9.7 GB in 12 min 3 s"));
    assert_eq!(outcome(false).as_deref(), Some("game: failed after 12 min 3 s"));
}
