//! left4me-overlay against real mounts, as root in a namespace of its own (ring 2).

#![allow(clippy::unwrap_used)]

mod attack;
mod caller;
mod host;
mod kernel;
mod refused;
mod unmount;

use host::{Done, Guard, Host, ROOT, USER};
use left4me_test_support::namespace;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;

#[test]
fn words_and_exit_codes() {
    for (line, code) in [
        ("", 2),
        ("mount", 2),
        ("umount", 2),
        ("mount a b", 2),
        ("remount a", 2),
        ("--print", 2),
        ("--print --print mount a", 2),
        ("mount ../a", 2),
        ("mount A", 2),
        ("mount -a", 2),
        ("mount a\n", 2),
        ("--help", 0),
        ("--version", 0),
    ] {
        let done = Host.call(line);
        assert_eq!(done.code, code, "{line}: {}", done.err);
        assert_eq!((done.out.is_empty(), done.err.is_empty()), (code != 0, code == 0), "{line}");
    }
    let refused = Host.helper("mount x").arg0("x").env_clear().uid(65534).output();
    // Where the build directory is closed to other users it cannot even be started.
    if let Ok(output) = refused {
        let done = Done::from(output);
        assert_eq!(
            done.err,
            "left4me-overlay: mounting needs root\nhint: sudo /usr/libexec/left4me/left4me-overlay mount x\n"
        );
        assert_eq!(done.code, 1);
    }
}

