//! Logging in with an account: who answers, and that the answers are nowhere to be found afterwards.

use super::{Place, config, place};
use crate::install::{Action, Installed, Way, install, install_with};
use crate::login::{Answers, Login};
use left4me::Result;
use left4me::report::Silent;
use nix::pty::openpty;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

const PASSWORD: &str = "correct-horse-battery";
const CODE: &str = "QX7PB";

fn login(password: Option<&str>) -> Login {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), password.unwrap_or("unused")).unwrap();
    let file = password.map(|_| file.path());
    Login::new("someone", file, None).unwrap()
}

fn run(place: &Place, login: Login, terminal: Option<File>) -> Result<Installed> {
    let mut config = config();
    config.login = Some(login);
    let answers = Answers::with(config.login.as_ref(), &Silent, terminal)?;
    install_with(Way::Staged, &place.host, &config, &Silent, Action::Install, &|_| Ok(()), &answers)
}

/// Files below `dir` that hold `secret`.
fn holding(dir: &Path, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        let holds = || std::fs::read(&path).unwrap().windows(secret.len()).any(|w| w == secret.as_bytes());
        if kind.is_dir() {
            found.extend(holding(&path, secret));
        } else if kind.is_file() && holds() {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Looks at all processes until told to stop; whether one logged in as someone, and whether one had the
/// password where others can see it.
fn watch(stop: &AtomicBool) -> (bool, bool) {
    let (mut seen, mut leaked) = (false, false);
    while !stop.load(Ordering::Relaxed) {
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            for file in ["cmdline", "environ"] {
                let text = std::fs::read(process.path().join(file)).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                seen |= text.contains("+login\0someone\0");
                leaked |= text.contains(PASSWORD);
            }
        }
        std::thread::yield_now();
    }
    (seen, leaked)
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn the_password_of_a_file_reaches_steam_and_nothing_else() {
    let place = place(&["guard_mobile"]);
    let stop = AtomicBool::new(false);
    let (installed, (seen, leaked)) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&stop));
        let installed = run(&place, login(Some(PASSWORD)), None);
        stop.store(true, Ordering::Relaxed);
        (installed, watching.join().unwrap())
    });
    let installed = installed.unwrap();
    // An account that owns the game needs no Windows files.
    assert_eq!(installed.attempts, ["client update", "linux"]);
    assert_eq!(installed.account.as_deref(), Some("someone"));
    assert!(seen, "no process was seen to log in");
    assert!(!leaked, "the password was in a command line or an environment");
    assert_eq!(holding(place.dir.path(), PASSWORD), [""; 0]);
    let log = std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log")).unwrap();
    assert!(log.contains("password: ") && log.contains("Steam Mobile app"), "{log}");
    // The login is kept: nobody is asked again.
    run(&place, login(Some("wrong")), None).unwrap();
    let log = std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log")).unwrap();
    assert!(log.contains("Logging in using cached credentials."), "{log}");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn password_and_code_are_asked_on_the_terminal_without_echo() {
    let place = place(&["guard_email"]);
    let pty = openpty(None, None).unwrap();
    let mut keyboard = File::from(pty.master);
    let typist = std::thread::spawn(move || {
        let mut shown = String::new();
        for (question, answer) in [
            ("Steam password of someone: ", PASSWORD),
            ("Steam Guard code for someone (from the e-mail): ", CODE),
        ] {
            while !shown.ends_with(question) {
                let mut byte = [0u8; 1];
                keyboard.read_exact(&mut byte).unwrap();
                shown.push(char::from(byte[0]));
            }
            keyboard.write_all(format!("{answer}\n").as_bytes()).unwrap();
        }
        (keyboard, shown)
    });
    let installed = run(&place, login(None), Some(File::from(pty.slave))).unwrap();
    assert_eq!(installed.attempts, ["client update", "linux"]);
    let (mut keyboard, mut shown) = typist.join().unwrap();
    let mut rest = [0u8; 256];
    let count = keyboard.read(&mut rest).unwrap_or(0);
    shown.push_str(&String::from_utf8_lossy(&rest[..count]));
    for secret in [PASSWORD, CODE] {
        assert!(!shown.contains(secret), "{shown}");
        assert_eq!(holding(place.dir.path(), secret), [""; 0]);
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn without_a_terminal_and_a_file_it_ends_at_once() {
    let place = place(&[]);
    let error = run(&place, login(None), None).unwrap_err();
    assert_eq!(error.message(), "there is no terminal to ask for the password of someone on");
    assert!(error.remedy().unwrap().starts_with("--password-file FILE, "));
    assert!(!place.host.layout.logs().exists(), "SteamCMD was started");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn refusals_and_questions_nobody_can_answer() {
    let table = [
        ("invalid_password", "Steam refused the login (Invalid Password)"),
        ("guard_email", "SteamCMD asks for a password or code that was not given"),
    ];
    for (mode, sentence) in table {
        let place = place(&[mode]);
        let error = run(&place, login(Some(PASSWORD)), None).expect_err(mode);
        assert!(error.message().contains(sentence), "{error}");
        assert_eq!(holding(place.dir.path(), PASSWORD), [""; 0]);
    }
    // An anonymous login is never asked; should it be, nobody waits for an answer.
    let place = place(&["say_5"]);
    place.say("password: ");
    let error = install(&place.host, &config(), &Silent, Action::Install).unwrap_err();
    assert!(error.message().contains("asks for a password or code"), "{error}");
}

/// Each further attempt would send another question to somebody's phone.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_login_that_nobody_confirms_is_tried_once() {
    let place = place(&["guard_mobile_ignored"; 9]);
    let error = run(&place, login(Some(PASSWORD)), None).unwrap_err();
    let says = "the game is not installed: nobody confirmed the login in the Steam app (it timed out) \
                (tried: client update; linux; transcript: ";
    assert!(error.message().starts_with(says), "{error}");
    assert!(error.remedy().unwrap().ends_with("each run sends one request"), "{error:?}");
    let log = std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log")).unwrap();
    assert_eq!(log.matches("Please confirm the login in the Steam Mobile app").count(), 1, "{log}");
}

#[test]
fn names_of_accounts() {
    for good in ["someone", "some_one.7", "a@example.org"] {
        assert!(Login::new(good, None, None).is_ok(), "{good}");
    }
    for bad in ["", "+quit", "-x", "a b", "a\nb", "anonymous", &"x".repeat(65)] {
        assert_eq!(Login::new(bad, None, None).unwrap_err().exit_code(), 2, "{bad:?}");
    }
    let credentials = tempfile::tempdir().unwrap();
    assert!(Login::new("x", None, Some(credentials.path())).unwrap().password.is_none());
    std::fs::write(credentials.path().join("steam-password"), PASSWORD).unwrap();
    assert!(Login::new("x", None, Some(credentials.path())).unwrap().password.is_some());
}
