use super::server::{ServerUnit, from_show, list, servers};
use super::*;
use crate::name::InstanceName;
use left4me_test_support::systemd::{self as double, Value};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

type Log = Arc<Mutex<Vec<String>>>;

/// A manager behind a connection, with or without a bus between.
fn manager(is_bus: bool, units: Vec<double::Unit>) -> (Manager, Log) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let log = Log::default();
    let calls = Arc::clone(&log);
    std::thread::spawn(move || double::converse(theirs, &|| units.clone(), &calls));
    (Manager { connection: Connection::greet(ours, is_bus).unwrap() }, log)
}

fn unit(name: &str, active: &str, sub: &str, properties: &[(&'static str, Value)]) -> double::Unit {
    double::Unit {
        id: format!("left4me-server@{name}.service"),
        load: "loaded".into(),
        active: active.into(),
        sub: sub.into(),
        properties: properties.to_vec(),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn up(name: &str, pid: u32) -> double::Unit {
    let properties = [
        ("Result", text("success")),
        ("NRestarts", Value::Number(2)),
        ("MainPID", Value::Number(pid)),
        ("ActiveEnterTimestamp", Value::Long(1_733_174_231_999_999)),
        ("MemoryCurrent", Value::Long(1024)),
        ("UnitFileState", text("enabled-runtime")),
    ];
    unit(name, "active", "running", &properties)
}

fn names(all: &[&str]) -> Vec<InstanceName> {
    all.iter().map(|name| InstanceName::parse(name).unwrap()).collect()
}

#[test]
fn servers_in_every_state() {
    let mut masked = unit("masked", "inactive", "dead", &[]);
    masked.load = "masked".into();
    let failed = [("Result", text("start-limit-hit")), ("NRestarts", Value::Number(5))];
    let restarting = [
        ("Result", text("exit-code")),
        ("NRestarts", Value::Number(3)),
        ("MainPID", Value::Number(0)),
        ("ActiveEnterTimestamp", Value::Long(0)),
        ("MemoryCurrent", Value::Long(u64::MAX)),
        ("UnitFileState", text("disabled")),
    ];
    let units = vec![
        up("a-1_b", 77),
        unit("crashes", "activating", "auto-restart", &restarting),
        unit("failed", "failed", "failed", &failed),
        // Listed, and gone when it is asked about.
        unit("gone", "deactivating", "stop-sigterm", &[]),
        masked,
        // Somebody else's.
        up("other", 1),
        double::Unit { id: "ssh.service".into(), ..unit("", "active", "running", &[]) },
    ];
    let asked = names(&["a-1_b", "crashes", "failed", "gone", "masked", "never"]);
    for is_bus in [true, false] {
        let (mut manager, log) = manager(is_bus, units.clone());
        let found = servers(&mut manager, &asked.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(found.len(), 6);
        let word = |text: &str| text.to_owned();
        let running = ServerUnit {
            active: word("active"),
            sub: word("running"),
            result: word("success"),
            enabled: true,
            pid: Some(77),
            since: Some(1_733_174_231),
            restarts: Some(2),
            memory: Some(1024),
        };
        assert_eq!(found["a-1_b"], running);
        let facts = |name: &str| {
            let unit = &found[name];
            let states = (unit.active.as_str(), unit.sub.as_str(), unit.result.as_str());
            (states, unit.enabled, unit.restarts, (unit.pid, unit.since, unit.memory))
        };
        let nothing = (None, None, None);
        assert_eq!(facts("crashes"), (("activating", "auto-restart", "exit-code"), false, Some(3), nothing));
        assert_eq!(facts("failed"), (("failed", "failed", "start-limit-hit"), false, Some(5), nothing));
        assert_eq!(facts("gone"), (("deactivating", "stop-sigterm", "success"), false, Some(0), nothing));
        for name in ["masked", "never"] {
            assert_eq!(facts(name), (("inactive", "dead", "success"), false, Some(0), nothing), "{name}");
        }
        let log = log.lock().unwrap();
        assert_eq!(log.iter().filter(|call| call.starts_with("List")).count(), 1);
        // What is down has no process to ask about, and what is not loaded stays so.
        assert!(!log.iter().any(|call| call == "Get left4me-server@failed.service MainPID"), "{log:?}");
        assert!(!log.iter().any(|call| call.contains("@never") && call.starts_with("Get")), "{log:?}");
    }
}

/// One question tells whether a tree must be left alone.
#[test]
fn which_servers_are_up() {
    let states = ["active", "activating", "reloading", "refreshing", "deactivating", "inactive", "failed"];
    let (mut manager, log) = manager(false, states.iter().map(|state| unit(state, state, "", &[])).collect());
    let asked = names(&[&states[..], &["never"]].concat());
    let listing = list(&mut manager, &asked.iter().collect::<Vec<_>>()).unwrap();
    let up: Vec<&str> = asked.iter().filter(|name| listing.is_up(name)).map(InstanceName::as_str).collect();
    assert_eq!(up, states[..5]);
    let other = &names(&["other"])[0];
    assert!(!listing.is_up(other));
    assert_eq!(log.lock().unwrap().len(), 1);
    // Of none, nothing is asked.
    assert!(servers(&mut manager, &[]).unwrap().is_empty());
    assert_eq!(log.lock().unwrap().len(), 1);
}

/// More calls than a bus lets wait, and a list of tens of kilobytes.
#[test]
fn very_many_servers() {
    let all: Vec<String> = (0..300).map(|number| format!("s{number}")).collect();
    let units: Vec<double::Unit> = (0..300)
        .map(|at| {
            if at % 10 == 0 {
                up(&all[at], 1000 + at as u32)
            } else {
                unit(&all[at], "inactive", "dead", &[])
            }
        })
        .collect();
    let (mut manager, log) = manager(true, units);
    let asked = names(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let found = servers(&mut manager, &asked.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!((found.len(), found["s290"].pid, found["s291"].pid), (300, Some(1290), None));
    assert_eq!(found.values().filter(|unit| unit.is_up()).count(), 30);
    assert_eq!(log.lock().unwrap()[0], "ListUnitsByPatterns left4me-server@*.service");
}

/// Few are asked for by name: systemd tries a pattern on every unit that it has.
#[test]
fn few_servers_are_named_and_many_are_a_pattern() {
    let all: Vec<String> = (0..21).map(|number| format!("s{number}")).collect();
    let asked = names(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let asked: Vec<&InstanceName> = asked.iter().collect();
    for (count, patterns) in [(1, 1), (20, 20), (21, 1)] {
        let (mut manager, log) = manager(false, vec![]);
        assert_eq!(servers(&mut manager, &asked[..count]).unwrap().len(), count);
        let question = log.lock().unwrap()[0].clone();
        let is_pattern = question.contains('*');
        assert_eq!((question.split(' ').count() - 1, is_pattern), (patterns, count > 20), "{question}");
    }
}

#[test]
fn properties_in_words() {
    let properties = [
        ("DropInPaths", Value::Texts(vec!["/etc/a.conf".into(), "/etc/b.conf".into()])),
        ("NeedDaemonReload", Value::Flag(true)),
        ("FragmentPath", text("/usr/lib/systemd/system/left4me-server@.service")),
    ];
    let (mut manager, _) = manager(false, vec![unit("a", "active", "running", &properties)]);
    let id = "left4me-server@a.service";
    let answers = manager
        .properties(&[(id, "DropInPaths"), (id, "NeedDaemonReload"), (id, "MainPID"), ("ssh.service", "Id")])
        .unwrap();
    let words = |text: &str| Some(text.to_owned());
    assert_eq!(answers, [words("/etc/a.conf /etc/b.conf"), words("yes"), None, None]);
    // One property of the units that a list named.
    let units = manager.units(&["left4me-server@*.service"]).unwrap();
    let files = manager.property(&units, "FragmentPath").unwrap();
    assert_eq!(files, [words("/usr/lib/systemd/system/left4me-server@.service")]);
    assert_eq!(manager.property(&[], "FragmentPath"), Ok(vec![]));
}

#[test]
fn a_connection_that_ends_or_is_refused_is_an_error() {
    use std::io::Write;
    let long = [b'x'; 65_537];
    for (answer, message) in [
        (&b"REJECTED EXTERNAL\r\n"[..], "systemd does not let us ask it anything"),
        // A line that does not end is not waited for.
        (&long[..65_536], "systemd closed the connection"),
        (&long[..], "systemd does not let us ask it anything"),
        (b"DATA\r\n", "systemd closed the connection"),
        (
            b"DATA\r\nOK 1234\r\nl\x02\x00\x01\xff\xff\xff\xff\x01\0\0\0\0\0\0\0",
            "a message of systemd's is too long",
        ),
        (b"DATA\r\nOK 1234\r\nnoise, and more of it", "a message of systemd's cannot be read"),
    ] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(answer).unwrap();
        theirs.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(Connection::greet(ours, true).unwrap_err().message(), message);
    }
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(theirs);
    let message = "cannot ask systemd: Broken pipe (os error 32)";
    assert_eq!(Connection::greet(ours, true).unwrap_err().message(), message);
}

#[test]
fn objects_of_units() {
    for (unit, path) in [
        ("l4d2-game.slice", "l4d2_2dgame_2eslice"),
        ("left4me-server@a_b-1.service", "left4me_2dserver_40a_5fb_2d1_2eservice"),
        ("9p.mount", "_39p_2emount"),
    ] {
        assert_eq!(object_path(unit), format!("/org/freedesktop/systemd1/unit/{path}"));
    }
}

#[test]
fn what_the_helper_shows() {
    let text = "Id=left4me-server@a.service\nActiveState=active\nSubState=running\nResult=success\nMainPID=77\nNRestarts=2\nActiveEnterTimestamp=@1733174231\nMemoryCurrent=1024\nUnitFileState=enabled\n\nId=left4me-server@b.service\nActiveState=inactive\nSubState=dead\nMainPID=0\nActiveEnterTimestamp=\nMemoryCurrent=[not set]\nUnitFileState=disabled\nStray\n\nId=ssh.service\nActiveState=active\n";
    let asked = names(&["a", "b", "c"]);
    let asked: Vec<&InstanceName> = asked.iter().collect();
    let units = from_show(&asked, text);
    assert_eq!(units.keys().collect::<Vec<_>>(), ["a", "b"]);
    let a = &units["a"];
    assert_eq!((a.active.as_str(), a.sub.as_str(), a.enabled, a.is_up()), ("active", "running", true, true));
    assert_eq!((a.pid, a.since, a.restarts, a.memory), (Some(77), Some(1_733_174_231), Some(2), Some(1024)));
    let b = &units["b"];
    assert_eq!((b.pid, b.since, b.memory, b.enabled, b.is_up()), (None, None, None, false, false));
    assert!(from_show(&asked, "").is_empty());
    // Of many, the helper shows those that are loaded.
    let many: Vec<String> = (0..=crate::helper::MANY).map(|number| format!("s{number}")).collect();
    let many = names(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let many: Vec<&InstanceName> = many.iter().collect();
    assert_eq!(from_show(&many[..crate::helper::MANY], text).len(), 2);
    let units = from_show(&many, text);
    assert_eq!((units.len(), units["s7"].active.as_str()), (many.len() + 2, "inactive"));
}
