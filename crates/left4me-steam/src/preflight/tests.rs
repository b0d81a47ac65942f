//! What is refused, what is only mentioned, and where the line is.

use super::*;
use left4me::layout::Layout;
use left4me_test_support::namespace;

const GB: u64 = 1_000_000_000;

#[test]
fn disk_space() {
    let table = [
        (20 * GB, 0, Status::Ok, "20.0 GB free on the file system of /x"),
        (15 * GB, 0, Status::Ok, "15.0 GB free on the file system of /x"),
        (14_900_000_000, 0, Status::Warn, "14.9 GB free on the file system of /x; 15 GB are recommended"),
        (11 * GB, 0, Status::Warn, "11.0 GB free on the file system of /x; 15 GB are recommended"),
        (
            10_999_999_999,
            0,
            Status::Fail,
            "only 10.9 GB free on the file system of /x; the game needs 11.0 GB",
        ),
        (2 * GB, 8 * GB, Status::Fail, "only 2.0 GB free on the file system of /x; the game needs 3.0 GB"),
        (5 * GB, 10 * GB, Status::Ok, "5.0 GB free on the file system of /x"),
        (0, 0, Status::Fail, "only 0.0 GB free on the file system of /x; the game needs 11.0 GB"),
    ];
    for (free, installed, status, sentence) in table {
        let check = room("disk space", free, installed, Path::new("/x"));
        assert_eq!((check.status, check.sentence.as_str()), (status, sentence));
        assert_eq!(check.remedy.is_some(), status != Status::Ok);
    }
}

#[test]
fn mounts_inodes_and_clocks() {
    let options = |flags| mount_options(Ok((flags, PathBuf::from("/x"))));
    assert_eq!(options(StatVfsMountFlags::NOSUID).status, Status::Ok);
    assert_eq!(options(StatVfsMountFlags::NOEXEC).sentence, "the file system of /x is mounted noexec");
    assert_eq!(options(StatVfsMountFlags::RDONLY).sentence, "the file system of /x is mounted read-only");
    let inode = |number| inode_number("i", number, Path::new("/x")).status;
    assert_eq!((inode(u64::from(u32::MAX)), inode(1 << 32)), (Status::Ok, Status::Fail));
    assert_eq!((clock(EARLIEST).status, clock(0).status), (Status::Ok, Status::Fail));
}

#[test]
fn before_steamcmd_mount_options_and_clock_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("lib")).unwrap();
    std::fs::write(dir.path().join("lib/ld-linux.so.2"), "").unwrap();
    let layout = Layout::new(Path::new("/var/lib/left4me")).unwrap();
    let host = Host::new(layout, dir.path().into(), false).unwrap();
    let refused = |flags, time| {
        let mount = Ok((flags, PathBuf::from("/x")));
        require(for_steamcmd(&host, Facts { mount, time })).err().map(|error| error.message().to_owned())
    };
    let none = StatVfsMountFlags::empty();
    assert_eq!(refused(none, EARLIEST), None);
    let noexec = refused(StatVfsMountFlags::NOEXEC, EARLIEST);
    assert_eq!(noexec.as_deref(), Some("the file system of /x is mounted noexec"));
    let clock = refused(none, EARLIEST - 1);
    assert_eq!(clock.as_deref(), Some("the clock is before 2026, so that no certificate is valid yet"));
}

/// The same of a real mount.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_file_system_without_programs_is_refused() {
    namespace::run("preflight::tests::a_file_system_without_programs_is_refused", |dir| {
        let flags = rustix::mount::MountFlags::NOEXEC;
        rustix::mount::mount("test", dir, "tmpfs", flags, None).unwrap();
        std::fs::create_dir(dir.join("lib")).unwrap();
        std::fs::write(dir.join("lib/ld-linux.so.2"), "").unwrap();
        let layout = Layout::new(Path::new("/var/lib/left4me")).unwrap();
        let host = Host::new(layout, dir.into(), false).unwrap();
        for refused in [before_steamcmd(&host), before_game(&host).map(drop)] {
            assert_eq!(refused.unwrap_err().message(), "the file system of / is mounted noexec");
        }
    });
}

#[test]
fn a_failure_is_an_error_with_its_remedy_and_a_warning_is_a_line() {
    let warned = require([Check::ok("a", "good"), Check::warn("b", "meh", "do x")]).unwrap();
    assert_eq!(warned, ["meh"]);
    let error = require([Check::warn("b", "meh", "do x"), Check::fail("c", "bad", "do y")]).unwrap_err();
    assert_eq!((error.message(), error.remedy()), ("bad", Some("do y")));
}

#[test]
fn all_of_them_say_something_without_a_network() {
    let dir = tempfile::Builder::new().prefix("l4d2-test-").tempdir().unwrap();
    let host = Host::unprivileged(Layout::new(dir.path()).unwrap());
    // Bound and dropped: nobody listens there now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let source = Source::new(Some(format!("http://127.0.0.1:{port}/x")), None).unwrap();
    let checks = checks(&host, &source);
    let names: Vec<&str> = checks.iter().map(|c| c.name).collect();
    assert_eq!(
        names,
        [
            "32-bit loader",
            "mount options",
            "writable",
            "inode numbers",
            "disk space",
            "clock",
            "mirrors",
            "steamclient.so"
        ]
    );
    let mirrors = &checks[6];
    assert_eq!(mirrors.status, Status::Warn);
    assert!(mirrors.sentence.starts_with("none of 1 serves SteamCMD: 127.0.0.1: "), "{}", mirrors.sentence);
    assert!(mirrors.sentence.contains("onnection refused"), "{}", mirrors.sentence);
    assert!(checks.iter().all(|c| (c.status == Status::Ok) == c.remedy.is_none()));
}
