//! Every failure that SteamCMD is known to print, and every exit code: what it is called, and how often
//! it is tried again before that is the answer. The double says each of them.

use super::{Place, config, installed};
use crate::install::{Action, Installed, install};
use left4me::Result;
use left4me::child::signal_name;
use left4me::report::Silent;

fn update(place: &Place) -> Result<Installed> {
    install(&place.host, &config(), &Silent, Action::Update)
}

use left4me_test_support::transcripts;

#[test]
fn each_transcript_has_its_name_its_remedy_and_its_end() {
    let Some(place) = installed() else { return };
    for transcript in transcripts::all() {
        let text = transcript.text.as_str();
        let mode = format!("say_{}", transcript.exit);
        place.say(text);
        place.behave(&[mode.as_str(); 9]);
        let error = update(&place).expect_err(text);
        assert!(error.message().contains(transcript.words), "{text:?}: {error}");
        // Whatever it was: the game is as it was.
        assert!(error.message().starts_with("the game is not updated: "), "{text:?}: {error}");
        assert!(error.message().contains("(build 16546402 is installed; tried: "), "{text:?}: {error}");
        assert!(error.remedy().is_some_and(|remedy| remedy.contains(transcript.hint)), "{text:?}: {error:?}");
        let tried = error.message().split_once("tried: ").unwrap().1.split_once("; transcript: ").unwrap().0;
        assert_eq!(tried.split("; ").count(), transcript.attempts, "{text:?}: {tried}");
        // Seen once only, what is tried again is got over.
        place.behave(&[&mode]);
        let once = update(&place);
        assert_eq!(once.is_ok(), transcript.attempts > 1, "{text:?}: {once:?}");
    }
}

/// The same, as it comes about in a session: with the state that a refused login or update leaves.
#[test]
fn each_rare_line_of_a_session_has_its_name() {
    let Some(place) = installed() else { return };
    for (mode, words, attempts) in [
        ("retrying_only", "no working connection to Steam (Failed to request AppInfo update", 6),
        ("result_3", "no working connection to Steam (result code 3: No Connection)", 6),
        ("result_85", "wants a code of the Steam app (result code 85: need two-factor code)", 1),
        ("logon_denied", "wants the code that it has sent by e-mail (Account Logon Denied)", 1),
        ("two_factor_needed", "wants a code of the Steam app (need two-factor code)", 1),
        ("two_factor_mismatch", "did not accept the code (Two-factor code mismatch)", 1),
        ("user_info_error", "no working connection to Steam (Timed out)", 6),
        ("user_info_failed", "no working connection to Steam (Timed out)", 6),
        ("bailing", "the update did not start (Timed out waiting for update to start)", 4),
        ("missing_permissions", "may not write to its own files or the installation", 1),
        ("misprint", "the update did not begin (app state 0x2)", 2),
        ("statvfs", "the file system is too large for SteamCMD", 1),
        ("web_page", "a web page answered instead of Steam", 1),
        ("no_threads", "SteamCMD could not start a thread", 1),
        ("update_needs_disk", "SteamCMD has no room to update itself (Steamcmd needs 250MB", 1),
    ] {
        place.behave(&[mode; 9]);
        let error = update(&place).expect_err(mode);
        assert!(error.message().contains(words), "{mode}: {error}");
        let tried = error.message().split_once("tried: ").unwrap().1.split_once("; transcript: ").unwrap().0;
        assert_eq!(tried.split("; ").count(), attempts, "{mode}: {tried}");
    }
}

#[test]
fn a_wish_for_a_restart_is_granted_and_an_end_by_signal_ends_us() {
    let Some(place) = installed() else { return };
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
fn the_order_of_our_arguments_is_right() {
    let Some(place) = installed() else { return };
    let log = std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log")).unwrap();
    assert!(log.contains("fully installed") && !log.contains("Please use force_install_dir"), "{log}");
}

#[test]
fn a_rate_limit_says_until_when() {
    let Some(place) = installed() else { return };
    place.behave(&["rate_limit"; 5]);
    let error = update(&place).unwrap_err();
    let remedy = error.remedy().unwrap();
    assert!(remedy.contains("; not before ") && remedy.ends_with(" UTC"), "{remedy}");
}
