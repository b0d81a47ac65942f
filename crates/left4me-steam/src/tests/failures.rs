//! Failures as a session meets them, one of each class; the table of all of them is tested without a process, in
//! `failure/tests.rs`.

use super::{Place, config, installed};
use crate::failure::tests::classify;
use crate::install::{Action, Installed, install};
use left4me::Result;
use left4me::child::signal_name;
use left4me::report::Silent;
use left4me_test_support::transcripts::{self, Transcript};
use std::mem::discriminant;

fn update(place: &Place) -> Result<Installed> {
    install(&place.host, &config(), &Silent, Action::Update)
}

/// The first transcript of each class of failures.
fn one_of_each_class() -> Vec<Transcript> {
    let mut classes = Vec::new();
    let mut is_new = |transcript: &Transcript| {
        let failure = classify(&[transcript.text.as_bytes()], transcript.exit).unwrap_err();
        let class = discriminant(&failure.class());
        let is_new = !classes.contains(&class);
        classes.push(class);
        is_new
    };
    transcripts::load().into_iter().filter(|transcript| is_new(transcript)).collect()
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn each_class_of_failures_has_its_end() {
    let place = installed();
    let transcripts = one_of_each_class();
    assert_eq!(transcripts.len(), 6, "Class has as many variants");
    for transcript in transcripts {
        let text = transcript.text.as_str();
        let mode = format!("say_{}", transcript.exit);
        place.say(text);
        place.behave(&[mode.as_str(); 9]);
        let error = update(&place).expect_err(text);
        assert!(error.message().contains(transcript.message), "{text:?}: {error}");
        // Whatever it was: the game is as it was.
        assert!(error.message().starts_with("the game is not updated: "), "{text:?}: {error}");
        assert!(error.message().contains("(build 16546402 is installed; tried: "), "{text:?}: {error}");
        assert!(error.remedy().is_some_and(|remedy| remedy.contains(transcript.hint)), "{text:?}: {error:?}");
        assert_eq!(tried(error.message()), transcript.attempts, "{text:?}: {error}");
        // Seen once only, a failure that is retried is overcome.
        place.behave(&[&mode]);
        let once = update(&place);
        assert_eq!(once.is_ok(), transcript.attempts > 1, "{text:?}: {once:?}");
    }
}

/// How many attempts an error counts.
fn tried(message: &str) -> usize {
    message.split_once("tried: ").unwrap().1.split_once("; transcript: ").unwrap().0.split("; ").count()
}

/// As it comes about in a session, with the state that it leaves: in the client's own update, the login and the
/// update of the game.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn each_part_of_a_session_can_fail() {
    let place = installed();
    for (mode, message, attempts) in [
        ("update_needs_disk", "SteamCMD has no room to update itself (Steamcmd needs 250MB", 1),
        ("two_factor_needed", "wants a code from the Steam app (need two-factor code)", 1),
        ("bailing", "the update did not start (Timed out waiting for update to start)", 4),
        ("misprint", "the update did not begin (app state 0x2)", 2),
    ] {
        place.behave(&[mode; 9]);
        let error = update(&place).expect_err(mode);
        assert!(error.message().contains(message), "{mode}: {error}");
        assert_eq!(tried(error.message()), attempts, "{mode}: {error}");
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_restart_is_waited_for_and_an_end_by_signal_is_final() {
    let place = installed();
    place.say("\n");
    place.behave(&["say_42"]);
    assert_eq!(update(&place).unwrap().attempts, ["linux"]);
    for code in [130, 143] {
        place.behave(&[&format!("say_{code}")]);
        let error = update(&place).unwrap_err();
        assert!(
            error.message().contains(&format!("was interrupted ({})", signal_name(code - 128))),
            "{error}"
        );
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn the_order_of_our_arguments_is_right() {
    let place = installed();
    let log = std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log")).unwrap();
    assert!(log.contains("fully installed") && !log.contains("Please use force_install_dir"), "{log}");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_rate_limit_says_until_when() {
    let place = installed();
    place.behave(&["rate_limit"; 5]);
    let error = update(&place).unwrap_err();
    let remedy = error.remedy().unwrap();
    assert!(remedy.contains("; not before ") && remedy.ends_with(" UTC"), "{remedy}");
}
