//! Every failure that SteamCMD is known to print, and every exit code: what it is called, and how often
//! it is tried again before that is the answer. The double says each of them.

use super::{Place, config, place};
use crate::progress::Progress;
use crate::steam::install::{Installed, Wish, install};
use left4me_setup::Result;
use left4me_setup::child::signal_name;

fn update(place: &Place) -> Result<Installed> {
    install(&place.host, &config(), &Progress::silent(), Wish::Update)
}

/// A place with the game, where an update is one session.
fn installed() -> Option<Place> {
    let place = place(&[])?;
    install(&place.host, &config(), &Progress::silent(), Wish::Complete).unwrap();
    Some(place)
}

/// What it says, its exit code, its name, and after how many sessions that is final.
struct Row(&'static str, i32, &'static str, usize);

const LINES: [Row; 40] = [
    Row("ERROR! Failed to install app '222860' (Invalid platform)", 8, "Invalid platform", 1),
    Row("ERROR! Failed to install app '222860' (Missing configuration)", 8, "Missing configuration", 6),
    Row("ERROR! Failed to install app '222860' (No subscription)", 8, "does not own the game", 1),
    Row("ERROR! Failed to install app '222860' (Disk write failure)", 8, "could not write to the disk", 1),
    Row("ERROR! Failed to install app '222860' (Disk write failure)", 0, "could not write to the disk", 1),
    Row("ERROR! Failed to install app '222860' (No Connection)", 8, "no working connection to Steam", 6),
    Row("ERROR! Failed to install app '222860' (Timeout)", 8, "no working connection to Steam", 6),
    Row("ERROR! Failed to install app '222860' (Bad moon)", 8, "refused the installation (Bad moon)", 2),
    Row("Error! App '222860' state is 0x202 after update job.", 8, "the disk is full", 1),
    Row("Error! App '222860' state is 0x212 after update job.", 8, "the disk is full", 1),
    Row("Error! App '222860' state is 0x402 after update job.", 8, "did not complete (app state 0x402)", 6),
    Row("Error! App '222860' state is 0x602 after update job.", 8, "did not complete (app state 0x602)", 6),
    Row("Error! App '222860' state is 0x606 after update job.", 8, "could not write its files", 2),
    Row("Error! App '222860' state is 0x6 after update job.", 8, "did not complete (app state 0x6)", 6),
    Row("Error! App '222860' state is 0x406 after update job.", 8, "did not complete (app state 0x406)", 6),
    Row("Error! App '222860' state is 0xE after update job.", 8, "did not complete (app state 0xE)", 6),
    Row("Error! App '222860' state is 0x10E after update job.", 8, "did not complete (app state 0x10E)", 6),
    Row("Error! App '222860' state is 0x206 after update job.", 8, "did not complete (app state 0x206)", 6),
    Row("Error! App '222860' state is 0x2 after update job.", 8, "did not complete (app state 0x2)", 2),
    Row("Error! App '222860' state is 0x626 after update job.", 8, "missing or damaged (app state 0x626)", 2),
    Row("Error! App '222860' state is 0x6A6 after update job.", 8, "missing or damaged (app state 0x6A6)", 2),
    Row("ERROR! Timed out waiting for AppInfo update.", 1, "no working connection to Steam", 6),
    Row("ERROR! AppInfo request for AppId 222860 returned error 16.", 8, "no working connection to Steam", 6),
    Row(
        "ERROR! Failed to request AppInfo update, not online or not logged in to Steam.",
        8,
        "no working connection to Steam",
        6,
    ),
    Row("Not logged on", 8, "no working connection to Steam", 6),
    Row(
        "Connecting anonymously to Steam Public...Retrying...\nRetrying...\nFAILED (No Connection)",
        5,
        "no working connection to Steam (No Connection)",
        6,
    ),
    Row("Waiting for user info...FAILED (Timed out)OK", 8, "no working connection to Steam (Timed out)", 6),
    Row("FAILED (Rate Limit Exceeded)", 5, "limits the rate of logins", 3),
    Row("ERROR (Account Login Denied Throttle)", 5, "limits the rate of logins", 3),
    Row("FAILED (Invalid Password)", 5, "refused the login (Invalid Password)", 1),
    Row("ERROR (Invalid Password)", 5, "refused the login (Invalid Password)", 1),
    Row("FAILED login with result code 5", 5, "refused the login (result code 5)", 1),
    Row("Login Failure: Account Logon Denied", 5, "refused the login (Account Logon Denied)", 1),
    Row("ERROR (Account Logon Denied)", 5, "refused the login (Account Logon Denied)", 1),
    Row("FAILED (Expired Login Auth Code)", 5, "refused the login (Expired Login Auth Code)", 1),
    Row(
        "FAILED (No cached credentials and @NoPromptForPassword is set)",
        5,
        "refused the login (No cached credentials and @NoPromptForPassword is set)",
        1,
    ),
    Row("Segmentation fault (core dumped)", 139, "crashed (SIGSEGV)", 3),
    Row("FAILED (Invalid Login Auth Code)", 5, "refused the login (Invalid Login Auth Code)", 1),
    Row("FAILED (Two-factor code mismatch)", 5, "refused the login (Two-factor code mismatch)", 1),
    Row(
        "ERROR (Timed out waiting for confirmation)",
        5,
        "refused the login (Timed out waiting for confirmation)",
        1,
    ),
];

