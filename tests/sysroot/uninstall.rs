//! `left4me-setup uninstall`.

use crate::tree::Tree;

#[test]
fn takes_back_what_apply_made_and_nothing_else() {
    for tree in Tree::each() {
        tree.sh("mkdir -p etc/sudoers.d usr/local/bin; echo mine >etc/sudoers.d/mine; echo mine >usr/local/bin/mine");
        tree.apply();
        tree.sh("mkdir -p etc/systemd/system/multi-user.target.wants
             ln -s /usr/lib/systemd/system/left4me-server@.service etc/systemd/system/multi-user.target.wants/left4me-server@a.service
             ln -s /x etc/systemd/system/multi-user.target.wants/mine.service
             echo '# mine' >>etc/sysctl.d/60-left4me.conf
             echo mine >etc/left4me/web.env
             ln -sfn /mine usr/local/libexec/left4me/left4me-overlay
             echo data >var/lib/left4me/overlays/map.vpk");
        let gone = tree.run(&["uninstall", "--yes"]);
        assert_eq!(gone.code, 0, "{gone:?}");
        insta::assert_snapshot!("uninstall", gone.out);
        insta::assert_snapshot!("uninstall_tree", owners_left_out(&tree.shape()));
        // Nothing is left to do, and saying it again does no harm.
        let again = tree.run(&["uninstall", "--yes"]);
        assert_eq!(again.code, 0, "{again:?}");
        assert!(again.out.contains("\n0 removed, "), "{}", again.out);
        // And back.
        assert!(tree.apply().contains(" 0 failed"));
        assert_eq!(tree.read("var/lib/left4me/overlays/map.vpk"), "data\n");
    }
}

fn owners_left_out(shape: &str) -> String {
    shape.lines().map(|line| format!("{} {}\n", &line[..5], line[15..].trim_start())).collect()
}

#[test]
fn purge_removes_state_and_user_and_follows_no_link() {
    for tree in Tree::each() {
        tree.apply();
        tree.sh("mkdir -p victim var/lib/left4me/overlays/a/b
             echo safe >victim/file
             ln -s ../../../../victim var/lib/left4me/overlays/a/b/link
             mkfifo var/lib/left4me/tmp/fifo
             chmod 0 var/lib/left4me/tmp/fifo");
        let gone = tree.run(&["uninstall", "--purge", "--yes"]);
        assert_eq!(tree.read("victim/file"), "safe\n");
        assert!(!tree.root.join("var/lib/left4me").exists());
        if tree.owned_by_root() {
            assert_eq!(gone.code, 0, "{gone:?}");
            assert!(!tree.read("etc/passwd").contains("left4me"));
        }
    }
}

/// Deeper than a path can name and than descriptors can be open; wide as well.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn purge_takes_a_tree_of_any_depth() {
    let tree = Tree::roots();
    tree.apply();
    tree.sh("cd var/lib/left4me/tmp; mkdir $(seq 80); mkdir $(seq -f %g/a 80); mkdir $(seq -f %g/a/b 80); touch $(seq -f %g/a/b/file 80)");
    dig(&tree.root.join("var/lib/left4me/tmp"), 1200);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -n 100; exec \"$@\"", "sh"]);
    let gone = tree.run_below(command, &["uninstall", "--purge", "--yes"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(!tree.root.join("var/lib/left4me").exists());
}

fn dig(top: &std::path::Path, depth: usize) {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::DIRECTORY | OFlags::RDONLY;
    let mut here = rustix::fs::open(top, flags, Mode::empty()).unwrap();
    for _ in 0..depth {
        rustix::fs::mkdirat(&here, "deep-dir", Mode::RWXU).unwrap();
        here = rustix::fs::openat(&here, "deep-dir", flags, Mode::empty()).unwrap();
    }
}

/// `uninstall | head -n 1`: what is printed nobody may want to read.
#[test]
fn a_reader_who_leaves_does_not_end_it_half_way() {
    let tree = Tree::mine();
    tree.apply();
    let mut command = tree.command(&["uninstall", "--yes"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer);
    assert!(command.status().unwrap().success());
    assert!(tree.run(&["uninstall", "--yes"]).out.starts_with("0 removed, "));
    // Half an answer is none, on a full disk.
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = tree.command(&["plan"]).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && said.contains("error: cannot write the output: "),
        "{output:?}"
    );
}

#[test]
fn without_a_terminal_it_wants_to_be_told() {
    let tree = Tree::mine();
    tree.apply();
    let before = tree.listing();
    for arguments in [&["uninstall"][..], &["uninstall", "--purge"]] {
        let refused = tree.run(arguments);
        assert_eq!(refused.code, 1, "{refused:?}");
        let typed = format!("hint: left4me-setup {} --yes\n", arguments.join(" "));
        assert!(refused.err.ends_with(&typed), "{}", refused.err);
    }
    assert_eq!(tree.listing(), before);
}
