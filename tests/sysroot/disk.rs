//! A disk that is full, has no inode left or cannot be written: an error, nothing half-written, and the
//! next run on a better one converges.

use crate::tree::{Tree, is_whole};
use std::process::Command;

/// A small file system on a tree's root, gone with it.
struct Mounted<'a>(&'a Tree);

impl<'a> Mounted<'a> {
    fn new(tree: &'a Tree, options: &str) -> Mounted<'a> {
        mount(&["-t", "tmpfs", "-o", options, "left4me-test", tree.root.to_str().unwrap()]);
        Mounted(tree)
    }

    fn remount(&self, options: &str) {
        mount(&["-o", &format!("remount,{options}"), self.0.root.to_str().unwrap()]);
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0.root).status();
    }
}

fn mount(arguments: &[&str]) {
    assert!(Command::new("mount").args(arguments).status().unwrap().success(), "mount {arguments:?}");
}

const ROOMY: &str = "size=4m,nr_inodes=1000,mode=0755";

#[test]
#[ignore = "needs root: tests/run.sh"]
fn full_disks_and_full_inode_tables() {
    let first = Tree::roots();
    let right = first.sibling("right");
    right.apply();
    let (end, files) = (right.listing(), right.files());
    let pages = (1..24).map(|n| format!("size={}k,nr_inodes=1000,mode=0755", n * 4));
    let inodes = (2..60).step_by(3).map(|n| format!("size=4m,nr_inodes={n},mode=0755"));
    let mut failures = 0;
    for (number, small) in pages.chain(inodes).enumerate() {
        let tree = first.sibling(&format!("small-{number}"));
        let mounted = Mounted::new(&tree, &small);
        let said = tree.run(&["apply", "--yes"]);
        assert!(said.code == 0 || said.code == 1, "{small}: {said:?}");
        if said.code == 1 {
            failures += 1;
            // systemd-sysusers does not say why it failed.
            let says = ["No space left on device", "cannot create the user left4me"];
            assert!(says.iter().any(|word| said.err.contains(word)), "{small}: {said:?}");
        }
        for (path, content) in tree.files() {
            let whole = files.get(&path).is_some_and(|end| is_whole(&path, &content, end));
            assert!(whole, "{small}: {path} is half-written");
        }
        mounted.remount(ROOMY);
        tree.apply();
        assert_eq!(tree.listing(), end, "{small}");
    }
    assert!(failures > 25, "only {failures} of the disks were too small");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_read_only_disk_is_said_and_left_alone() {
    let tree = Tree::roots();
    let mounted = Mounted::new(&tree, ROOMY);
    mounted.remount("ro");
    let said = tree.run(&["apply", "--yes"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("Read-only file system"), "{said:?}");
    assert!(tree.files().is_empty());

    mounted.remount("rw");
    tree.apply();
    // In sync is in sync, also where nothing can be written.
    mounted.remount("ro");
    let said = tree.run(&["apply"]);
    assert!(said.out.contains("\n0 changed, "), "{said:?}");
    tree.sh("true");
    mounted.remount("rw");
    tree.sh("rm etc/left4me/host.env");
    mounted.remount("ro");
    assert_eq!(tree.run(&["plan"]).code, 3);
    let said = tree.run(&["apply", "--yes"]);
    assert!(said.code == 1 && said.err.contains("! file /etc/left4me/host.env: "), "{said:?}");
    mounted.remount("rw");
    tree.apply();
}

/// A fresh one, root's still, for the game or for the instances' layers.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_disk_mounted_directly_below_the_root_is_made_right() {
    let tree = Tree::roots();
    tree.apply();
    let places = ["installation", "runtime"].map(|name| tree.root.join("var/lib/left4me").join(name));
    for place in &places {
        mount(&["-t", "tmpfs", "-o", "mode=0700", "left4me-test", place.to_str().unwrap()]);
    }
    let (plan, applied) = (tree.run(&["plan"]), tree.run(&["apply", "--yes"]));
    let again = tree.run(&["apply"]);
    for place in &places {
        assert!(Command::new("umount").arg(place).status().unwrap().success());
    }
    let says =
        "~ directory /var/lib/left4me/installation: mode 0700 → 0755, owner root:root → left4me:left4me\n";
    assert!(plan.out.contains(says), "{plan:?}");
    assert!(applied.code == 0 && applied.out.contains("\n2 changed, "), "{applied:?}");
    assert!(again.out.contains("\n0 changed, ") && again.code == 0, "{again:?}");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn purge_stops_at_a_mount_point() {
    let tree = Tree::roots();
    tree.apply();
    let precious = tree.sibling("precious");
    precious.sh("echo safe >file");
    let target = tree.root.join("var/lib/left4me/overlays/bound");
    std::fs::create_dir(&target).unwrap();
    // A bind mount of the same file system: by device numbers it cannot be told.
    mount(&["--bind", precious.root.to_str().unwrap(), target.to_str().unwrap()]);
    let said = tree.run(&["uninstall", "--purge", "--yes"]);
    assert!(Command::new("umount").arg(&target).status().unwrap().success());
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("overlays/bound is a mount point; nothing was deleted"), "{said:?}");
    assert_eq!(precious.read("file"), "safe\n");
    assert!(tree.root.join("var/lib/left4me/instances").is_dir());
    assert_eq!(tree.run(&["uninstall", "--purge", "--yes"]).code, 0);
    assert!(!tree.root.join("var/lib/left4me").exists());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_file_tree_that_stays_mounted_is_a_failure() {
    let tree = Tree::roots();
    tree.apply();
    let target = tree.root.join("var/lib/left4me/runtime/a/merged");
    let disk = tree.root.join("var/lib/left4me/overlays");
    std::fs::create_dir_all(&target).unwrap();
    for place in [&target, &disk] {
        mount(&["-t", "tmpfs", "left4me-test", place.to_str().unwrap()]);
    }
    let said = tree.run(&["uninstall", "--yes"]);
    for place in [&target, &disk] {
        assert!(Command::new("umount").arg(place).status().unwrap().success());
    }
    assert!(said.code == 1 && said.out.contains(", 1 failed\n"), "{said:?}");
    // A disk of the state's own is no file tree of an instance.
    let says =
        format!("! {0}: still mounted\n  hint: stop what uses it, then: sudo umount {0}\n", target.display());
    assert_eq!(said.err, says);
    assert_eq!(tree.run(&["uninstall", "--yes"]).code, 0);
}
