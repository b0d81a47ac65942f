//! One table: what SteamCMD was seen to print, and what of it matters.

use super::Event::*;
use super::*;

fn events(bytes: &[u8]) -> Vec<Event> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    parser.push(bytes, &mut |e| events.push(e));
    parser.finish(&mut |e| events.push(e));
    events
}

fn failed(reason: &str) -> Event {
    InstallFailed { app: 222860, reason: reason.into() }
}

fn bootstrap(phase: &str, percent: Option<u8>, kib: Option<(u64, u64)>) -> Event {
    Bootstrap { phase: phase.into(), percent, kib }
}

fn table() -> Vec<(&'static str, Vec<Event>)> {
    let update = |state, phase: &str, basis_points, done, total| Update {
        state,
        phase: phase.into(),
        basis_points,
        done,
        total,
    };
    vec![
        (
            " Update state (0x61) downloading, progress: 3.52 (269853491 / 7667458210)\r\n",
            vec![update(0x61, "downloading", 352, 269_853_491, 7_667_458_210)],
        ),
        (
            "\u{1b}[0m Update state (0x5) verifying install, progress: 58,71 (4781759412 / 8144583860)\n",
            vec![update(0x5, "verifying install", 5871, 4_781_759_412, 8_144_583_860)],
        ),
        (" Update state (0x3) reconfiguring, progress: 0.00 (0 / 0)\n", vec![update(3, "reconfiguring", 0, 0, 0)]),
        (" Update state (0x999) pondering, progress: 100.00 (5 / 5)", vec![update(0x999, "pondering", 10_000, 5, 5)]),
        ("Success! App '222860' fully installed.\n", vec![Success { app: 222860, already: false }]),
        ("Success! App '222860' already up to date.\n", vec![Success { app: 222860, already: true }]),
        (
            "Waiting for user info...\u{1b}[0mOK \u{1b}[0mERROR! Failed to install app '222860' (Missing configuration)\n\u{1b}[0mUnloading Steam API...\u{1b}[0mOK",
            vec![LoggedIn, failed("Missing configuration")],
        ),
        (
            "info...\u{1b}[0mOK \u{1b}[0mERROR! Failed to install app '222860' (Invalid platform) \u{1b}[0mUnloading Steam API...",
            vec![failed("Invalid platform")],
        ),
        ("Error! App '222860' state is 0x202 after update job.\n", vec![StateAfterUpdate(0x202)]),
        ("Error! App '222860' state is 0x6A6 after update job.\n", vec![StateAfterUpdate(0x6a6)]),
        ("ERROR! Timed out waiting for AppInfo update.\n", vec![Error("Timed out waiting for AppInfo update.".into())]),
        (
            "[  0%] Downloading update (642 of 54,952 KB)...\n[100%] Download complete.\n[----] Cleaning up...[----] Update complete, launching Steamcmd...\n",
            vec![
                bootstrap("Downloading update", Some(0), Some((642, 54_952))),
                bootstrap("Download complete", Some(100), None),
                bootstrap("Cleaning up", None, None),
                bootstrap("Update complete, launching Steamcmd", None, None),
            ],
        ),
        (
            "[----] !!! Fatal Error: Steamcmd needs to be online to update.\t Please confirm your network connection and try again.\n",
            vec![BootstrapFatal("Steamcmd needs to be online to update. Please confirm your network connection and try again.".into())],
        ),
        ("UpdateUI: skip show logoSteam Console Client (c) Valve Corporation - version 1788292693\n", vec![Client("1788292693".into())]),
        ("steamcmd.sh[8]: Restarting steamcmd by request...\n", vec![Restart]),
        (
            "Connecting anonymously to Steam Public...Retrying...\nRetrying...\nFAILED (No Connection)\n",
            vec![Retrying, Retrying, LoginFailed("No Connection".into())],
        ),
        ("Waiting for user info...FAILED (Timed out)OK\n", vec![LoginFailed("Timed out".into())]),
        ("Waiting for user info...Waiting for compat in post-logon took: 0.098765sOK\n", vec![LoggedIn]),
        ("FAILED (Rate Limit Exceeded)\n", vec![LoginFailed("Rate Limit Exceeded".into())]),
        ("ERROR (Invalid Password)\n", vec![LoginFailed("Invalid Password".into())]),
        ("FAILED login with result code 5\n", vec![LoginFailed("result code 5".into())]),
        (
            "Please confirm the login in the Steam Mobile app on your phone.\n\nWaiting for confirmation...\n",
            vec![ConfirmInApp],
        ),
        ("Cached credentials not found.\n\npassword: ", vec![Prompt(super::Prompt::Password)]),
        ("Steam Guard code:", vec![Prompt(super::Prompt::GuardCode)]),
        ("Two-factor code:", vec![Prompt(super::Prompt::TwoFactorCode)]),
        (
            "\u{1b}[0m Update state (0x0) : Timed out waiting for update to start, bailing. Success! App '222860' fully installed.\n",
            vec![NotStarted, Success { app: 222860, already: false }],
        ),
        (" Update state (0x161) unknown, progress: 0.10 (1 / 1000)", vec![update(0x161, "unknown", 10, 1, 1000)]),
        (" Update state (0x101) finalizing, progress: 0.10 (1 / 1000)", vec![update(0x101, "finalizing", 10, 1, 1000)]),
        ("\u{1b}[0mError! App '222860' state is is 0x2 after update job.\n", vec![StateAfterUpdate(2)]),
        ("Wait for confirmation timed out.\n\u{1b}[0mERROR (Timeout)", vec![ConfirmationTimedOut, LoginFailed("Timeout".into())]),
        ("Waiting for user info...\u{1b}[0mERROR! (Timed out)\n", vec![LoginFailed("Timed out".into())]),
        ("Waiting for user info...FAILED. Timed out.\n", vec![LoginFailed("Timed out".into())]),
        ("FAILED with result code 85 \u{1b}[0mUnloading Steam API...OK", vec![LoginFailed("result code 85".into())]),
        ("statvfs64: ret -1 errno 75\n", vec![Mentioned(Cause::LargeFileSystem)]),
        ("statvfs64: ret -1 errno 2\n", vec![]),
        ("x Thread failed to initialize\n", vec![Mentioned(Cause::NoThreads)]),
        ("KeyValues Error: missing { got '<!DOCTYPE'\n", vec![Mentioned(Cause::WebPage)]),
        ("KeyValues Error: missing {\n", vec![]),
        ("No app info for AppID 222860 found, requesting...\n", vec![]),
        (APP_INFO, vec![Event::AppInfo { app: 222860, build: Some("16546402".into()) }, Retrying]),
        ("AppID : 222860, change number : 0/0, last change : Thu Jan  1 00:00:00 1970 \"222860\" { }\n", vec![Event::AppInfo { app: 222860, build: None }]),
        ("Redirecting stderr to '/x/Steam/logs/stderr.txt'\n-- type 'quit' to exit --\n[broken\n[ab%] x\n", vec![]),
        (" Update state (0x) x, progress: 1.00 (1 / 2)\n Update state (0x61) x, progress: 1 (1 / 2)\n", vec![]),
    ]
}