/// Said nothing of it: the exit code is all there is. 42 is not here: the start script starts anew.
const CODES: [Row; 16] = [
    Row("", 0, "ended (exit code 0) without installing", 4),
    Row("steamcmd.sh[8]: Restarting steamcmd by request...", 0, "ended (exit code 0) without installing", 4),
    Row("", 1, "ended (exit code 1) without installing", 4),
    Row("", 2, "ended (exit code 2) without installing", 4),
    Row("", 3, "no working connection to Steam", 6),
    Row("", 5, "refused the login", 1),
    Row("", 6, "ended (exit code 6) without installing", 4),
    Row("", 7, "ended (exit code 7) without installing", 4),
    Row("", 8, "ended (exit code 8) without installing", 4),
    Row("", 10, "no working connection to Steam", 6),
    Row("", 63, "a Steam Guard code is required", 1),
    Row("", 126, "cannot be executed", 1),
    Row("", 127, "the 32-bit loader is missing", 1),
    Row("", 134, "crashed (SIGABRT)", 3),
    Row("Segmentation fault", 139, "crashed (SIGSEGV)", 3),
    Row("", 254, "could not update itself", 6),
];

#[test]
fn each_line_and_each_exit_code_has_its_name_and_its_end() {
    let Some(place) = installed() else { return };
    for Row(text, code, name, sessions) in LINES.iter().chain(&CODES) {
        let mode = format!("say_{code}");
        place.say(&format!("{text}\n"));
        place.behave(&[mode.as_str(); 9]);
        let error = update(&place).expect_err(text);
        assert!(error.message().contains(name), "{text:?} {code}: {error}");
        assert!(error.remedy().is_some_and(|remedy| !remedy.is_empty()), "{text:?}");
        let tried = error.message().split_once("(tried: ").unwrap().1.split_once("; transcript: ").unwrap().0;
        assert_eq!(tried.split("; ").count(), *sessions, "{text:?} {code}: {tried}");
        // Seen once only, what is tried again is got over.
        place.behave(&[&mode]);
        let once = update(&place);
        assert_eq!(once.is_ok(), *sessions > 1, "{text:?} {code}: {once:?}");
    }
}

#[test]
fn a_wish_for_a_restart_is_granted_and_an_end_by_signal_ends_us() {
    let Some(place) = installed() else { return };
    place.say("\n");
    place.behave(&["say_42"]);
    assert_eq!(update(&place).unwrap().rungs, ["linux"]);
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
