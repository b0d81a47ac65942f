use super::*;
use crate::ErrorKind;
use std::fs;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash
left4me-build:x:990:990::/:/bin/sh
left4me:x:988:987::/var/lib/left4me:/usr/sbin/nologin
";

/// An image with this passwd file.
fn image(passwd: Option<&str>, can_own: bool) -> (tempfile::TempDir, Host) {
    let tree = tempfile::tempdir().unwrap();
    if let Some(passwd) = passwd {
        fs::create_dir(tree.path().join("etc")).unwrap();
        fs::write(tree.path().join("etc/passwd"), passwd).unwrap();
    }
    let host = Host::new(Layout::default(), tree.path().to_owned(), can_own).unwrap();
    (tree, host)
}

#[test]
fn paths_of_an_image_and_of_this_machine() {
    let (tree, host) = image(Some(PASSWD), false);
    let passwd = Path::new("/etc/passwd");
    assert_eq!(fs::read_to_string(host.path(passwd)).unwrap(), PASSWD);
    assert_eq!(host.outer_path(passwd), tree.path().join("etc/passwd"));
    assert_eq!(host.sysroot_option("--root"), Some(format!("--root={}", tree.path().display())));
    assert!(!host.is_running() && !host.has_systemd());
    assert_eq!(host.game(), GameLayers::base_alone(&Layout::default()));
    let machine = Host::unprivileged(Layout::default());
    for host in [machine, Host::new(Layout::default(), "/".into(), false).unwrap()] {
        assert_eq!((host.path(passwd), host.outer_path(passwd)), (passwd.into(), passwd.into()));
        assert_eq!(host.sysroot_option("--root"), None);
        assert!(host.is_running() && !host.can_own());
        assert_eq!(host.has_systemd(), Path::new("/run/systemd/system").is_dir());
    }
    let absent = Host::new(Layout::default(), tree.path().join("absent"), false);
    assert!(absent.is_err_and(|error| error.message().starts_with("cannot open the sysroot ")));
}

#[test]
fn one_run_at_a_time_changes_an_image() {
    let (tree, host) = image(None, false);
    for _ in 0..2 {
        let held = host.lock(false, |_| ()).unwrap();
        assert!(tree.path().join("run/left4me-setup.lock").exists());
        let refused = host.lock(false, |_| ()).unwrap_err();
        assert!(refused.message().starts_with("another run is at work "), "{refused}");
        drop(held);
    }
}

#[test]
fn accounts_of_an_image() {
    let account = Account {
        ids: RuntimeUser { uid: 988, gid: 987 },
        home: "/var/lib/left4me".into(),
        shell: "/usr/sbin/nologin".into(),
    };
    for (passwd, expected) in [
        (None, None),
        (Some(""), None),
        (Some(PASSWD), Some(&account)),
        // A line of too few fields, and ids that are none.
        (Some("left4me:x:988:987::/var/lib/left4me\n"), None),
        (Some("left4me:x:-1:987::/var/lib/left4me:/bin/sh\n"), None),
        (Some("left4me:x:988:staff::/var/lib/left4me:/bin/sh\n"), None),
    ] {
        let (_tree, host) = image(passwd, false);
        assert_eq!(host.account().unwrap().as_ref(), expected, "{passwd:?}");
        match host.runtime_user() {
            Ok(user) => assert_eq!(Some(user), expected.map(|account| account.ids)),
            Err(error) => {
                assert!(expected.is_none(), "{passwd:?}");
                assert_eq!(error.message(), "the user left4me does not exist");
                assert!(error.remedy().is_some());
            }
        }
    }
    let (tree, host) = image(None, false);
    fs::create_dir_all(tree.path().join("etc/passwd")).unwrap();
    let message = "cannot read the sysroot's /etc/passwd: Is a directory (os error 21)";
    assert_eq!(host.account().unwrap_err().message(), message);
}

/// Resources ask for it all the time; whoever changed it says so.
#[test]
fn an_account_is_known_until_it_is_forgotten() {
    let (tree, host) = image(Some(PASSWD), false);
    let before = host.account().unwrap();
    fs::write(tree.path().join("etc/passwd"), "").unwrap();
    assert_eq!(host.account().unwrap(), before);
    host.forget_account();
    assert_eq!(host.account().unwrap(), None);
    // One that does not exist is looked up every time: another resource may have created it.
    fs::write(tree.path().join("etc/passwd"), PASSWD).unwrap();
    assert_eq!(host.account().unwrap(), before);
}

#[test]
fn ids_of_owners() {
    let owners = [Owner::Root, Owner::RootForRuntime, Owner::Runtime];
    for (passwd, can_own, expected) in [
        (PASSWD, true, [Some((0, 0)), Some((0, 987)), Some((988, 987))]),
        ("", true, [Some((0, 0)), None, None]),
        (PASSWD, false, [None; 3]),
        ("", false, [None; 3]),
    ] {
        let (_tree, host) = image(Some(passwd), can_own);
        assert_eq!(owners.map(|owner| host.ids(owner).unwrap()), expected, "{passwd} {can_own}");
    }
}

#[test]
fn owners_by_name() {
    for (passwd, ids, words) in [
        (PASSWD, (0, 0), "root:root"),
        (PASSWD, (988, 987), "left4me:left4me"),
        (PASSWD, (0, 987), "root:left4me"),
        (PASSWD, (987, 988), "987:988"),
        ("", (988, 987), "988:987"),
    ] {
        assert_eq!(image(Some(passwd), false).1.owner_words(ids).unwrap(), words);
    }
}

/// Without an account, nothing is done as root instead.
#[test]
fn work_for_a_runtime_user_who_does_not_exist() {
    let (_tree, host) = image(None, false);
    assert_eq!(host.as_runtime_user(|| Ok(7)), Ok(7));
    let (_tree, host) = image(None, true);
    let refused = host.as_runtime_user(|| -> Result<()> { panic!("the work was done as root") });
    assert_eq!(refused.unwrap_err().message(), "the user left4me does not exist");
}

#[test]
fn tools() {
    assert!(Host::has_tool("sh") && !Host::has_tool("no-such-tool"));
    assert_eq!(Host::run("sh", &["-c", "echo $0", "a b"]).as_deref(), Ok("a b\n"));
    // Nobody is asked anything.
    assert_eq!(Host::run("cat", &["-"]).as_deref(), Ok(""));
    for (tool, script, message) in [
        ("sh", "echo no >&2; exit 3", "sh -c echo no >&2; exit 3 failed: no"),
        ("sh", "exit 3", "sh -c exit 3 failed: exit code 3"),
        ("no-such-tool", "", "no-such-tool is not installed"),
    ] {
        let error = Host::run(tool, &["-c", script]).unwrap_err();
        assert_eq!((error.message(), error.kind()), (message, ErrorKind::Failed));
    }
}
