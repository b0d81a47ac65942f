//! l4d2ctl from outside: what it prints, how it ends, what it leaves on disk and what it asks of the helpers.
//!
//! Two ways to run it. [`Host::run`]: as the owner of a temporary `LEFT4ME_ROOT`, everywhere. [`Host::as_root`]:
//! as root in a mount namespace of its own, where `/etc/passwd` knows `left4me` and `/usr/bin/sudo` is a double
//! that plays systemd; needs root.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

mod bus;
mod configuration;
mod console;
mod double;
mod failures;
mod fuse;
mod host;
mod hostile;
mod interactive;
mod interrupted;
mod layers;
mod lifecycle;
mod many;
mod owners;
mod peers;
mod questions;
mod rolling;
mod rolling_races;
mod starts;
mod warned;

use host::{Ended, Host};

#[test]
fn help() {
    let host = Host::new();
    for command in ["", "initialize", "start", "status", "logs", "overlay"] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|a| !a.is_empty()).collect();
        insta::assert_snapshot!(format!("help_{command}"), host.run(&arguments).ok());
    }
}

#[test]
fn usage_errors_end_with_2() {
    let host = Host::new();
    let table: &[&[&str]] = &[
        &[],
        &["nonsense"],
        &["start"],
        &["start", "a", "--all"],
        &["start", "a", "--wait=0"],
        &["start", "A"],
        &["start", "../x"],
        &["stop", ""],
        &["initialize", "a"],
        &["initialize", "a/b", "-f", "s.yaml"],
        &["logs", "a", "--lines", "-1"],
        &["logs", "a", "--lines", "x"],
        &["logs", "-x"],
        &["status", "--json", "--watch"],
        &["status", "--watch"],
        &["restart"],
        &["restart", "a", "--warn", "60"],
        &["restart", "a", "--when-empty", "--deadline", "4:30"],
        &["restart", "a", "--when-empty", "--max-parallel", "0"],
        &["restart", "--queued", "--all"],
        &["restart", "a", "--cancel"],
    ];
    for arguments in table {
        let ended = host.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.err);
        assert_eq!(ended.out, "", "{arguments:?}");
    }
    insta::assert_snapshot!(host.run(&["delete", "Versus"]).failed());
}

#[test]
fn check_judges_and_writes_nothing() {
    let host = Host::new();
    let mut told = String::new();
    let table = [
        "port: 27015\noverlays: [missing]\n",
        "port: 80\n",
        "port: 27015\nhostname: x\n",
        "port: 27015\narguments:\n  - +hostname \"my server\"\n",
        "port: 27015\narguments: [\"a\\nLD_PRELOAD=/x\"]\n",
        "port: 27015\nconfig:\n  - \"a\\nb\"\n",
        "port: 27015\noverlays: [/etc]\n",
        "port: 27015\nport: 27016\n",
        "port: [\n",
        "",
    ];
    for spec in table {
        host.spec(spec);
        let ended = host.run(&["initialize", "a", "--check", "-f", "s.yaml"]);
        told.push_str(&format!("{spec:?}\nexit {}\n{}{}\n", ended.code, ended.out, ended.err));
    }
    fs::write(host.path("s.yaml"), b"port: \xff").unwrap();
    told.push_str(&host.run(&["initialize", "a", "--check", "-f", "s.yaml"]).failed());
    told.push_str(&host.run(&["initialize", "a", "--check", "-f", "absent.yaml"]).failed());
    insta::assert_snapshot!(told);
    assert!(!host.path("root/instances").exists());
}

#[test]
fn a_spec_comes_from_standard_input_and_has_a_limit() {
    let host = Host::new();
    let feed = |arguments: &[&str], text: &[u8]| {
        fs::write(host.path("stdin"), text).unwrap();
        let stdin = fs::File::open(host.path("stdin")).unwrap();
        Ended::of(&host, host.command().args(arguments).stdin(stdin).output().unwrap())
    };
    let checked = feed(&["initialize", "a", "--spec", "-", "--check"], b"port: 27015").ok();
    assert_eq!(checked, "standard input: OK\n");
    feed(&["initialize", "a", "-f", "-"], b"port: 27015\n").ok();
    assert!(
        feed(&["initialize", "a", "-f", "-"], b"port: 1\n")
            .err
            .starts_with("error: standard input:1:7: port 1 is not")
    );
    let error = feed(&["initialize", "a", "-f", "-"], &vec![b' '; 300 * 1024]).err;
    assert_eq!(error, "error: standard input is larger than 256 KiB\n");
    assert!(host.run(&["initialize", "a", "-f", "/dev/zero"]).err.contains("is larger than 256 KiB"));
}

#[test]
fn strangers_are_told_what_to_type() {
    let host = Host::new();
    let stranger = |arguments: &[&str]| {
        let output = host.command().env_remove("LEFT4ME_ROOT").args(arguments).output().unwrap();
        Ended::of(&host, output).failed()
    };
    for (arguments, typed) in [
        (&["status", "--json"][..], "sudo l4d2ctl status --json"),
        (&["start", "a", "--wait=5"], "sudo l4d2ctl start a --wait=5"),
        (&["overlay", "explain", "a", "a file"], "sudo l4d2ctl overlay explain a 'a file'"),
    ] {
        let expected = format!(
            "exit 1\nerror: l4d2ctl must be run by root or by the runtime user 'left4me'\nhint: {typed}\n"
        );
        assert_eq!(stranger(arguments), expected);
    }
}