/// `updates/current` decides which layers the game is, at the mount and not before.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_game_is_a_list_of_layers() {
    host::run("the_game_is_a_list_of_layers", |host| {
        for (file, content) in [
            ("updates/10/base", "update 10"),
            ("updates/10/new", "10"),
            ("updates/20/new", "20"),
            ("updates/current", "10\n"),
        ] {
            host.file(file, content);
        }
        host.ok("mount a");
        let seen = |host: &Host| ["base", "new"].map(|file| host.merged(file));
        assert_eq!(seen(host), [Some("update 10".to_owned()), Some("10".to_owned())]);
        let before = host.overlays();
        // What runs keeps what it has.
        host.file("updates/current", "20\n10\n");
        assert_eq!(seen(host), [Some("update 10".to_owned()), Some("10".to_owned())]);
        host.ok("umount a");
        host.ok("mount a");
        assert_eq!(seen(host), [Some("update 10".to_owned()), Some("20".to_owned())]);
        assert_ne!(before, host.overlays());
        host.ok("umount a");
        // The same paths, and another directory: the mount has another name.
        let plan = host.call("--print mount a").out;
        fs::rename(format!("{ROOT}/installation"), format!("{ROOT}/updates/old")).unwrap();
        host.file("installation/base", "game");
        assert_ne!(plan, host.call("--print mount a").out);
        for (list, error) in [
            ("20\n../../etc\n", "/var/lib/left4me/updates/current line 2 is not a build id: ../../etc"),
            ("30\n", "path does not exist: /var/lib/left4me/updates/30"),
        ] {
            host.file("updates/current", list);
            host.fails("mount a", error);
        }
        fs::remove_file(format!("{ROOT}/updates/current")).unwrap();
        std::os::unix::fs::symlink("/etc/shadow", format!("{ROOT}/updates/current")).unwrap();
        host.fails("mount a", "/var/lib/left4me/updates/current is not a regular file");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn mounts_unmounts_and_does_neither_twice() {
    host::run("mounts_unmounts_and_does_neither_twice", |host| {
        let plan = host.call("--print mount a").out;
        let hash = plan.split("left4me:a:").nth(1).and_then(|rest| rest.get(..16)).unwrap_or_default();
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{plan}");
        let mount = format!(
            "# L4D2_PORT and L4D2_ARGS go to /run/left4me/a.env\n\
             mount -t overlay left4me:a:{hash} -o nosuid,nodev,lowerdir={ROOT}/overlays/8:{ROOT}/installation,\
             upperdir={ROOT}/runtime/a/upper,workdir={ROOT}/runtime/a/work,\
             index=off,metacopy=off,redirect_dir=nofollow,xino=off {ROOT}/runtime/a/merged\n"
        );
        assert_eq!(plan, mount);
        assert_eq!(host.call("mount --print a").out, mount);
        assert_eq!(host.call("umount a --print").out, "");
        assert!(host.overlays().is_empty() && fs::metadata("/run/left4me-overlay.lock").is_err());

        host.ok("mount a");
        let before = host.overlays();
        host.ok("mount a");
        assert_eq!((before.len(), before), (1, host.overlays()));
        assert_eq!(
            (host.merged("base").as_deref(), host.merged("over").as_deref()),
            (Some("game"), Some("overlay"))
        );
        let root = fs::metadata(host.path("runtime/a/merged")).unwrap();
        assert_eq!((root.uid(), root.mode() & 0o777), (USER, 0o755));
        assert!(host.call("--print mount a").out.ends_with("nothing to do\n"));
        assert_eq!(
            host.call("--print umount a").out,
            format!(
                "umount {ROOT}/runtime/a/merged\nrm /run/left4me/a.env\nrm -rf {ROOT}/runtime/a/work/work\n"
            )
        );

        let touch = Command::new("touch").arg(host.path("runtime/a/merged/new")).uid(USER).gid(USER).status();
        assert!(touch.unwrap().success());
        host.ok("umount a");
        host.ok("umount a");
        assert!(host.overlays().is_empty() && host.path("runtime/a/upper/new").exists());
        assert!(fs::read_dir(host.path("runtime/a/work")).unwrap().next().is_none());
        host.ok("umount never-initialized");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_servers_unit_reads_roots_copy() {
    host::run("the_servers_unit_reads_roots_copy", |host| {
        let copy = std::path::Path::new("/run/left4me/a.env");
        let lines =
            format!("LD_PRELOAD=/x\nL4D2_PORT=27015\nL4D2_LOWERDIRS={ROOT}/installation\nL4D2_ARGS=+map x\n");
        host.env("a", &lines);
        host.ok("mount a");
        let base = fs::metadata(host.path("installation")).unwrap();
        let layer = format!("# layer {}:{} installation\n", base.dev(), base.ino());
        assert_eq!(fs::read_to_string(copy).unwrap(), format!("L4D2_PORT=27015\nL4D2_ARGS=+map x\n{layer}"));
        assert_eq!(fs::metadata(copy).unwrap().mode() & 0o777, 0o640);
        // Read at every start, whether the tree is still mounted or not.
        host.env("a", lines.replace("27015", "27016"));
        host.ok("mount a");
        assert!(fs::read_to_string(copy).unwrap().starts_with("L4D2_PORT=27016\n"));
        host.ok("umount a");
        assert!(!copy.exists());
        // It does not stay behind without a mount, also where the scratch cannot be removed.
        host.ok("mount a");
        fs::remove_dir_all(host.path("runtime/a/work/work")).unwrap();
        let deep = host.dir(&format!("runtime/a/work/work{}", "/d".repeat(300)));
        host.fails("umount a", " below /var/lib/left4me/runtime/a/work/work: Directory not empty");
        assert!(!copy.exists() && host.overlays().is_empty());
        fs::remove_dir_all(host.path("runtime/a/work/work")).unwrap();
        assert!(!deep.exists());
        host.file("runtime/a/work/work/1/2/3/4/5/6/file", "x");
        host.fails("mount a", "read-only");
        assert!(!copy.exists());
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn changed_layers_are_mounted_anew() {
    host::run("changed_layers_are_mounted_anew", |host| {
        host.ok("mount a");
        host.file("overlays/9/nine", "9");
        host.instance("a", &["overlays/9", "overlays/8", "installation"]);
        host.ok("mount a");
        assert_eq!((host.overlays().len(), host.merged("nine").as_deref()), (1, Some("9")));

        // In use: what runs keeps its layers, and the caller learns that they are not the new ones.
        let mut sleep = Command::new("sleep");
        let _holder = Guard(sleep.arg("60").current_dir(host.path("runtime/a/merged")).spawn().unwrap());
        host.instance("a", &["installation"]);
        host.fails("mount a", "it is in use by sleep (pid ");
        assert_eq!((host.overlays().len(), host.merged("nine").as_deref()), (1, Some("9")));

        // A layer that cannot be opened leaves the mount as it was.
        host.instance("a", &["overlays/gone", "installation"]);
        host.fails("mount a", "path does not exist: /var/lib/left4me/overlays/gone");
        assert_eq!(host.merged("nine").as_deref(), Some("9"));
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn one_to_five_hundred_layers() {
    host::run("one_to_five_hundred_layers", |host| {
        let mut layers: Vec<String> = (1..500).map(|n| format!("overlays/a-rather-long-name-{n}")).collect();
        for layer in &layers {
            host.dir(layer);
        }
        layers.push("installation".to_owned());
        let mut layers: Vec<&str> = layers.iter().map(String::as_str).collect();
        for count in [1, 10, 100, 400] {
            host.instance("a", &layers[layers.len() - count..]);
            host.ok("mount a");
            assert_eq!((host.overlays().len(), host.merged("base").as_deref()), (1, Some("game")));
            host.ok("umount a");
        }
        host.instance("a", &layers);
        // Also below a caller's small limit of open files.
        let mut limited = Command::new("prlimit");
        limited.arg("--nofile=64:4096").arg(env!("CARGO_BIN_EXE_left4me-overlay")).args(["mount", "a"]);
        assert_eq!(Done::from(limited.output().unwrap()).err, "");
        assert_eq!(host.merged("base").as_deref(), Some("game"));
        host.ok("umount a");
        layers.insert(0, "overlays/8");
        host.instance("a", &layers);
        host.fails("mount a", "L4D2_LOWERDIRS has 501 entries (cap 500)");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn nothing_in_a_layer_gives_privileges() {
    host::run("nothing_in_a_layer_gives_privileges", |host| {
        let id = host.path("overlays/8/id");
        fs::copy("/usr/bin/id", &id).unwrap();
        fs::set_permissions(&id, fs::Permissions::from_mode(0o4755)).unwrap();
        let null = rustix::fs::makedev(1, 3);
        let mode = rustix::fs::Mode::from_raw_mode(0o666);
        let kind = rustix::fs::FileType::CharacterDevice;
        rustix::fs::mknodat(rustix::fs::CWD, host.path("overlays/8/null"), kind, mode, null).unwrap();
        host.ok("mount a");
        let line = host.overlays().remove(0);
        assert!(line.contains("nosuid,nodev") && line.contains("redirect_dir=nofollow"), "{line}");
        let output = Command::new(host.path("runtime/a/merged/id")).arg("-u").uid(USER).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{USER}\n"));
        let opened = fs::File::open(host.path("runtime/a/merged/null")).map_err(|e| e.kind());
        assert_eq!(opened.err(), Some(std::io::ErrorKind::PermissionDenied));
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_call_from_a_private_namespace_mounts_for_the_host() {
    host::run("a_call_from_a_private_namespace_mounts_for_the_host", |host| {
        // The caller's view may even lack the root, as a sandboxed service's does.
        for (verb, mounts) in [("mount", 1), ("mount", 1), ("umount", 0)] {
            let script = format!("mount -t tmpfs x /var/lib && exec \"$0\" {verb} a");
            let mut caller = Command::new("unshare");
            caller.args(["--mount", "--propagation", "private", "sh", "-c", &script]);
            let done = Done::from(caller.arg(env!("CARGO_BIN_EXE_left4me-overlay")).output().unwrap());
            assert_eq!((done.code, done.err.as_str()), (0, ""));
            assert_eq!(host.overlays().len(), mounts, "{verb}");
        }
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn many_at_once_are_one_mount() {
    host::run("many_at_once_are_one_mount", |host| {
        let start = || host.helper("mount a").stderr(Stdio::inherit()).spawn().unwrap();
        let helpers: Vec<_> = (0..40).map(|_| start()).collect();
        for mut helper in helpers {
            assert!(helper.wait().unwrap().success());
        }
        assert_eq!(host.overlays().len(), 1);
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_killed_helper_leaves_nothing_that_matters() {
    host::run("a_killed_helper_leaves_nothing_that_matters", |host| {
        let time = |_| {
            let begun = Instant::now();
            host.ok("mount a");
            let whole = begun.elapsed();
            host.ok("umount a");
            whole
        };
        // Killed from its first instruction to after its last, however fast this machine is.
        let whole = (0..3).map(time).min().unwrap();
        let rounds = host::rounds(100) as u32;
        for round in 0..rounds {
            for verb in ["mount a", "umount a"] {
                let helper = Guard(host.helper(verb).spawn().unwrap());
                std::thread::sleep(whole * 2 * round / rounds);
                drop(helper);
            }
            host.ok("mount a");
            assert_eq!((host.overlays().len(), host.merged("base").as_deref()), (1, Some("game")));
            host.ok("umount a");
        }
        assert!(host.overlays().is_empty());
    });
}
