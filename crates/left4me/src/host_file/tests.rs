use super::*;
use crate::calendar::{Schedule, TimeOfDay};
use crate::name::InstanceName;
use proptest::prelude::*;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

#[test]
fn all_keys_with_their_places() {
    let text = "# mine\nroot: /srv/l4d2\nsteamcmd:\n  mirror: https://example.org/x.tar.gz\n  digest: 0123\n\
                game: false\nports: 27015-27030 # the firewall's\nupdate:\n  schedule: 04:30\n  canary: versus\n  \
                warn: 30\n  deadline: '6:00'\n";
    let place = |line, column| Place { line, column };
    let ports = Ports { first: 27015, last: 27030 };
    let want = HostFile {
        root: Some(Placed { value: Layout::new("/srv/l4d2").unwrap(), place: place(2, 7) }),
        mirror: Some(Placed { value: "https://example.org/x.tar.gz".into(), place: place(4, 11) }),
        digest: Some(Placed { value: "0123".into(), place: place(5, 11) }),
        game: Some(Placed { value: false, place: place(6, 7) }),
        ports: Some(Placed { value: ports, place: place(7, 8) }),
        update: Update {
            enabled: Some(Placed { value: true, place: place(9, 3) }),
            schedule: Some(Placed { value: Schedule::parse("04:30").unwrap(), place: place(9, 13) }),
            canary: Some(Placed { value: InstanceName::parse("versus").unwrap(), place: place(10, 11) }),
            warn: Some(Placed { value: 30, place: place(11, 9) }),
            deadline: Some(Placed { value: TimeOfDay { hour: 6, minute: 0 }, place: place(12, 13) }),
        },
    };
    assert_eq!(HostFile::parse(text, "f"), Ok(want.clone()));
    // An editor of another system wrote it; JSON is YAML.
    assert_eq!(HostFile::parse(&format!("\u{feff}{}", text.replace('\n', "\r\n")), "f"), Ok(want));
    let json = r#"{"ports": "27015-27030"}"#;
    assert_eq!(HostFile::parse(json, "f").unwrap().ports.unwrap().value, ports);
}

#[test]
fn what_says_nothing() {
    for empty in
        ["", "\n", "# only a comment\n", "---\n", "{}", "null", "root:\nsteamcmd:\ngame: ~\nports: null\n"]
    {
        assert_eq!(HostFile::parse(empty, "f"), Ok(HostFile::default()), "{empty:?}");
    }
}

#[test]
fn errors_name_line_and_column() {
    let long = format!("root: /{}", "x".repeat(70_000));
    let table = [
        ("- root\n", "f:1:1: the file is a list, not a mapping"),
        ("text", "f:1:1: the file is a text, not a mapping"),
        ("5", "f:1:1: the file is a number or truth value, not a mapping"),
        ("steamcmd: https://x", "f:1:11: steamcmd is a text, not a mapping"),
        ("root: [a]", "f:1:7: root is a list, not a text"),
        ("game:\n  a: b", "f:2:3: game is a mapping, not a text"),
        ("root: /srv/x\nroot: /srv/y", "f:2:1: the key 'root' appears twice"),
        ("root: /srv/x\n---\nroot: /srv/y\n", "f:3:1: only one YAML document is allowed"),
        ("root: 'x", "f:1:7: unclosed quote"),
        ("root: /srv/x\n\tgame: true", "f:1:7: while scanning a plain scalar, found a tab"),
        ("root: *x", "f:1:7: reference to unknown value"),
        ("root: srv", "f:1:7: LEFT4ME_ROOT 'srv' is not absolute"),
        ("root: /etc", "f:1:7: LEFT4ME_ROOT '/etc' is a system directory"),
        (
            "root: \"/srv/\\e[2J\"",
            "f:1:7: LEFT4ME_ROOT '/srv/\\u{1b}[2J' has a component that is empty, hidden or has a special character",
        ),
        ("game: yes", "f:1:7: game 'yes' is neither true nor false"),
        ("update: yes", "f:1:9: update 'yes' is neither true nor false"),
        ("update: daily", "f:1:9: update 'daily' is neither true nor false"),
        ("update: [a]", "f:1:9: update is a list, not true, false or a mapping"),
        ("update: {at: daily}", "f:1:10: unknown key 'at'"),
        ("update:\n  schedule: nightly", "f:2:13: the schedule 'nightly' is not a calendar event of systemd"),
        ("update:\n  schedule: *-*-* 04:30", "f:2:13: reference to unknown value"),
        ("update: {canary: A}", "f:1:18: invalid instance name: 'A'"),
        ("update: {warn: 1m}", "f:1:16: warn '1m' is not a number from 0 to 3600"),
        ("update: {warn: 3601}", "f:1:16: warn '3601' is not a number from 0 to 3600"),
        ("update: {deadline: 6}", "f:1:20: '6' is not a time of day"),
        ("game: True", "f:1:7: game 'True' is neither true nor false"),
        ("ports: 27015", "f:1:8: ports '27015' is not FIRST-LAST"),
        ("ports: 27015 - 27030", "f:1:8: ports '27015 - 27030' is not FIRST-LAST"),
        ("ports: -1-5", "f:1:8: ports '-1-5' is not FIRST-LAST"),
        ("ports: 027015-27030", "f:1:8: ports '027015-27030' is not FIRST-LAST"),
        ("ports: 0-27030", "f:1:8: ports '0-27030' is not within 1024 to 65535"),
        ("ports: 27015-65536", "f:1:8: ports '27015-65536' is not within 1024 to 65535"),
        ("ports: 27030-27015", "f:1:8: ports '27030-27015' ends before it begins"),
        ("{x: &a [y, y], b: &b [*a, *a]}", "f:1:2: unknown key 'x'"),
    ];
    for (text, message) in table {
        let error = HostFile::parse(text, "f").expect_err(text);
        assert_eq!(error.message(), message);
        assert!(error.remedy().is_some(), "{text}");
    }
    assert!(HostFile::parse(&long, "f").is_ok());
}

