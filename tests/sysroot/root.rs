//! `--root`: the state elsewhere, and back.

use crate::tree::Tree;

#[test]
#[ignore = "needs root: tests/run.sh"]
fn everything_follows_the_root_and_comes_back() {
    // Only root can open a shadow file of mode 0, as systemd-sysusers makes it.
    let tree = Tree::roots();
    tree.apply();
    let default = tree.listing();
    tree.sh("echo '# mine' >>etc/left4me/host.env");

    let moved = tree.run(&["apply", "--yes", "--root", "/srv/l4d2"]);
    assert_eq!(moved.code, 0, "{moved:?}");
    assert!(tree.read("etc/passwd").contains(":/srv/l4d2:/usr/sbin/nologin"));
    let host_env = "LEFT4ME_ROOT=/srv/l4d2\nLEFT4ME_STEAMCMD=/srv/l4d2/steam/steamcmd.sh\n# mine\n";
    assert_eq!(tree.read("etc/left4me/host.env"), host_env);
    for unit in ["left4me-server@.service", "left4me-overlay@.service"] {
        let text = tree.read(&format!("etc/systemd/system/{unit}"));
        assert!(text.starts_with("# Made by left4me-setup for LEFT4ME_ROOT=/srv/l4d2\n"), "{text}");
        assert!(!text.contains("/var/lib/left4me/"), "{text}");
    }
    let wrapper = tree.read("usr/local/bin/steamcmd");
    assert!(wrapper.contains("home=/srv/l4d2\n") && !wrapper.contains("/var/lib/left4me"), "{wrapper}");
    assert!(tree.root.join("srv/l4d2/instances").is_dir());
    // From now on that is where this host has it, without being told again.
    let again = tree.run(&["apply"]);
    assert!(again.out.contains("\n0 changed, "), "{again:?}");

    let back = tree.run(&["apply", "--yes", "--root", "/var/lib/left4me"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert!(back.out.contains("~ leftover /etc/systemd/system/left4me-server@.service: "), "{}", back.out);
    tree.sh("sed -i '/# mine/d' etc/left4me/host.env; rm -r srv; rmdir etc/sysusers.d");
    assert_eq!(tree.listing(), default);
}

#[test]
fn a_unit_of_the_administrators_own_is_not_taken_for_ours() {
    let tree = Tree::mine();
    tree.sh("mkdir -p etc/systemd/system; echo '# mine' >etc/systemd/system/left4me-server@.service");
    tree.apply();
    assert_eq!(tree.read("etc/systemd/system/left4me-server@.service"), "# mine\n");
    let plan = tree.run(&["plan"]).out;
    assert!(
        plan.contains("note: /etc/systemd/system/left4me-server@.service takes the place of our "),
        "{plan}"
    );
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_purge_that_fails_can_be_done_again() {
    // An ordinary user's, whom a directory of root's can stop.
    let tree = Tree::anothers();
    assert_eq!(tree.run(&["apply", "--yes", "--root", "/srv/l4d2"]).code, 0);
    let foreign = tree.root.join("srv/l4d2/tmp/x");
    std::fs::create_dir_all(foreign.join("y")).unwrap();
    let failed = tree.run(&["uninstall", "--purge", "--yes"]);
    let says = "! everything below /srv/l4d2: cannot remove 'y' below /srv/l4d2: Permission denied";
    assert!(failed.code == 1 && failed.err.contains(says), "{failed:?}");
    tree.sh("grep -qx LEFT4ME_ROOT=/srv/l4d2 etc/left4me/host.env");
    std::fs::remove_dir_all(&foreign).unwrap();
    tree.run(&["uninstall", "--purge", "--yes"]);
    tree.sh("test ! -e srv/l4d2 -a ! -e etc/left4me");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn uninstall_finds_the_root_and_removes_the_units_made_for_it() {
    let tree = Tree::roots();
    assert_eq!(tree.run(&["apply", "--yes", "--root", "/srv/l4d2"]).code, 0);
    let gone = tree.run(&["uninstall", "--yes"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(!tree.root.join("etc/systemd/system/left4me-server@.service").exists());
    assert!(
        gone.out.contains("= file /etc/left4me/host.env: kept, it says where the state is\n"),
        "{gone:?}"
    );
    assert!(tree.root.join("srv/l4d2/instances").is_dir());
    assert_eq!(tree.run(&["uninstall", "--purge", "--yes"]).code, 0);
    tree.sh("test ! -e srv/l4d2 -a ! -e etc/left4me");
}

/// A purge deletes everything below the root: no plan takes such a root, and no purge believes a host.env that
/// names one.
#[test]
fn a_directory_that_others_share_is_no_root() {
    let tree = Tree::mine();
    tree.apply();
    for shared in ["/home", "/srv", "/opt", "/var/lib"] {
        tree.sh(&format!("mkdir -p {0}/alice; echo precious >{0}/alice/file", &shared[1..]));
        let refusal = format!("error: LEFT4ME_ROOT '{shared}' is a system directory\n");
        for arguments in [&["plan", "--root", shared][..], &["apply", "--yes", "--root", shared]] {
            let refused = tree.run(arguments);
            assert!(refused.code == 2 && refused.err.starts_with(&refusal), "{refused:?}");
        }
        tree.sh(&format!("echo LEFT4ME_ROOT={shared} >etc/left4me/host.env"));
        let refused = tree.run(&["uninstall", "--purge", "--yes"]);
        assert!(refused.code != 0 && refused.err.contains(&refusal), "{refused:?}");
        assert_eq!(tree.read(&format!("{shared}/alice/file")[1..]), "precious\n");
    }
}

/// A purge deletes everything below the root, and `apply` gives it to the runtime user: it is no directory that
/// already holds somebody else's files.
#[test]
fn a_directory_with_others_files_is_no_root() {
    for tree in Tree::each() {
        tree.apply();
        let before = tree.read("etc/left4me/host.env");
        for taken in ["/home/alice", "/var/lib/dpkg"] {
            tree.sh(&format!(
                "mkdir -p .{0}/updates .{0}/tmp; echo precious >.{0}/file; chmod 700 .{0}",
                taken
            ));
            let refusal = format!("error: {taken} has files in it and is no left4me root\nhint: ");
            let planned = tree.run(&["plan", "--root", taken]);
            assert!(planned.code == 1 && planned.err.contains(&refusal), "{planned:?}");
            let refused = tree.run(&["apply", "--yes", "--root", taken]);
            assert!(
                refused.code == 1 && refused.err.starts_with(&refusal) && refused.out.is_empty(),
                "{refused:?}"
            );
            // Nothing leads a purge there, nor a login of the runtime user.
            assert_eq!(tree.read("etc/left4me/host.env"), before);
            tree.sh(&format!(
                "grep -q :/var/lib/left4me: etc/passwd && test $(stat -c %a .{taken}) = 700
                test $(stat -c %u .{taken}) = $(stat -c %u .)"
            ));
        }
        let gone = tree.run(&["uninstall", "--purge", "--yes"]);
        assert!(gone.out.starts_with("- everything below /var/lib/left4me\n"), "{gone:?}");
        assert_eq!(tree.read("home/alice/file"), "precious\n");
    }
}

/// What was made for a root, and what was a root once, on a disk whose owners are another machine's.
#[test]
fn an_empty_directory_a_fresh_disk_and_a_former_root_are_taken() {
    let roots = [
        "mkdir -p srv/l4d2",
        "mkdir -p srv/l4d2/lost+found",
        "mkdir -p srv/l4d2/instances srv/l4d2/web",
        "mkdir -p srv/l4d2/overlays/1 srv/l4d2/web; chown -R 1234:1234 srv/l4d2 2>/dev/null || true",
    ];
    for tree in Tree::each() {
        for (number, root) in roots.iter().enumerate() {
            let tree = tree.sibling(&format!("root-{number}"));
            tree.sh(root);
            let applied = tree.run(&["apply", "--yes", "--root", "/srv/l4d2"]);
            assert_eq!(applied.code, 0, "{root}: {applied:?}");
            let again = tree.run(&["apply"]);
            assert!(again.out.contains("\n0 changed, "), "{root}: {again:?}");
        }
    }
}