#[test]
fn initialize_makes_an_instance() {
    let host = Host::new();
    host.overlay("standard", None);
    host.overlay("users/42/custom", None);
    host.spec("port: 27015\noverlays: [standard, {path: users/42/custom, alias: custom}]\narguments: ['-tickrate 100', '+map c1m1_hotel']\nconfig: ['hostname my server', 'rcon_password secret']\n");
    let steps = "creating instance directories...\nwriting instance.env...\nwriting server.cfg...\ninitialization complete.\n";
    assert_eq!(host.run(&["initialize", "a", "-f", "s.yaml"]).ok(), steps);
    let read = |file: &str| {
        fs::read_to_string(host.path(file)).unwrap().replace(host.dir.path().to_str().unwrap(), "")
    };
    let environment = "L4D2_PORT=27015\nL4D2_ARGS=-tickrate 100 +map c1m1_hotel\nL4D2_LOWERDIRS=/root/overlays/standard:/root/overlays/users/42/custom:/root/installation\n";
    assert_eq!(read("root/instances/a/instance.env"), environment);
    assert_eq!(read("root/instances/a/server.cfg"), "hostname my server\nrcon_password secret");
    assert_eq!(read("root/instances/a/aliases"), "custom=users/42/custom\n");
    let mode = |path: &str| fs::metadata(host.path(path)).unwrap().mode() & 0o7777;
    for directory in ["instances/a", "runtime/a", "runtime/a/upper", "runtime/a/work", "runtime/a/merged"] {
        assert_eq!(mode(&format!("root/{directory}")), 0o750, "{directory}");
    }
    for file in ["instance.env", "server.cfg", "aliases", "spec.yaml"] {
        assert_eq!(mode(&format!("root/instances/a/{file}")), 0o640, "{file}");
    }
    // Again: new configuration, the same upper.
    fs::write(host.path("root/runtime/a/upper/mine"), "kept").unwrap();
    host.initialize("a", "port: 27016");
    assert_eq!(
        read("root/instances/a/instance.env"),
        "L4D2_PORT=27016\nL4D2_ARGS=\nL4D2_LOWERDIRS=/root/installation\n"
    );
    assert_eq!(
        (read("root/instances/a/server.cfg"), read("root/instances/a/aliases")),
        (String::new(), String::new())
    );
    assert_eq!(read("root/runtime/a/upper/mine"), "kept");
    assert_eq!(fs::read_dir(host.path("root/instances/a")).unwrap().count(), 4);
}

#[test]
fn initialize_refuses_what_cannot_work_here() {
    let host = Host::new();
    host.initialize("first", "port: 27015");
    host.overlay("real", None);
    fs::write(host.path("root/overlays/file"), "").unwrap();
    symlink("/etc", host.path("root/overlays/link")).unwrap();
    symlink("real", host.path("root/overlays/inner")).unwrap();
    let mut told = String::new();
    for spec in [
        "port: 27015",
        "port: 1024\noverlays: [absent]",
        "port: 1024\noverlays: [file]",
        "port: 1024\noverlays: [link/ssl]",
        "port: 1024\noverlays: [real, inner]",
    ] {
        host.spec(spec);
        told.push_str(&host.run(&["initialize", "second", "-f", "s.yaml"]).failed());
    }
    insta::assert_snapshot!(told);
    assert!(!host.path("root/instances/second").exists() && !host.path("root/runtime/second").exists());
}

#[test]
fn list_and_overlays() {
    let host = Host::new();
    assert_eq!(host.run(&["list"]).ok(), "NAME  PORT  OVERLAYS\n");
    host.overlay("standard", Some("x"));
    host.overlay("competitive/base", Some("yy"));
    host.initialize("versus", "port: 27017\noverlays: [competitive/base, standard]");
    host.initialize("10", "port: 27016\noverlays: [{path: standard, alias: std}]");
    host.initialize("9", "port: 27015");
    fs::create_dir(host.path("root/instances/broken")).unwrap();
    fs::write(host.path("root/instances/broken/instance.env"), "L4D2_PORT=x").unwrap();
    fs::create_dir(host.path("root/instances/Not-a-name")).unwrap();
    host.give(&host.path("root"));
    let disk = |text: String| {
        text.lines()
            .map(|l| l.split_whitespace().filter(|w| !w.ends_with('K')).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let mut told = host.run(&["list"]).ok() + &host.run(&["list", "--json"]).ok();
    told += &disk(host.run(&["overlay", "list"]).ok());
    told += "\n";
    told += &host.run(&["overlay", "show", "versus"]).ok();
    told += &host.run(&["overlay", "explain", "versus", "left4dead2/cfg/server.cfg"]).ok();
    told += &host.run(&["overlay", "explain", "versus", "left4dead2"]).ok();
    told += &host.run(&["overlay", "explain", "versus", "left4dead2/none"]).failed();
    told += &host.run(&["overlay", "explain", "versus", "../x"]).failed();
    told += &host.run(&["overlay", "show", "absent"]).failed();
    insta::assert_snapshot!(told);
}

#[test]
fn unknown_instances_and_missing_hosts() {
    let host = Host::new();
    let mut told = host.run(&["start", "versus"]).failed() + &host.run(&["logs", "versus"]).failed();
    host.initialize("a", "port: 27015");
    host.initialize("b", "port: 27016");
    told += &host.run(&["start", "versus"]).failed();
    fs::remove_file(host.path("root/installation/srcds_run")).unwrap();
    told += &host.run(&["start", "a"]).failed();
    let absent = host.command().env("LEFT4ME_ROOT", host.path("absent")).arg("list").output().unwrap();
    told += &Ended::of(&host, absent).failed();
    insta::assert_snapshot!(told);
    // What is not there is deleted already.
    let ended = host.run(&["delete", "versus"]);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.err.as_str()),
        (0, "", "note: there is no instance 'versus'\n")
    );
}
