//! What an instance's layers are, what is hidden in them, and what its own one holds.

use super::host::{Host, NOBODY};
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, symlink};

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_is_mounted_decides_what_is_a_layer_and_what_is_hidden() {
    let host = Host::new();
    host.overlay("standard", Some("x"));
    host.initialize("a", "port: 27017\noverlays: [standard]");
    fs::create_dir_all(host.path("root/updates/17000000/left4dead2")).unwrap();
    fs::write(host.path("root/updates/17000000/left4dead2/new"), "").unwrap();
    host.give(&host.path("root"));
    let first_words = |text: String| -> Vec<String> {
        text.lines().map(|line| line.split("  ").next().unwrap().to_owned()).collect()
    };
    // What nobody mounts is no layer: neither shown, nor where a file comes from.
    assert!(!host.run(&["overlay", "show", "a"]).ok().contains("updates"));
    let failed = host.run(&["overlay", "explain", "a", "left4dead2/new"]).failed();
    assert!(failed.contains("error: no layer of 'a' has left4dead2/new"), "{failed}");
    // What an instance.env lists is one, whatever it is.
    let env = host.path("root/instances/a/instance.env");
    let text = fs::read_to_string(&env).unwrap();
    let root = host.path("root").display().to_string();
    fs::write(
        &env,
        text.replace(
            &format!("{root}/installation"),
            &format!("{root}/updates/17000000:{root}/installation"),
        ),
    )
    .unwrap();
    let shown = host.run(&["overlay", "show", "a"]).ok();
    assert!(shown.contains("2  game update 17000000 ") && shown.contains("3  the game "), "{shown}");
    let explained = host.run(&["overlay", "explain", "a", "left4dead2/new"]).ok();
    assert!(explained.starts_with("comes from  game update 17000000 "), "{explained}");

    // Its `left4dead2/cfg` was deleted and made anew: the mount shows nothing of those below.
    let cfg = "left4dead2/cfg/server.cfg";
    assert_eq!(first_words(host.run(&["overlay", "explain", "a", cfg]).ok()), ["comes from"]);
    host.set("mounted.a", "");
    assert_eq!(first_words(host.as_root(&["overlay", "explain", "a", cfg]).ok()), ["hidden in"]);
    fs::create_dir_all(host.path("root/runtime/a/merged/left4dead2/cfg")).unwrap();
    fs::write(host.path("root/runtime/a/merged").join(cfg), "x").unwrap();
    host.give(&host.path("root"));
    assert_eq!(first_words(host.as_root(&["overlay", "explain", "a", cfg]).ok()), ["comes from"]);
}