/// Builds of other branches and of another app's tree, chatter in between, and something behind it.
const APP_INFO: &str =
    "\u{1b}[0mAppID : 222860, change number : 27094342/0, last change : Tue Sep 29 21:04:12 2026
\"222860\"
{
\t\"common\"
\t{
\t\t\"name\"\t\t\"Left 4 Dead 2 } { Dedicated \\\"Server\\\"\"
\t\t\"buildid\"\t\t\"1\"
\t}
\t\"depots\"
\t{
\t\t\"buildid\"\t\t\"2\"
IPC function call IClientUtils::GetSteamRealm took too long: 52 msec
\t\t\"branches\"
\t\t{
\t\t\t\"alpha\"
\t\t\t{
\t\t\t\t\"buildid\"\t\t\"3\"
\t\t\t}
\t\t\t\"public\"
\t\t\t{
\t\t\t\t\"buildid\"\t\t\"16546402\"
\t\t\t\t\"nested\"
\t\t\t\t{
\t\t\t\t\t\"buildid\"\t\t\"4\"
\t\t\t\t}
\t\t\t}
\t\t\t\"previous\"
\t\t\t{
\t\t\t\t\"buildid\"\t\t\"11111111\"
\t\t\t}
\t\t}
\t}
} Retrying...
";

