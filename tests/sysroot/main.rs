//! Ring 1: `left4me-setup` on a directory tree, as whoever runs the tests; as root, also as somebody
//! else. Nothing here needs a booted host.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod tree;

mod confirm;
mod crash;
mod disk;
mod host_file;
mod hostile;
mod purge;
mod record;
mod root;
mod takeover;
mod uninstall;

use left4me_test_support::bundle;
use tree::Tree;

#[test]
fn an_image_is_built_and_then_nothing_changes() {
    for tree in Tree::each() {
        let who = if tree.owned_by_root() { "root" } else { "user" };
        let planned = tree.run(&["plan"]);
        assert_eq!(planned.code, 3, "{planned:?}");
        let applied = tree.run(&["apply", "--yes"]);
        assert_eq!(applied.code, 0, "{applied:?}");
        insta::assert_snapshot!(format!("apply_{who}"), applied.out);
        insta::assert_snapshot!(format!("tree_{who}"), tree.shape());

        let before = tree.stamps();
        let again = tree.run(&["apply"]);
        assert_eq!(again.code, 0, "{again:?}");
        assert!(again.out.contains("\n0 changed, "), "{}", again.out);
        assert_eq!(tree.stamps(), before, "the second run wrote something");
        assert_eq!(tree.run(&["plan"]).code, 0);
    }
}

