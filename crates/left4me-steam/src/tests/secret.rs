//! Secrets: which files are taken, what is struck out, and that asking shows nothing.

use crate::secret::{Scrubber, Secret};
use nix::pty::openpty;
use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;

fn secret(text: &str) -> Secret {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Secret::from_file(file.path()).unwrap()
}

#[test]
fn files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    let read = |text: &str, mode| {
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        Secret::from_file(&path).map(|s| s.bytes().to_owned()).map_err(|e| e.message().to_owned())
    };
    assert_eq!(read("s3cret pass\r\n", 0o600).unwrap(), b"s3cret pass");
    assert_eq!(read("x", 0o400).unwrap(), b"x");
    for mode in [0o640, 0o604, 0o644, 0o610] {
        assert!(read("x", mode).unwrap_err().starts_with("others can read "));
    }
    for text in ["", "\n", "a\nb\n", "a\u{3}b", &"x".repeat(2000)] {
        assert!(read(text, 0o600).unwrap_err().ends_with(" holds no password"), "{text:?}");
    }
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(Secret::from_file(&link).is_err() && Secret::from_file(dir.path()).is_err());
    if rustix::process::geteuid().is_root() {
        read("x", 0o600).unwrap();
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        assert!(
            Secret::from_file(&path).unwrap_err().message().ends_with("is not a file of root or of yours")
        );
    }
}

#[test]
fn nothing_shows_a_secret() {
    assert_eq!(format!("{:?}", secret("hunter2")), "Secret(…)");
}

#[test]
fn secrets_are_struck_out_however_the_stream_is_split() {
    let text = b"a hunter2 b hunthunter2 hunter hun";
    for cut in 0..=text.len() {
        let mut scrubber = Scrubber::default();
        scrubber.add(&secret("hunter2"));
        let mut out = scrubber.push(&text[..cut]);
        out.extend(scrubber.push(&text[cut..]));
        out.extend(scrubber.flush());
        assert_eq!(String::from_utf8(out).unwrap(), "a *** b hunt*** hunter hun", "cut at {cut}");
    }
    let mut open = Scrubber::default();
    assert_eq!(open.push(b"nothing is held back"), b"nothing is held back");
}

#[test]
fn asking_shows_the_question_and_not_the_answer() {
    let pty = openpty(None, None).unwrap();
    let (mut keyboard, mut terminal) = (File::from(pty.master), File::from(pty.slave));
    let (never, _open) = std::io::pipe().unwrap();
    let typist = std::thread::spawn(move || {
        let mut shown = Vec::new();
        while !shown.ends_with(b"Password: ") {
            let mut byte = [0u8; 1];
            keyboard.read_exact(&mut byte).unwrap();
            shown.push(byte[0]);
        }
        keyboard.write_all(b"hunter2\n").unwrap();
        (keyboard, shown)
    });
    let answer = Secret::ask(&mut terminal, "Password: ", never.as_fd()).unwrap().unwrap();
    assert_eq!(answer.bytes(), b"hunter2");
    let (mut keyboard, mut shown) = typist.join().unwrap();
    // The echo is back for whatever comes next.
    let mode = rustix::termios::tcgetattr(&terminal).unwrap();
    assert!(mode.local_modes.contains(rustix::termios::LocalModes::ECHO));
    let mut rest = [0u8; 64];
    let count = keyboard.read(&mut rest).unwrap();
    shown.extend_from_slice(&rest[..count]);
    assert_eq!(String::from_utf8_lossy(&shown), "Password: \r\n");
}

#[test]
fn asking_stops_when_it_is_told_to() {
    let pty = openpty(None, None).unwrap();
    let mut terminal = File::from(pty.slave);
    let (stop, mut signal) = std::io::pipe().unwrap();
    signal.write_all(b"x").unwrap();
    assert!(Secret::ask(&mut terminal, "Password: ", stop.as_fd()).unwrap().is_none());
    drop(pty.master);
}
