//! What servers and their files say reaches a terminal as text, and a program unchanged.

use super::double;
use super::host::Host;
use std::fs;

/// Whether nothing of it steers a terminal or turns text round.
#[track_caller]
fn is_plain(text: &str) {
    let steers = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(steers), "{text:?}");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn logs_are_shown_line_by_line_and_raw_as_they_are() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    let journal =
        b"plain\tline\r\n\x1b]0;owned\x07title \x9b2J caf\xe9 caf\xc3\xa9\nbidi \xe2\x80\xaetxt.exe\x7f\n";
    fs::write(host.path("journal"), journal).unwrap();
    let said = host.as_root(&["logs", "a", "--no-follow"]).ok();
    assert_eq!(
        said,
        "plain\tline\n\\u{1b}]0;owned\\u{7}title \\x9b2J caf\\xe9 café\nbidi \\u{202e}txt.exe\\u{7f}\n"
    );
    let raw = host.root_command().args(["logs", "a", "--no-follow", "--raw"]).output().unwrap();
    assert_eq!(raw.stdout, journal);
}

/// Each read ends somewhere; a character that lies across two of them is whole again.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn long_logs_lose_no_character() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    let journal = "漢字 ü \u{9b}\n".repeat(5000);
    fs::write(host.path("journal"), &journal).unwrap();
    let said = host.as_root(&["logs", "a", "--no-follow"]).ok();
    assert!(said == journal.replace('\u{9b}', "\\u{9b}"), "{} bytes", said.len());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_a_server_calls_itself_is_text() {
    const HOSTNAME: &str = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}moc.live\u{7f}";
    let host = Host::new();
    let port = double::free_port();
    host.initialize("a", &format!("port: {port}"));
    host.set("unit.a", "active\n");
    double::serve_as(port, port, HOSTNAME, "c1\u{85}m1\u{2066}");
    let table = host.as_root(&["status"]).ok();
    is_plain(&table);
    assert!(table.contains("c1\\u{85}m1\\u{2066}"), "{table}");
    let document = host.as_root(&["status", "--json"]).ok();
    is_plain(&document);
    let status: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(status["instances"][0]["server"]["hostname"], HOSTNAME);
}

#[test]
fn names_of_files_and_layers_are_text() {
    let host = Host::new();
    let name = "\u{1b}[2J\u{9b}\u{202e}x\u{2028}";
    host.overlay("a\u{202e}b", Some("x"));
    host.initialize("a", "port: 27015");
    let upper = host.path("root/runtime/a/upper");
    fs::write(upper.join(name), "x").unwrap();
    let lower = host.path("root/overlays").join(name);
    let env = format!("L4D2_PORT=27015\nL4D2_LOWERDIRS=/{name}:{}\n", lower.display());
    fs::write(host.path("root/instances/a/instance.env"), env).unwrap();
    host.give(&host.path("root"));
    for arguments in [
        &["overlay", "list"][..],
        &["overlay", "list", "--json"],
        &["overlay", "show", "a"],
        &["overlay", "explain", "a", name],
        &["du", "--files"],
        &["du", "--files", "--json"],
    ] {
        is_plain(&host.run(arguments).ok());
    }
    let spec = "port: 27016\noverlays: [a\u{202e}b]\narguments: [+x \u{2066}]\nconfig: ['a \u{202e}b']\n";
    for spec in [spec, "port: 27016"] {
        host.spec(spec);
        let said = host.run(&["initialize", "b", "-f", "s.yaml"]);
        assert_eq!(said.code, 0, "{}", said.err);
        is_plain(&(said.out + &said.err));
    }
    let mut refused = host.run(&["overlay", "explain", "a", &format!("../{name}")]).failed();
    refused += &host.run(&["start", name]).failed();
    refused += &host.run(&["initialize", "c", "-f", name]).failed();
    is_plain(&refused);
}

/// What helpers pass on may be somebody else's words.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_end_of_a_log_is_text() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", double::free_port()));
    fs::write(host.path("journal"), b"Started x.\n\xe2\x80\xaelast\x1b]0;words\x07\x9b\n").unwrap();
    let ended = host.as_root(&["start", "a", "--wait=1"]);
    assert!(ended.err.contains("\\u{202e}last\\u{1b}]0;words\\u{7}"), "{}", ended.err);
    is_plain(&ended.err);
}