/// Every attribute that a person could change, what the plan says of it, and that apply puts it back.
#[test]
fn drift_is_named_by_attribute_and_put_back() {
    let tree = Tree::mine();
    tree.apply();
    let right = tree.listing();
    let table = [
        ("chmod 0644 etc/sudoers.d/left4me-setup", "~ file /etc/sudoers.d/left4me-setup: mode 0644 → 0440"),
        ("chmod 4755 usr/local/bin/steamcmd", "~ file /usr/local/bin/steamcmd: mode 4755 → 0755"),
        ("chmod 2755 etc/left4me", "~ directory /etc/left4me: mode 2755 → 0755"),
        ("chmod 1777 var/lib/left4me/tmp", "~ directory /var/lib/left4me/tmp: mode 1777 → 0755"),
        (
            "echo x >>usr/lib/systemd/system/l4d2-game.slice",
            "~ file /usr/lib/systemd/system/l4d2-game.slice: content ",
        ),
        ("rm usr/local/bin/steamcmd", "+ file /usr/local/bin/steamcmd"),
        (
            "rm usr/local/bin/steamcmd; ln -s /etc/passwd usr/local/bin/steamcmd",
            "~ file /usr/local/bin/steamcmd: type link → file",
        ),
        (
            "rm usr/local/bin/steamcmd; mkfifo usr/local/bin/steamcmd",
            "~ file /usr/local/bin/steamcmd: type FIFO → file",
        ),
        (
            "ln -sfn /nowhere var/lib/left4me/.steam/sdk32",
            "~ link /var/lib/left4me/.steam/sdk32: target /nowhere → /var/lib/left4me/steam/linux32",
        ),
        (
            "rm usr/local/libexec/left4me/left4me-overlay; touch usr/local/libexec/left4me/left4me-overlay",
            "~ link /usr/local/libexec/left4me/left4me-overlay: type file → link",
        ),
        ("rmdir var/lib/left4me/logs", "+ directory /var/lib/left4me/logs"),
    ];
    for (change, says) in table {
        tree.sh(change);
        let plan = tree.run(&["plan"]);
        assert_eq!(plan.code, 3, "{change}: {plan:?}");
        assert!(plan.out.contains(says), "{change}: {says:?} is not in {}", plan.out);
        assert!(plan.out.contains("\n1 to change, "), "{}", plan.out);
        let applied = tree.run(&["apply", "--yes"]);
        assert!(applied.out.contains("1 changed, "), "{change}: {applied:?}");
        assert_eq!(tree.listing(), right, "{change}");
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn owners_and_the_account_are_part_of_it() {
    let tree = Tree::roots();
    tree.apply();
    let table = [
        ("chown 0:0 etc/left4me/host.env", "~ file /etc/left4me/host.env: owner root:root → root:left4me"),
        ("chown 77:77 usr/local/bin/steamcmd", "steamcmd: owner 77:77 → root:root"),
        ("chown 0:0 var/lib/left4me/overlays", "overlays: owner root:root → left4me:left4me"),
        (
            "sed -i '/^left4me/s,/usr/sbin/nologin,/bin/bash,' etc/passwd",
            "shell /bin/bash → /usr/sbin/nologin",
        ),
        ("sed -i '/^left4me/s,/var/lib/left4me:,/home/l:,' etc/passwd", "home /home/l → /var/lib/left4me"),
        (
            "sed -i '/^left4me:/s,^\\(left4me:[^:]*:[^:]*\\):[^:]*,\\1:77,' etc/passwd",
            "~ user left4me: group 77 → ",
        ),
        ("sed -i '/^left4me/s,:[^:]*,:aXz,' etc/shadow", "~ user left4me: password set → locked"),
    ];
    for (change, says) in table {
        tree.sh(change);
        let plan = tree.run(&["plan"]);
        assert!(plan.out.contains(says), "{change}: {says:?} is not in {}", plan.out);
        let applied = tree.run(&["apply", "--yes"]);
        assert!(applied.out.contains("1 changed, "), "{change}: {applied:?}");
        assert_eq!(tree.run(&["plan"]).code, 0, "{change}");
    }
}

#[test]
fn what_is_not_ours_to_change_is_said_and_kept() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh("mkdir -p etc/systemd/system/left4me-server@.service.d usr/local/lib/systemd/system
         echo x >etc/systemd/system/left4me-server@.service.d/10-mine.conf
         for place in etc/systemd/system/left4me-overlay@a.service etc/systemd/system.control/left4me-server@a.service \
             run/systemd/system/left4me-.service etc/systemd/system/slice etc/systemd/system/getty@.service; do
             mkdir -p $place.d; echo x >$place.d/50-MemoryMax.conf
         done
         ln -s /dev/null etc/systemd/system/left4me-server@b.service
         echo x >usr/local/lib/systemd/system/l4d2-game.slice
         echo '# mine' >>etc/sysctl.d/60-left4me.conf
         echo mine >etc/left4me/web.env
         echo 'games:x:60:left4me' >>etc/group");
    let right = tree.listing();
    let plan = tree.run(&["plan"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    insta::assert_snapshot!("notes", tree.without_owners(&plan.out));
    tree.apply();
    assert_eq!(tree.listing(), right);

    // Told to, it does.
    tree.run(&["apply", "--yes", "--reset-config"]);
    assert!(!tree.read("etc/sysctl.d/60-left4me.conf").contains("mine"));
}

#[test]
fn a_directory_in_the_way_is_an_error_that_stops_only_what_needs_it() {
    let tree = Tree::mine();
    tree.sh("mkdir -p etc/sudoers.d/left4me-setup/x var/lib; touch var/lib/left4me");
    let applied = tree.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 1, "{applied:?}");
    assert!(
        applied.err.contains("/etc/sudoers.d/left4me-setup is a directory, not a file"),
        "{}",
        applied.err
    );
    assert!(applied.err.contains("hint: move it away: mv /etc/sudoers.d/left4me-setup "), "{}", applied.err);
    assert!(
        applied
            .err
            .contains("- directory /var/lib/left4me/tmp: not tried, it needs directory /var/lib/left4me")
    );
    assert!(applied.out.contains("+ file /usr/local/bin/steamcmd\n"), "{}", applied.out);
    tree.sh("rm -r etc/sudoers.d/left4me-setup var/lib/left4me");
    assert!(tree.apply().contains(" 0 failed"));
}

#[test]
fn plan_diff_shows_the_lines() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh(
        "sed -i s/^CPUWeight=.*/CPUWeight=1/ usr/lib/systemd/system/l4d2-build.slice; rm etc/left4me/host.env
         sed -i 's/^net.core.rmem_max.*/net.core.rmem_max = 1/' etc/sysctl.d/60-left4me.conf
         echo '# mine\\0302\\0233' >>etc/sysctl.d/60-left4me.conf",
    );
    insta::assert_snapshot!("diff", tree.without_owners(&tree.run(&["plan", "--diff"]).out));
}

#[test]
fn the_json_is_a_contract() {
    let tree = Tree::mine();
    let plan = |name: &str, arguments: &[&str]| {
        let printed = tree.run(arguments).out;
        let value: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(value["schema"], 1);
        insta::assert_snapshot!(name, tree.json_without_owners(value));
    };
    tree.apply();
    tree.sh("chmod 0644 etc/sudoers.d/left4me-setup
         echo x >>usr/lib/systemd/system/l4d2-game.slice
         echo '# mine' >>etc/left4me/host.env
         mkdir -p etc/systemd/system/l4d2-game.slice.d
         echo x >etc/systemd/system/l4d2-game.slice.d/mine.conf
         rm usr/local/bin/steamcmd
         rm etc/sysctl.d/60-left4me.conf; mkdir etc/sysctl.d/60-left4me.conf");
    plan("json_plan", &["plan", "--json", "--diff"]);
    plan("json_apply", &["apply", "--yes", "--json"]);
}

#[test]
fn without_root_it_says_what_to_type() {
    let tree = Tree::ordinary();
    for arguments in [
        &["apply", "--yes", "--offline"][..],
        &["plan", "--json"],
        &["status"],
        &["config", "--json"],
        &["doctor"],
        &["uninstall", "--purge", "--yes"],
    ] {
        let said = tree.run_on_this_machine(arguments);
        let want = format!(
            "error: `left4me-setup {}` needs root\nhint: sudo left4me-setup {}\n",
            arguments[0],
            arguments.join(" ")
        );
        assert_eq!((said.code, said.out.as_str(), said.err), (1, "", want));
    }
}
