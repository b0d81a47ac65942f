//! What a person at a terminal is asked before something is lost, and what `--all` leaves alone.

use super::double::{free_port, serve};
use super::host::Host;
use std::fs;
use std::os::unix::fs::MetadataExt;

fn three(host: &Host) {
    for name in ["a", "b", "c"] {
        host.initialize(name, &format!("port: {}\n", free_port()));
    }
    host.set("unit.a", "active\n");
    fs::write(host.path("root/runtime/b/upper/demo.dem"), [1; 8192]).unwrap();
    host.give(&host.path("root"));
    host.calls();
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_person_is_asked_before_something_is_lost() {
    let host = Host::new();
    three(&host);
    for verb in ["delete", "reset"] {
        let (code, shown) = host.on_terminal(&[verb, "a", "b", "c"], "no\n");
        assert_eq!(code, 1, "{shown}");
        assert!(
            shown.contains(&format!(
                "{verb} stops these servers and deletes the files they wrote:\n  a: running\n  b: stopped, 8.0K on disk\n"
            )),
            "{shown}"
        );
        assert!(shown.ends_with("error: nothing was changed\n"), "{shown}");
        assert!(!host.calls().contains("disable"));
    }
    // An end of file is no yes.
    assert_eq!(host.on_terminal(&["delete", "b"], "\u{4}").0, 1);
    assert!(host.path("root/runtime/b/upper/demo.dem").exists());
    // Nothing runs and nothing was written: nothing to ask.
    let (code, shown) = host.on_terminal(&["reset", "c"], "");
    assert_eq!((code, shown.contains("continue?")), (0, false), "{shown}");
    let (code, shown) = host.on_terminal(&["delete", "b"], "yes\n");
    assert_eq!(code, 0, "{shown}");
    assert!(!host.path("root/instances/b").exists());
    let (code, shown) = host.on_terminal(&["delete", "a", "--yes"], "");
    assert_eq!((code, shown.contains("continue?")), (0, false), "{shown}");
    assert!(!host.path("root/instances/a").exists());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_slip_on_a_terminal_is_an_error_and_in_a_script_is_done_already() {
    let host = Host::new();
    three(&host);
    for arguments in [&["delete", "typo"][..], &["reset", "typo"], &["delete", "typo", "-y"]] {
        let (code, shown) = host.on_terminal(arguments, "");
        assert_eq!(
            (code, shown.as_str()),
            (1, "error: there is no instance 'typo'\nhint: instances on this host: a, b, c\n"),
            "{arguments:?}"
        );
        let ended = host.as_root(arguments);
        assert_eq!((ended.code, ended.err.as_str()), (0, "note: there is no instance 'typo'\n"));
    }
    // Half an instance, as a killed delete leaves it, can still be deleted.
    fs::remove_file(host.path("root/instances/c/instance.env")).unwrap();
    let (code, shown) = host.on_terminal(&["delete", "c"], "");
    assert_eq!(code, 0, "{shown}");
    assert!(!host.path("root/instances/c").exists());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn all_leaves_alone_what_was_stopped_on_purpose() {
    let host = Host::new();
    three(&host);
    // a runs and does not start at boot, b starts at boot and has crashed, c was stopped.
    fs::write(host.path("wants/left4me-server@b.service"), "").unwrap();
    host.set("unit.b", "failed\n");
    let ended = host.as_root(&["restart", "--all"]);
    assert_eq!(ended.err, "note: c is stopped; to start it too: sudo l4d2ctl start c\n");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(host.calls().ends_with("left4me-systemctl stop-overlay a b\nleft4me-systemctl restart a b\n"));
    let ended = host.as_root(&["start", "--all"]);
    assert_eq!(ended.err, "note: c is stopped; to start it too: sudo l4d2ctl start --all --stopped\n");
    assert!(host.calls().ends_with("left4me-systemctl enable a b\n"));
    assert_eq!(host.as_root(&["start", "--all", "--stopped"]).err, "");
    assert!(host.calls().ends_with("left4me-systemctl enable a b c\n"));
    assert_eq!(host.as_root(&["start", "a", "--stopped"]).code, 2);
}

#[test]
fn a_specification_can_be_shown_edited_and_given_back() {
    let host = Host::new();
    host.overlay("standard", None);
    let text = "port: 27015\noverlays: [{path: standard, alias: std}]\narguments: ['-tickrate 100', '+map c1m1_hotel']\nconfig: ['hostname \"a b\"', 'rcon_password secret']\n";
    host.initialize("a", text);
    // As 0.1 and the predecessor left it: without the text itself.
    let _ = fs::remove_file(host.path("root/instances/a/spec.yaml"));
    let shown = host.run(&["show", "a"]).ok();
    assert_eq!(
        shown,
        "port: 27015\noverlays:\n  - {path: \"standard\", alias: \"std\"}\narguments:\n  - \"-tickrate 100\"\n  - \"+map c1m1_hotel\"\nconfig:\n  - \"hostname \\\"a b\\\"\"\n  - \"rcon_password secret\"\n"
    );
    host.spec(&shown);
    let ended = host.run(&["initialize", "a", "-f", "s.yaml"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, "note: the specification of 'a' has not changed\n"));
    host.spec(
        "port: 27016\narguments: ['-tickrate 100']\nconfig: ['hostname \"a b\"', 'rcon_password other']\n",
    );
    let ended = host.run(&["initialize", "a", "-f", "s.yaml"]);
    assert_eq!(
        ended.err,
        "note: port: 27015 -> 27016\nnote: overlays: standard as std -> none\nnote: arguments: -tickrate 100 +map c1m1_hotel -> -tickrate 100\nnote: config: rcon_password\n"
    );
    host.run(&["show", "absent"]).failed();
}

#[test]
fn a_check_is_about_this_host_too() {
    let host = Host::new();
    host.initialize("first", "port: 27015");
    let check = |spec: &str| {
        host.spec(spec);
        let ended = host.run(&["initialize", "second", "--check", "-f", "s.yaml"]);
        (ended.code, ended.out, ended.err)
    };
    assert_eq!(check("port: 27016"), (0, "s.yaml: OK\n".into(), String::new()));
    assert!(check("port: 27015").2.starts_with("error: port 27015 is used by the instance 'first'\n"));
    assert!(
        check("port: 27016\noverlays: [gone]").2.starts_with("error: the overlay 'gone' does not exist\n")
    );
    // Elsewhere the text alone is checked, and it says so.
    let output = host
        .command()
        .env_remove("LEFT4ME_ROOT")
        .args(["initialize", "x", "--check", "-f", "s.yaml"])
        .output();
    let output = output.unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("note: did not check ports and overlays of this host: ")
    );
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_new_port_is_pending_and_the_old_one_is_asked() {
    let host = Host::new();
    let (old, new) = (free_port(), free_port());
    host.initialize("a", &format!("port: {old}\n"));
    host.as_root(&["start", "a"]).ok();
    serve(old, old);
    // As the mount helper leaves it.
    fs::create_dir_all(host.path("run/left4me")).unwrap();
    host.set("run/left4me/a.env", &format!("L4D2_PORT={old}\nL4D2_ARGS=\n"));
    host.set("mounted.a", "");
    let status = || {
        let json: serde_json::Value =
            serde_json::from_str(&host.as_root(&["status", "--json"]).ok()).unwrap();
        let one = &json["instances"][0];
        (
            one["port"].clone(),
            one["running_port"].clone(),
            one["restart_pending"].clone(),
            one["ready"].clone(),
        )
    };
    use serde_json::json;
    assert_eq!(status(), (json!(old), json!(old), json!([]), json!(true)));
    host.initialize("a", &format!("port: {new}\n"));
    assert_eq!(status(), (json!(new), json!(old), json!(["specification"]), json!(true)));
    let table = host.as_root(&["status"]);
    assert!(table.out.contains(&format!(" {old} ")), "{}", table.out);
    let note =
        "note: 'a' is running with an older specification; to apply the new one: sudo l4d2ctl restart a\n";
    assert_eq!(table.err, note);
    assert!(host.as_root(&["start", "a"]).err.contains("l4d2ctl restart a"), "start says so too");
    host.initialize("a", &format!("port: {old}\nconfig: [hostname x]\n"));
    assert_eq!(status().2, json!(["specification"]));
    // Where it runs, initialize says what activates the change.
    host.spec(&format!("port: {old}\nconfig: [hostname y]\n"));
    assert_eq!(
        host.as_root(&["initialize", "a", "-f", "s.yaml"]).err,
        "note: config: hostname\nnote: 'a' keeps running with the old specification until its restart: sudo l4d2ctl restart a\n"
    );
    // What does not run has nothing pending.
    host.set("unit.a", "inactive\n");
    assert_eq!(status(), (json!(old), json!(null), json!([]), json!(false)));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn logs_take_what_people_type() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    host.calls();
    let table: &[(&[&str], &str)] = &[
        (&["logs", "a", "-f", "-n", "5"], "a --lines 5 --follow"),
        (&["logs", "a", "-F"], "a --lines 200 --follow"),
        (&["logs", "a", "--since", "1h", "--no-follow"], "a --since -1h --no-follow"),
        (&["logs", "a", "--since=-30min"], "a --since -30min --follow"),
        (&["logs", "a", "--since", "2 days ago", "-t"], "a --since 2 days ago --follow --timestamps"),
        (&["logs", "a", "--since", "2026-11-24 18:00"], "a --since 2026-11-24 18:00 --follow"),
    ];
    for (arguments, asked) in table {
        host.as_root(arguments).ok();
        assert_eq!(host.calls(), format!("left4me-journalctl {asked}\n"), "{arguments:?}");
    }
    // On a terminal each line has its time, unless that is not wanted.
    assert_eq!(host.on_terminal(&["logs", "a", "--no-follow"], "").0, 0);
    assert_eq!(host.calls(), "left4me-journalctl a --lines 200 --no-follow --timestamps\n");
    assert_eq!(host.on_terminal(&["logs", "a", "--no-follow", "--no-timestamps"], "").0, 0);
    assert_eq!(host.calls(), "left4me-journalctl a --lines 200 --no-follow\n");
    host.set("journal-code", "1");
    assert!(
        host.as_root(&["logs", "a", "--since", "x"]).err.starts_with("note: --since takes a time such as 1h")
    );
}

/// What runs, what would, and why a restart is pending.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn an_update_is_pending_until_the_restart() {
    let host = Host::new();
    let port = free_port();
    host.overlay("standard", None);
    host.initialize("a", &format!("port: {port}\noverlays: [standard]\n"));
    host.as_root(&["start", "a"]).ok();
    fs::create_dir_all(host.path("run/left4me")).unwrap();
    host.set("mounted.a", "");
    let mounts = |layers: &[&str]| {
        let layer = |path: &&str| {
            let found = fs::metadata(host.path("root").join(path)).unwrap();
            format!("# layer {}:{} {path}\n", found.dev(), found.ino())
        };
        let layers: String = layers.iter().map(layer).collect();
        host.set("run/left4me/a.env", &format!("L4D2_PORT={port}\nL4D2_ARGS=\n{layers}"));
    };
    let put = |file: &str, text: &str| {
        fs::create_dir_all(host.path("root").join(file).parent().unwrap()).unwrap();
        fs::write(host.path("root").join(file), text).unwrap();
        host.give(&host.path("root"));
    };
    let manifest = |build: u32| format!("\"AppState\"\n{{\n\t\"buildid\"\t\t\"{build}\"\n}}\n");
    let status = || {
        let json: serde_json::Value =
            serde_json::from_str(&host.as_root(&["status", "--json"]).ok()).unwrap();
        let one = &json["instances"][0];
        let keys = ["build", "next_build", "restart_pending", "shadowed"];
        keys.map(|key| one[key].to_string()).join(" ")
    };
    let acf = "steamapps/appmanifest_222860.acf";
    put(&format!("runtime/a/merged/{acf}"), &manifest(16546402));
    mounts(&["overlays/standard", "installation"]);
    assert_eq!(status(), r#""16546402" "16546402" [] []"#);

    put("runtime/a/upper/left4dead2/gameinfo.txt", "own");
    put("updates/17000000/left4dead2/gameinfo.txt", "new");
    put(&format!("updates/17000000/{acf}"), &manifest(17000000));
    put("updates/current", "17000000\n");
    assert_eq!(status(), r#""16546402" "17000000" ["build"] ["left4dead2/gameinfo.txt"]"#);
    let table = host.as_root(&["status"]);
    assert!(table.out.contains("16546402 -> 17000000"), "{}", table.out);
    insta::assert_snapshot!(table.err);

    // A repair is pending; the same files in other layers, as after a squash, are not.
    put(&format!("runtime/a/merged/{acf}"), &manifest(17000000));
    mounts(&["overlays/standard", "updates/17000000", "installation"]);
    assert_eq!(status(), r#""17000000" "17000000" [] ["left4dead2/gameinfo.txt"]"#);
    put("updates/17000000.1/x", "");
    put("updates/current", "17000000.1\n17000000\n");
    assert!(status().contains(r#"["build"]"#));
    put(&format!("squashed/{acf}"), &manifest(17000000));
    put("squashed/srcds_run", "");
    fs::rename(host.path("root/installation"), host.path("root/old")).unwrap();
    fs::rename(host.path("root/squashed"), host.path("root/installation")).unwrap();
    put("updates/current", "");
    assert_eq!(status(), r#""17000000" "17000000" [] []"#);

    // An overlay that was built anew; then one more of them.
    fs::rename(host.path("root/overlays/standard"), host.path("root/overlays/old")).unwrap();
    host.overlay("standard", None);
    assert!(status().contains(r#"["overlay"]"#));
    host.overlay("more", None);
    host.initialize("a", &format!("port: {port}\noverlays: [more, standard]\n"));
    assert!(status().contains(r#"["specification"]"#));

    // A server says what it likes about its build, as long as it is a number.
    put(&format!("runtime/a/merged/{acf}"), "\"AppState\" { \"buildid\" \"\u{1b}[2J\" }");
    assert!(status().starts_with("null "));
    fs::remove_file(host.path(&format!("root/runtime/a/merged/{acf}"))).unwrap();
    std::os::unix::fs::symlink("/dev/zero", host.path(&format!("root/runtime/a/merged/{acf}"))).unwrap();
    assert!(status().starts_with("null "));
    host.set("unit.a", "inactive\n");
    assert_eq!(status(), r#"null "17000000" [] []"#);
}
