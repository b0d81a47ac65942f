//! What is refused before anything is mounted.

use super::host::{self, Host, ROOT, USER};
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};

fn fifo(path: &std::path::Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o666);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

/// A way to damage the instance `a`, and what the helper says to it.
type Damage = (&'static str, fn(&Host), &'static str);

const DAMAGE: &[Damage] = &[
    (
        "layer outside",
        |host| host.env("a", "L4D2_LOWERDIRS=/etc"),
        "path is outside the permitted roots: /etc",
    ),
    (
        "layer that climbs",
        |host| host.env("a", format!("L4D2_LOWERDIRS={ROOT}/overlays/../../../../etc")),
        "path is outside the permitted roots: ",
    ),
    (
        "another instance's layer",
        |host| host.instance("a", &["runtime/b/upper"]),
        "outside the permitted roots",
    ),
    (
        "duplicate",
        |host| host.instance("a", &["overlays/8", "installation", "overlays/8"]),
        "L4D2_LOWERDIRS lists overlays/8 twice",
    ),
    (
        "a layer inside another",
        |host| host.instance("a", &["overlays/8", "overlays/8/inner"]),
        "the layer overlays/8/inner lies inside the layer overlays/8",
    ),
    ("missing layer", |host| host.instance("a", &["overlays/gone"]), "path does not exist: "),
    (
        "layer is a file",
        |host| host.instance("a", &["overlays/8/over", "installation"]),
        "path is a symbolic link or not a directory: ",
    ),
    (
        "layer is a link",
        |host| {
            symlink("/etc", host.path("overlays/link")).unwrap();
            host.instance("a", &["overlays/link"]);
        },
        "path is a symbolic link or not a directory: /var/lib/left4me/overlays/link",
    ),
    (
        "layer behind a link",
        |host| {
            symlink("/", host.path("overlays/link")).unwrap();
            host.instance("a", &["overlays/link/etc"]);
        },
        "path is a symbolic link or not a directory: ",
    ),
    (
        "layer behind a /proc link",
        |host| {
            symlink("/proc/self/root", host.path("overlays/proc")).unwrap();
            host.instance("a", &["overlays/proc/etc"]);
        },
        "path is a symbolic link or not a directory: ",
    ),
    (
        "overlays is a link",
        |host| {
            fs::rename(host.path("overlays"), host.path("o")).unwrap();
            symlink("o", host.path("overlays")).unwrap();
        },
        "path is a symbolic link or not a directory: ",
    ),
    ("layer on a mount of its own", |host| mount_tmpfs(host, "overlays/8"), "path lies on another mount"),
    (
        "upper on a mount of its own",
        |host| mount_tmpfs(host, "runtime/a/upper"),
        "path lies on another mount",
    ),
    ("instance on a mount of its own", |host| mount_tmpfs(host, "runtime/a"), "path lies on another mount"),
    (
        "upper is a link",
        |host| replace_by_link(host, "upper"),
        "not a directory: /var/lib/left4me/runtime/a/upper",
    ),
    (
        "work is a link",
        |host| replace_by_link(host, "work"),
        "not a directory: /var/lib/left4me/runtime/a/work",
    ),
    (
        "merged is a link",
        |host| replace_by_link(host, "merged"),
        "not a directory: /var/lib/left4me/runtime/a/merged",
    ),
    (
        "upper is root's",
        |host| chown(host.path("runtime/a/upper"), Some(0), Some(0)).unwrap(),
        "/var/lib/left4me/runtime/a/upper belongs to uid 0, not to the runtime user",
    ),
    (
        "merged is missing",
        |host| fs::remove_dir(host.path("runtime/a/merged")).unwrap(),
        "path does not exist: ",
    ),
    (
        "no instance.env",
        |host| remove_env(host),
        "instance.env not found: /var/lib/left4me/instances/a/instance.env",
    ),
    ("no key", |host| host.env("a", "L4D2_PORT=27015\n"), "L4D2_LOWERDIRS not set in "),
    ("empty key", |host| host.env("a", "L4D2_LOWERDIRS=\n"), "L4D2_LOWERDIRS is empty in "),
    (
        "empty entry",
        |host| host.env("a", format!("L4D2_LOWERDIRS={ROOT}/installation:\n")),
        "contains an empty entry: ",
    ),
    ("NUL", |host| host.env("a", "L4D2_LOWERDIRS=/var\0/lib\n"), "is not a text file"),
    ("not UTF-8", |host| host.env("a", b"L4D2_LOWERDIRS=\xff\n"), "is not a text file"),
    ("1 MB", |host| host.env("a", vec![b'x'; 1 << 20]), "is larger than 65536 bytes"),
    (
        "instance.env is a FIFO",
        |host| {
            remove_env(host);
            fifo(&host.path("instances/a/instance.env"));
        },
        "instance.env is not a regular file",
    ),
    (
        "instance.env is a link",
        |host| {
            remove_env(host);
            symlink("/etc/shadow", host.path("instances/a/instance.env")).unwrap();
        },
        "instance.env is not a regular file",
    ),
    (
        "a key twice",
        |host| {
            host.env("a", format!("L4D2_PORT=27015\nL4D2_PORT=27016\nL4D2_LOWERDIRS={ROOT}/installation\n"))
        },
        "/var/lib/left4me/instances/a/instance.env has L4D2_PORT twice",
    ),
    (
        "marks of fuse-overlayfs",
        |host| mark(&host.dir("runtime/a/upper/left4dead2/addons/x"), "user.fuseoverlayfs.opaque"),
        "upperdir contains fuse-overlayfs xattr user.fuseoverlayfs.opaque: /var/lib/left4me/runtime/a/upper/left4dead2/addons/x",
    ),
    (
        "marks of fuse-overlayfs on a file",
        |host| mark(&host.file("runtime/a/upper/x\u{1b}[2J", ""), "user.fuseoverlayfs.origin"),
        "upperdir contains fuse-overlayfs xattr user.fuseoverlayfs.origin: /var/lib/left4me/runtime/a/upper/x\\u{1b}[2J",
    ),
    (
        "instance.env is root's file",
        |host| chown(host.path("instances/a/instance.env"), Some(0), None).unwrap(),
        "instance.env belongs to uid 0, not to the runtime user",
    ),
];