/// However much of it is missing: it is no answer.
#[test]
fn an_answer_that_is_cut_is_none() {
    let whole = APP_INFO.rfind("} Retrying").unwrap();
    for end in (0..whole).filter(|end| APP_INFO.is_char_boundary(*end)) {
        let cut = format!("{}\u{1b}[0mUnloading Steam API...\u{1b}[0mOK\n", &APP_INFO[..end]);
        assert!(!events(cut.as_bytes()).iter().any(|event| matches!(event, Event::AppInfo { .. })), "{cut}");
    }
    let glued = APP_INFO.replace('\n', " \u{1b}[0m");
    assert_eq!(events(glued.as_bytes()), events(APP_INFO.as_bytes()));
}

#[test]
fn the_table() {
    for (text, expected) in table() {
        assert_eq!(events(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn split_reads_change_nothing() {
    for (text, _) in table() {
        let whole = events(text.as_bytes());
        let mut parser = Parser::default();
        let mut bytewise = Vec::new();
        for byte in text.bytes() {
            parser.push(&[byte], &mut |e| bytewise.push(e));
        }
        parser.finish(&mut |e| bytewise.push(e));
        assert_eq!(bytewise, whole, "{text:?}");
    }
}

#[test]
fn a_prompt_is_seen_once_and_again_on_the_next_line() {
    let mut parser = Parser::default();
    let mut seen = Vec::new();
    for part in ["pass", "word: ", "", "\r\npassword: "] {
        parser.push(part.as_bytes(), &mut |e| seen.push(e));
    }
    assert_eq!(seen, vec![Prompt(super::Prompt::Password); 2]);
}

/// A line without an end takes no more memory than the longest line that is kept together.
#[test]
fn a_line_without_end_is_bounded() {
    for piece in [&[b'x'; 4096][..], &b"\x1b["[..], &b"\0"[..], &[0xff; 1000][..]] {
        let mut parser = Parser::default();
        for _ in 0..2 * LINE_MAX / piece.len() + 10 {
            parser.push(piece, &mut |_| ());
            assert!(parser.line.len() <= LINE_MAX, "{} bytes", parser.line.len());
        }
        assert!(parser.line.capacity() <= 4 * LINE_MAX, "{} bytes of memory", parser.line.capacity());
        // What comes after it is understood.
        let mut events = Vec::new();
        parser.push(b"\nRetrying...\n", &mut |event| events.push(event));
        assert_eq!(events, [Retrying]);
    }
}

proptest::proptest! {
    #[test]
    fn no_input_panics_and_splits_do_not_matter(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        words in proptest::collection::vec(proptest::sample::select(vec![
            "Update state (0x61) downloading, progress: ", "1.5 (", "3 / 4)", "[ 12%] ", "[----] ", "(1 of 2 KB)", "ERROR! ",
            "Failed to install app '", "' (", ")", "Success! App '1", "\u{1b}[0m", "\u{1b}", "\r\n", "Waiting for user info...", "OK", "FAILED (", "é", "password: ",
        ]), 0..20),
        cut in 0usize..600,
    ) {
        let mut input = bytes;
        input.extend(words.concat().into_bytes());
        let whole = events(&input);
        let cut = cut.min(input.len());
        let mut parser = Parser::default();
        let mut parts = Vec::new();
        parser.push(&input[..cut], &mut |e| parts.push(e));
        parser.push(&input[cut..], &mut |e| parts.push(e));
        parser.finish(&mut |e| parts.push(e));
        // A prompt may be seen early, at a cut; everything else is the same.
        let no_prompts = |events: Vec<Event>| -> Vec<Event> { events.into_iter().filter(|e| !matches!(e, Prompt(_))).collect() };
        proptest::prop_assert_eq!(no_prompts(parts), no_prompts(whole));
    }
}
