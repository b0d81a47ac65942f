//! `rcon` on a terminal: keys are typed when the prompt is there, as a person does it.

use super::console::running;
use super::host::Host;
use left4me_test_support::rcon::{packet, properly};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// l4d2ctl on a terminal of 60 columns, and what it has shown, without what moves the cursor.
struct Session {
    script: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    written: Vec<u8>,
    shown: String,
    /// How much of it was answered.
    seen: usize,
}

impl Session {
    fn begin(host: &Host, instance: &str) -> Session {
        let mut script = host.script_of_width(60, &["rcon", instance]);
        let (keyboard, mut output) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        });
        Session { script, keyboard, screen, written: b"\n".into(), shown: "\n".into(), seen: 0 }
    }

    /// Waits for this text, and types then; returns what was shown before it since the last time.
    fn at(&mut self, text: &str, keys: &str) -> String {
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                let before = self.shown[self.seen..][..at].to_owned();
                self.seen += at + text.len();
                self.keyboard.write_all(keys.as_bytes()).unwrap();
                return before;
            }
            assert!(self.hear(), "{text:?} was not shown: {:?}", self.shown);
        }
    }

    fn at_prompt(&mut self, keys: &str) -> String {
        self.at("\na> ", keys)
    }

    /// Its exit code, and all that it showed after the last key.
    fn end(mut self) -> (i32, String) {
        while self.hear() {}
        let code = self.script.wait().unwrap().code().unwrap();
        (code, self.shown.split_off(self.seen))
    }

    /// Whether there was more to hear.
    fn hear(&mut self) -> bool {
        let Ok(bytes) = self.screen.recv_timeout(Duration::from_secs(30)) else { return false };
        self.written.extend(bytes);
        self.shown = without_cursor(&String::from_utf8_lossy(&self.written));
        true
    }
}

/// What was written, without carriage returns and control sequences ("ESC [ 2 K"), of which the last may be half.
fn without_cursor(written: &str) -> String {
    let mut parts = written.split("\x1b[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| ('@'..='~').contains(&c)).map_or(part.len(), |at| at + 1);
        text += &part[end..];
    }
    text.replace('\r', "")
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn on_a_terminal_it_is_interactive_and_has_a_history() {
    let host = Host::new();
    running(&host, "a", "rcon_password secret", properly);
    let mut session = Session::begin(&host, "a");
    session.at_prompt("say one\r");
    assert_eq!(session.at_prompt(" secret\r"), "say one\nsay one");
    assert_eq!(session.at_prompt("rcon_password x\r"), " secret\nsecret");
    session.at_prompt("say tw\x03");
    // Ctrl-C dropped that line; an empty one asks nothing.
    session.at_prompt("\r");
    session.at_prompt("\x1b[A\x1b[A\r");
    let again = session.at_prompt("\x04");
    assert!(again.ends_with("\nsay one"), "{again:?}");
    let (code, shown) = session.end();
    assert_eq!((code, shown.as_str()), (0, "\n"));
    let history = host.path("root/.rcon_history");
    assert_eq!(fs::read_to_string(&history).unwrap(), "say one\n");
    assert_eq!(history.metadata().unwrap().mode() & 0o7777, 0o600);
    // The next session has it too.
    let mut session = Session::begin(&host, "a");
    session.at_prompt("\x1b[A\r");
    let again = session.at_prompt("\x04");
    assert!(again.ends_with("\nsay one"), "{again:?}");
    assert_eq!(session.end().0, 0);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_long_line_wraps_and_a_reply_steers_nothing() {
    let host = Host::new();
    running(&host, "a", "rcon_password secret", |id, kind, body| match body {
        b"evil" => Some(packet(id, 0, b"\x1b]0;owned\x07 \x9b2J")),
        _ => properly(id, kind, body),
    });
    let mut session = Session::begin(&host, "a");
    let long = format!("say {}", "0123456789".repeat(15));
    session.at_prompt(&format!("{long}\r"));
    session.at(&format!("\n{long}"), "");
    session.at_prompt("evil\r");
    assert_eq!(session.at_prompt("\x04"), "evil\n\\u{1b}]0;owned\\u{7} \\x9b2J");
    assert_eq!(session.end().0, 0);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_server_that_stops_meanwhile_ends_it() {
    let host = Host::new();
    running(&host, "a", "rcon_password secret", properly);
    let mut session = Session::begin(&host, "a");
    // Only the connection ends: the next command has another.
    session.at_prompt("quit\r");
    let lost = session.at_prompt("status\r");
    assert!(lost.contains("error: 'a' closed the connection without a whole reply\nhint: "), "{lost:?}");
    assert_eq!(session.at_prompt(""), "status\nstatus");
    host.as_root(&["stop", "a"]).ok();
    session.keyboard.write_all(b"quit\r").unwrap();
    let (code, shown) = session.end();
    assert_eq!(code, 1, "{shown}");
    assert!(shown.ends_with("\nerror: 'a' is not running\nhint: sudo l4d2ctl start a\n"), "{shown:?}");
}
