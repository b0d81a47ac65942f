//! Every line that SteamCMD is known to fail with: what it is called, its remedy, and how often it is retried. They
//! are the transcripts of tests/steam, here without a process.

use super::*;
use crate::install_strategy::{InstallStrategy, InstalledState, Next, Pauses, Success};
use crate::outcome::SessionOutcome;
use crate::output::Parser;
use std::time::Duration;

use left4me_test_support::transcripts;

pub(crate) fn classify(pieces: &[&[u8]], exit: i32) -> Result<(), Failure> {
    let mut parser = Parser::default();
    let mut outcome = SessionOutcome::default();
    for piece in pieces {
        parser.push(piece, &mut |event| outcome.observe(&event));
    }
    parser.finish(&mut |event| outcome.observe(&event));
    outcome.installed(Exit::Code(exit))
}

/// How many sessions an update of an installed game makes when each ends like this.
fn attempts(failure: &Failure) -> usize {
    let mut strategy =
        InstallStrategy::new(InstalledState::Complete, false, true, Pauses::new(Duration::ZERO));
    let mut last = Ok(Success::Done);
    let mut count = 0;
    while let Next::Run { .. } = strategy.next(last) {
        count += 1;
        last = Err(failure.clone());
    }
    count
}

#[test]
fn every_transcript_has_its_name_its_remedy_and_its_end() {
    for transcript in transcripts::load() {
        let text = transcript.text.as_str();
        let failure = classify(&[text.as_bytes()], transcript.exit).expect_err(text);
        assert!(failure.to_string().contains(transcript.message), "{text}: {failure}");
        assert!(failure.remedy().contains(transcript.hint), "{text}: {}", failure.remedy());
        assert_eq!(attempts(&failure), transcript.attempts, "{text}: {failure}");
    }
}

/// However it comes: byte by byte, with the line ends of a terminal, with colours in between, on one line.
#[test]
fn gluing_and_splitting_change_nothing() {
    for transcript in transcripts::load() {
        let text = transcript.text.as_str();
        let failure = classify(&[text.as_bytes()], transcript.exit);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        let coloured = text.replace('(', "\u{1b}[1m(\u{1b}[0m").replace("...", "...\u{1b}[0m");
        let terminal = text.replace('\n', "\r\n");
        let glued = text.replace('\n', " \u{1b}[0m");
        assert_eq!(classify(&bytes, transcript.exit), failure, "{text}");
        for other in [coloured, terminal, glued] {
            assert_eq!(classify(&[other.as_bytes()], transcript.exit), failure, "{other:?}");
        }
    }
}

/// Only what is said after it counts.
#[test]
fn what_a_success_lifts_and_what_it_does_not() {
    let success = "Success! App '222860' fully installed.\n";
    for (text, is_well) in [
        ("Waiting for user info...FAILED (Timed out)OK\n", true),
        ("ERROR! Timed out waiting for AppInfo update.\n", true),
        ("Retrying...\nRetrying...\n", true),
        ("statvfs64: ret -1 errno 75\n", true),
        ("Thread failed to initialize\n", true),
        (" Update state (0x0) : Timed out waiting for update to start, bailing.\n", false),
        ("\u{1b}[0m Update state (0x0) : Timed out waiting for update to start, bailing. ", false),
    ] {
        let both = format!("{text}{success}");
        assert_eq!(classify(&[both.as_bytes()], 0).is_ok(), is_well, "{both}");
    }
    let after = format!("{success}Error! App '222860' state is 0x402 after update job.\n");
    assert!(classify(&[after.as_bytes()], 0).is_err());
}

#[test]
fn what_we_ended_ourselves() {
    let ended = |text: &str, exit: Exit| {
        let mut parser = Parser::default();
        let mut outcome = SessionOutcome::default();
        parser.push(text.as_bytes(), &mut |event| outcome.observe(&event));
        outcome.installed(exit).unwrap_err()
    };
    assert_eq!(ended("password: ", Exit::Unanswered), Failure::PromptUnanswered);
    assert_eq!(ended("Steam Guard code:", Exit::Stalled(9)), Failure::PromptUnanswered);
    assert_eq!(ended("Retrying...\n", Exit::Stalled(9)), Failure::Stalled(9));
    let app = ended("Please confirm the login in the Steam Mobile app on your phone.\n", Exit::Stalled(9));
    assert!(matches!(app, Failure::Login(Refusal::Unconfirmed, _)), "{app:?}");
    // It was confirmed: what stalls is something else.
    let later =
        "Please confirm the login in the Steam Mobile app on your phone.\nWaiting for user info...OK\n";
    assert_eq!(ended(later, Exit::Stalled(9)), Failure::Stalled(9));
}