fn mark(path: &std::path::Path, name: &str) {
    rustix::fs::setxattr(path, name, b"y", rustix::fs::XattrFlags::empty()).unwrap();
}

fn mount_tmpfs(host: &Host, below: &str) {
    let data = CString::new(format!("uid={USER}")).unwrap();
    let flags = rustix::mount::MountFlags::empty();
    rustix::mount::mount("test", host.path(below), "tmpfs", flags, data.as_c_str()).unwrap();
}

fn replace_by_link(host: &Host, name: &str) {
    fs::create_dir_all("/etc/victim").unwrap();
    fs::remove_dir(host.path("runtime/a").join(name)).unwrap();
    symlink("/etc/victim", host.path("runtime/a").join(name)).unwrap();
}

fn remove_env(host: &Host) {
    fs::remove_file(host.path("instances/a/instance.env")).unwrap();
}

/// Back to the instance that `host::run` made.
fn repair(host: &Host) {
    for mounted in ["overlays/8", "runtime/a/upper", "runtime/a"] {
        let _ = rustix::mount::unmount(host.path(mounted), rustix::mount::UnmountFlags::empty());
    }
    if host.path("o").exists() {
        fs::remove_file(host.path("overlays")).unwrap();
        fs::rename(host.path("o"), host.path("overlays")).unwrap();
    }
    for stale in ["overlays/link", "overlays/proc"] {
        let _ = fs::remove_file(host.path(stale));
    }
    for stale in ["left4dead2", "x\u{1b}[2J"].map(|name| host.path("runtime/a/upper").join(name)) {
        let _ = fs::remove_dir_all(&stale).or_else(|_| fs::remove_file(&stale));
    }
    for stale in ["upper", "work", "merged"] {
        let _ = fs::remove_file(host.path("runtime/a").join(stale));
    }
    chown(host.path("runtime/a/upper"), Some(USER), Some(USER)).unwrap_or_default();
    host.instance("a", &["overlays/8", "installation"]);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn damaged_instances() {
    host::run("refused::damaged_instances", |host| {
        host.dir("runtime/b/upper");
        for (what, damage, message) in DAMAGE {
            damage(host);
            let done = host.call("mount a");
            assert_eq!(done.code, 1, "{what}: {}", done.err);
            assert!(done.err.contains(message), "{what}: expected {message:?}, got {}", done.err);
            assert!(host.overlays().is_empty(), "{what}");
            let print = host.call("--print mount a");
            assert_eq!(
                (print.code, print.err),
                (done.code, done.err),
                "{what}: what is printed would be refused"
            );
            repair(host);
            host.ok("mount a");
            host.ok("umount a");
        }
        assert!(fs::read_dir("/etc/victim").unwrap().next().is_none());
    });
}

/// A FUSE mount of the runtime user's may never answer; and whoever has more files than this has no marks among them.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_search_for_marks_ends() {
    host::run("refused::the_search_for_marks_ends", |host| {
        host.dir("runtime/a/upper/left4dead2");
        mount_tmpfs(host, "runtime/a/upper/left4dead2");
        mark_inside(host, "runtime/a/upper/left4dead2");
        host.ok("mount a");
        host.ok("umount a");
        rustix::mount::unmount(host.path("runtime/a/upper/left4dead2"), rustix::mount::UnmountFlags::empty())
            .unwrap();
        let deep = host.dir(&format!("runtime/a/upper{}", "/d".repeat(100)));
        mark(&deep, "user.fuseoverlayfs.opaque");
        host.ok("mount a");
    });
}