#[test]
fn du_tells_new_from_copied_up_from_deleted() {
    let host = Host::new();
    host.overlay("standard", Some("theirs"));
    fs::write(host.path("root/installation/game"), "game").unwrap();
    fs::create_dir_all(host.path("root/installation/left4dead2/cfg")).unwrap();
    host.initialize("a", "port: 27017\noverlays: [standard]");
    host.initialize("b", "port: 27018");
    let upper = host.path("root/runtime/a/upper");
    fs::create_dir_all(upper.join("left4dead2/cfg")).unwrap();
    fs::create_dir_all(upper.join("left4dead2/logs")).unwrap();
    for (file, bytes) in [("game", 5000), ("left4dead2/cfg/server.cfg", 1), ("left4dead2/logs/\u{1b}l", 9000)]
    {
        fs::write(upper.join(file), vec![b'x'; bytes]).unwrap();
    }
    // Deleted, as the kernel writes it: anybody may make such a node.
    let whiteout = upper.join("srcds_run");
    let kind = rustix::fs::FileType::CharacterDevice;
    rustix::fs::mknodat(rustix::fs::CWD, &whiteout, kind, rustix::fs::Mode::empty(), 0).unwrap();
    // What a hostile server leaves: ways out, things that block, a depth that no path reaches, a closed directory.
    symlink("/", upper.join("out")).unwrap();
    symlink("..", upper.join("left4dead2/up")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, upper.join("fifo"), rustix::fs::Mode::RWXU).unwrap();
    fs::write(host.path("secret"), vec![b'x'; 1 << 20]).unwrap();
    fs::remove_dir(host.path("root/runtime/b/upper")).unwrap();
    symlink(host.dir.path(), host.path("root/runtime/b/upper")).unwrap();
    host.give(&host.path("root"));
    let sizes = |text: &str| -> serde_json::Value { serde_json::from_str(text).unwrap() };
    let json = host.run(&["du", "a", "--json", "--files=2"]).ok();
    let usage = &sizes(&json)["instances"][0];
    let disk: u64 =
        ["new", "copied_up"].iter().map(|share| usage[share]["disk_bytes"].as_u64().unwrap()).sum();
    assert_eq!(usage["disk_bytes"], disk, "{json}");
    let status = fs::metadata(upper.join("left4dead2/logs/\u{1b}l")).unwrap().blocks() * 512;
    assert_eq!(usage["largest"][0]["disk_bytes"], status);
    // How large directories are is the file system's choice.
    let pinned: Vec<&str> = json.lines().filter(|line| !line.contains("disk_bytes")).collect();
    insta::assert_snapshot!("du_json", pinned.join("\n"));
    let table = host.run(&["du", "a", "--files"]).ok();
    let words: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((words[1][0], words[1][3], words[1][5], words[1][6]), ("a", "4", "2", "1"), "{table}");
    assert!(table.contains("new        left4dead2/logs/\\u{1b}l\n") && !table.contains('\u{1b}'), "{table}");

    let ended = host.run(&["du", "--json"]);
    assert_eq!(ended.err, "note: 1 entry of 'b' could not be read\n");
    assert_eq!(
        sizes(&ended.out)["instances"][1]["disk_bytes"],
        0,
        "a link instead of the layer was followed"
    );
    assert_eq!(
        host.run(&["du", "c"]).failed(),
        "exit 1\nerror: there is no instance 'c'\nhint: instances on this host: a, b\n"
    );
}

/// A server makes directories in directories until no path reaches the last one.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn any_depth() {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    for (depth, command) in [(1_900, "reset"), (20_000, "delete")] {
        let host = Host::new();
        host.initialize("a", "port: 27017");
        let upper = host.path("root/runtime/a/upper");
        let mut here = openat(CWD, &upper, OFlags::PATH, Mode::empty()).unwrap();
        for _ in 0..depth {
            mkdirat(&here, "d", Mode::from_raw_mode(0o777)).unwrap();
            here = openat(&here, "d", OFlags::PATH, Mode::empty()).unwrap();
            std::os::unix::fs::chown(
                format!("/proc/self/fd/{}", here.as_raw_fd()),
                Some(NOBODY),
                Some(NOBODY),
            )
            .unwrap();
        }
        let file = openat(&here, "file", OFlags::CREATE | OFlags::WRONLY, Mode::RUSR).unwrap();
        rustix::io::write(&file, &[b'x'; 9000]).unwrap();
        let bytes = |command: &[&str]| -> u64 {
            let told: serde_json::Value = serde_json::from_str(&host.as_root(command).ok()).unwrap();
            told["instances"][0]["disk_bytes"].as_u64().unwrap()
        };
        let counted = bytes(&["du", "a", "--json"]);
        assert_eq!(bytes(&["status", "a", "--json"]), counted, "{depth}");
        assert!(counted >= 9000, "{counted}");
        host.as_root(&[command, "a"]).ok();
        let left = fs::read_dir(host.path("root/runtime")).unwrap().count();
        match command {
            "delete" => assert_eq!(left, 0),
            _ => assert_eq!(fs::read_dir(&upper).unwrap().count(), 0),
        }
    }
}