#[test]
fn a_typing_error_gets_a_suggestion() {
    const KNOWN: &str = "he known keys are root, steamcmd, game, ports and update";
    let table = [
        ("prots: x", "f:1:1: unknown key 'prots'", format!("did you mean 'ports'? T{KNOWN}")),
        ("game: true\nRoot: x", "f:2:1: unknown key 'Root'", format!("did you mean 'root'? T{KNOWN}")),
        (
            "steamcmd:\n  mirrror: x",
            "f:2:3: unknown key 'mirrror'",
            "did you mean 'mirror'? The known keys are mirror and digest".to_owned(),
        ),
        ("firewall: true", "f:1:1: unknown key 'firewall'", format!("t{KNOWN}")),
        ("1: 2", "f:1:1: unknown key '1'", format!("t{KNOWN}")),
    ];
    for (text, message, hint) in table {
        let error = HostFile::parse(text, "f").unwrap_err();
        assert_eq!((error.message(), error.remedy()), (message, Some(hint.as_str())));
    }
}

/// Nine levels of nine aliases each would be a billion values.
#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut bomb = String::from("root:\n- &a0 [x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("- &a{level} [{aliases}]\n"));
    }
    let error = HostFile::parse(&bomb, "f").unwrap_err();
    assert!(
        error.message().ends_with(": the document is too large once its aliases are replaced"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}", lines in "([a-z]{1,5}: ?[\\[\\]{}*&!|>'\"a-z0-9-]{0,5}\n){0,5}") {
        let _ = HostFile::parse(&text, "f");
        let _ = HostFile::parse(&lines, "f");
    }

    #[test]
    fn ports_come_back_as_they_were_written(first in 1024u16.., more in 0u16..2000) {
        let ports = Ports { first, last: first.saturating_add(more) };
        prop_assert_eq!(Ports::parse(&ports.to_string()), Ok(ports));
        prop_assert!(ports.contains(ports.first) && ports.contains(ports.last));
        prop_assert!(!ports.contains(ports.first - 1));
    }
}

#[test]
fn a_port_of_this_host() {
    let ports = HostFile::parse("ports: 27015-27030", "f").unwrap().ports;
    for (port, good) in [(27014, false), (27015, true), (27030, true), (27031, false)] {
        assert_eq!(port_is_among(port, ports.as_ref()).is_ok(), good, "{port}");
        assert_eq!(port_is_among(port, None), Ok(()));
    }
    let error = port_is_among(28000, ports.as_ref()).unwrap_err();
    assert_eq!(error.message(), "the port 28000 is outside this host's ports, 27015-27030");
    assert_eq!(error.remedy(), Some("choose one of these, or change them in /etc/left4me/host.yaml:1:8"));
}

/// A directory of its own with a host.yaml in it.
fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("host.yaml");
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    (dir, path)
}

#[test]
fn files_that_are_read_and_files_that_are_refused() {
    let (dir, path) = file(b"game: false\n");
    assert!(HostFile::load(&path).unwrap().unwrap().game.is_some_and(|game| !game.value));
    assert_eq!(HostFile::load(&dir.path().join("absent")), Ok(None));
    assert_eq!(HostFile::load(&dir.path().join("absent/host.yaml")), Ok(None));

    let refused = |path: &Path| {
        let error = HostFile::load(path).unwrap_err();
        let remedy = error.remedy().unwrap_or_default().to_owned();
        (error.message().replace(&dir.path().display().to_string(), "D"), remedy)
    };
    let chmod = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for mode in [0o664, 0o646, 0o666] {
        chmod(&path, mode);
        let (message, remedy) = refused(&path);
        assert_eq!(message, "D/host.yaml can be written by users other than root");
        assert!(remedy.ends_with(&format!("sudo chmod go-w {}", path.display())), "{remedy}");
    }
    chmod(&path, 0o644);
    chmod(dir.path(), 0o777);
    assert_eq!(refused(&path).0, "D can be written by users other than root");
    chmod(dir.path(), 0o755);
    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(refused(&link).0, "D/link is a symbolic link, not a file");
    let fifo = dir.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
    assert_eq!(refused(&fifo).0, "D/fifo is not a regular file");
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        assert_eq!(refused(&path).0, "D/host.yaml does not belong to root");
    }
}

#[test]
fn content_that_cannot_be_text() {
    let table: [(&[u8], &str); 3] = [
        (b"\xff", ":1:1: this is not UTF-8"),
        ("game: false\n# Grüße \u{0}".as_bytes(), ":2:"),
        (b"game: false\n# gr\xc3\xbc\xfc\n", ":2:6: this is not UTF-8"),
    ];
    for (content, message) in table {
        let (_dir, path) = file(content);
        let error = HostFile::load(&path).expect_err(message);
        assert!(error.message().starts_with(&format!("{}{message}", path.display())), "{error}");
    }
    let (_dir, path) = file(&vec![b'#'; 10 << 20]);
    let error = HostFile::load(&path).unwrap_err();
    assert!(error.message().ends_with("host.yaml is larger than 65536 bytes"), "{error}");
}