fn mark_inside(host: &Host, below: &str) {
    // Of tmpfs: kernels before 6.6 have no such attributes there, and then nothing to find.
    let path = host.path(below);
    let _ = rustix::fs::setxattr(&path, "user.fuseoverlayfs.opaque", b"y", rustix::fs::XattrFlags::empty());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn odd_files_in_a_layer_do_not_matter() {
    host::run("refused::odd_files_in_a_layer_do_not_matter", |host| {
        fifo(&host.path("overlays/8/fifo"));
        symlink("/etc/shadow", host.path("overlays/8/link")).unwrap();
        host.ok("mount a");
        assert_eq!(fs::read_link(host.path("runtime/a/merged/link")).unwrap().to_str(), Some("/etc/shadow"));
        host.ok("umount a");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn only_roots_own_file_says_where_the_root_is() {
    host::run("refused::only_roots_own_file_says_where_the_root_is", |host| {
        let env = std::path::Path::new("/etc/left4me/host.env");
        fs::create_dir("/etc/left4me").unwrap();
        let write = |text: &str, mode| {
            let _ = fs::remove_file(env);
            fs::write(env, text).unwrap();
            fs::set_permissions(env, fs::Permissions::from_mode(mode)).unwrap();
        };
        write("LEFT4ME_ROOT=/srv/other\nLEFT4ME_STEAMCMD=/x\n", 0o640);
        host.fails("mount a", "path does not exist: /srv/other");
        host.ok("umount a");
        write("LEFT4ME_ROOT=/etc/left4me\n", 0o644);
        host.fails("mount a", "LEFT4ME_ROOT '/etc/left4me' is a system directory");
        let refusal = "/etc/left4me/host.env is not a regular file that only root can write";
        write("LEFT4ME_ROOT=/srv/other\n", 0o664);
        host.fails("mount a", refusal);
        write("LEFT4ME_ROOT=/srv/other\n", 0o640);
        chown(env, Some(USER), None).unwrap();
        host.fails("umount a", refusal);
        fs::remove_file(env).unwrap();
        fifo(env);
        host.fails("mount a", refusal);
        fs::remove_file(env).unwrap();
        symlink("/dev/null", env).unwrap();
        host.fails("mount a", "cannot open /etc/left4me/host.env");
        write("LEFT4ME_STEAMCMD=/x\n", 0o640);
        host.ok("mount a");
        let before = host.overlays();
        write("LEFT4ME_ROOT=/var/lib/left4me/\n", 0o640);
        host.ok("mount a");
        assert_eq!(host.overlays(), before);
        host.ok("umount a");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_lock_is_roots_file() {
    host::run("refused::the_lock_is_roots_file", |host| {
        let lock = std::path::Path::new("/run/left4me-overlay.lock");
        symlink("/etc/victim", lock).unwrap();
        for line in ["mount a", "--print mount a", "--print umount a"] {
            host.fails(line, "cannot lock /run/left4me-overlay.lock");
        }
        fs::remove_file(lock).unwrap();
        fs::write(lock, "").unwrap();
        chown(lock, Some(USER), None).unwrap();
        for line in ["mount a", "--print mount a", "--print umount a"] {
            host.fails(line, "is not a regular file of root");
        }
        assert!(!std::path::Path::new("/etc/victim").exists() && host.overlays().is_empty());
    });
}
