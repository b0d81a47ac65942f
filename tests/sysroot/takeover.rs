//! A host that the predecessor's bundle made.

use crate::bundle;
use crate::tree::Tree;
use left4me_test_support::needs;

/// The predecessor's host: its paths, links, units, account, an instance and content.
const FIXTURE: &str = r#"
mkdir -p etc/sudoers.d etc/left4me etc/sysctl.d etc/systemd/system/left4me-server@.service.d \
    usr/local/libexec/left4me usr/local/sbin usr/local/lib/systemd/system/system.slice.d \
    opt/left4me/src/deploy/scripts/libexec opt/left4me/src/deploy/files/etc/sudoers.d opt/left4me/steam/linux32 \
    var/lib/left4me/installation var/lib/left4me/overlays/7 var/lib/left4me/instances/a var/lib/left4me/.venv/bin
echo 'root:x:0:0:root:/root:/bin/bash' >etc/passwd
echo "left4me:x:UID:GID::/var/lib/left4me:/usr/sbin/nologin" >>etc/passwd
echo "left4me:x:GID:" >etc/group
src=/opt/left4me/src/deploy
for helper in overlay systemctl journalctl script-sandbox; do
    echo '#!/bin/sh' >".$src/scripts/libexec/left4me-$helper"
    ln -s "$src/scripts/libexec/left4me-$helper" "usr/local/libexec/left4me/left4me-$helper"
done
echo 'left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-script-sandbox' >".$src/files/etc/sudoers.d/left4me"
ln -s "$src/files/etc/sudoers.d/left4me" etc/sudoers.d/left4me
echo '[Service]' >usr/local/lib/systemd/system/left4me-server@.service
echo '[Unit]' >usr/local/lib/systemd/system/left4me-web.service
printf '[Slice]\nCPUWeight=1000\nAllowedCPUs=1 2 3\n' >usr/local/lib/systemd/system/l4d2-game.slice
printf '[Slice]\nCPUWeight=10\n' >usr/local/lib/systemd/system/l4d2-build.slice
printf '[Slice]\nAllowedCPUs=0\n' >usr/local/lib/systemd/system/system.slice.d/99-left4me-cpuset.conf
cat >".$src/files/hardening.conf" <<'EOF'
HARDENING
EOF
ln -s "$src/files/hardening.conf" etc/systemd/system/left4me-server@.service.d/10-hardening.conf
mkdir etc/systemd/system/left4me-web.service.d
ln -s "$src/files/web-hardening.conf" etc/systemd/system/left4me-web.service.d/10-hardening.conf
printf 'LEFT4ME_ROOT=/var/lib/left4me\nLEFT4ME_STEAMCMD=/opt/left4me/steam/steamcmd.sh\n' >etc/left4me/host.env
echo SECRET_KEY=x >etc/left4me/web.env
echo net.core.rmem_max=8388608 >etc/sysctl.d/99-left4me.conf
for program in opt/left4me/steam/steamcmd.sh opt/left4me/steam/linux32/steamcmd; do
    echo '#!/bin/sh' >$program; chmod 755 $program
done
echo vpk >var/lib/left4me/overlays/7/map.vpk
printf 'L4D2_PORT=27015\nL4D2_ARGS=+map c1m1_hotel\nL4D2_LOWERDIRS=/var/lib/left4me/overlays/7:/var/lib/left4me/installation\n' \
    >var/lib/left4me/instances/a/instance.env
"#;

fn predecessor() -> Tree {
    let tree = Tree::mine();
    let id = if tree.owned_by_root() { 980 } else { rustix::process::geteuid().as_raw() };
    let hardening = include_str!("../host/predecessor-hardening.conf");
    let fixture = FIXTURE.replace("UID", &id.to_string()).replace("GID", &id.to_string());
    tree.sh(&fixture.replace("HARDENING", hardening.trim_end()));
    if tree.owned_by_root() {
        tree.sh("chown -R 980:980 var/lib/left4me opt/left4me/steam");
    }
    tree
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_predecessors_host_is_taken_over_step_by_step() {
    needs::root();
    let tree = predecessor();
    let content = |path: &str| (path.to_owned(), tree.read(path));
    let kept = [
        "var/lib/left4me/instances/a/instance.env",
        "var/lib/left4me/overlays/7/map.vpk",
        "etc/left4me/web.env",
    ]
    .map(content);
    insta::assert_snapshot!("plan", tree.without_owners(&tree.run(&["plan"]).out));
    tree.apply();
    for (path, text) in kept {
        assert_eq!(tree.read(&path), text, "{path}");
    }
    // SteamCMD came along, the unit is out of the way, the helpers are ours, the fourth is theirs.
    tree.sh("test -x var/lib/left4me/steam/steamcmd.sh && test ! -e opt/left4me/steam
        test -e usr/local/lib/systemd/system/left4me-server@.service.left4me-old
        test ! -e usr/local/lib/systemd/system/left4me-server@.service
        test -e usr/local/lib/systemd/system/l4d2-build.slice.left4me-old
        grep -qx 'AllowedCPUs=1 2 3' etc/systemd/system/l4d2-game.slice.d/10-cpus.conf
        test ! -e etc/systemd/system/l4d2-build.slice.d
        test -L etc/systemd/system/left4me-server@.service.d/10-hardening.conf
        test -e usr/local/lib/systemd/system/system.slice.d/99-left4me-cpuset.conf
        test -e usr/local/lib/systemd/system/left4me-web.service
        test $(readlink usr/local/libexec/left4me/left4me-overlay) = /usr/libexec/left4me/left4me-overlay
        test -L usr/local/libexec/left4me/left4me-script-sandbox
        grep -q NOPASSWD:./usr/local/libexec/left4me/left4me-script-sandbox etc/sudoers.d/left4me-script-sandbox
        test -L etc/sudoers.d/left4me -a -f etc/sudoers.d/left4me-setup
        grep -qx LEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh etc/left4me/host.env");
    if tree.owned_by_root() {
        assert!(tree.read("etc/passwd").contains("left4me:x:980:980:"));
    }
    let again = tree.run(&["apply"]);
    assert!(again.out.contains("\n0 changed, "), "{again:?}");
    // What apply made goes again, what it set aside stays, and is named.
    let gone = tree.run(&["uninstall", "--yes"]);
    assert_eq!(gone.code, 0);
    assert!(
        gone.out.contains("\n  mv /var/lib/left4me/steam /opt/left4me/steam\n") || !tree.owned_by_root(),
        "{gone:?}"
    );
    tree.sh("test ! -e etc/systemd/system/l4d2-game.slice.d
        test -e usr/local/lib/systemd/system/l4d2-game.slice.left4me-old
        test -L etc/systemd/system/left4me-server@.service.d/10-hardening.conf
        test -e var/lib/left4me/instances/a/instance.env");
}

/// One mark is enough, whichever is left; without any, somebody's own units stay where they are.
#[test]
fn any_mark_tells_the_predecessors_host() {
    const UNIT: &str = "usr/local/lib/systemd/system/left4me-server@.service";
    let first = Tree::mine();
    let mount = format!("echo 'ExecStartPre=+/usr/local/libexec/left4me/left4me-overlay mount %i' >{UNIT}");
    let marks = [
        "touch usr/local/libexec/left4me/left4me-script-sandbox",
        "mkdir -p opt/left4me/src",
        "mkdir -p opt/left4me/steam",
        "mkdir usr/local/sbin; touch usr/local/sbin/left4me",
        "touch usr/local/lib/systemd/system/left4me-web.service",
        "touch etc/sysctl.d/99-left4me.conf",
        "touch etc/left4me/sandbox-resolv.conf",
        "mkdir -p etc/systemd/system/left4me-server@.service.d
         ln -s /opt/left4me/src/x etc/systemd/system/left4me-server@.service.d/10-hardening.conf",
        &mount,
    ];
    for (number, mark) in marks.iter().enumerate() {
        let tree = first.sibling(&format!("mark-{number}"));
        tree.sh("mkdir -p usr/local/lib/systemd/system usr/local/libexec/left4me etc/sysctl.d etc/left4me");
        tree.sh(&format!("echo '[Service]' >{UNIT}; echo web >etc/left4me/web.env"));
        let says = format!("~ predecessor's /{UNIT}: presence outranks our unit");
        let plan = tree.run(&["plan"]).out;
        assert!(
            !plan.contains(&says) && plan.contains("takes the place of our left4me-server@.service"),
            "{plan}"
        );
        tree.sh(mark);
        let plan = tree.run(&["plan"]).out;
        assert!(plan.contains(&says), "{mark}: {plan}");
        // Only the helper itself is let through sudo.
        let helper = mark.contains("script-sandbox");
        assert_eq!(plan.contains("+ file /etc/sudoers.d/left4me-script-sandbox"), helper, "{mark}: {plan}");
        tree.apply();
        tree.sh(&format!("test -e {UNIT}.left4me-old -a ! -e {UNIT}"));
        assert!(tree.run(&["apply"]).out.contains("\n0 changed, "), "{mark}");
    }
}

#[test]
fn its_units_stay_while_ours_cannot_be_made() {
    let tree = predecessor();
    tree.sh("mkdir -p usr/lib/systemd/system/left4me-overlay@.service/x");
    let said = tree.run(&["apply", "--yes"]);
    let says = "- predecessor's /usr/local/lib/systemd/system/left4me-server@.service: not tried, it needs file \
                /usr/lib/systemd/system/left4me-overlay@.service\n";
    assert!(said.code == 1 && said.err.contains(says), "{said:?}");
    tree.sh("test -e usr/local/lib/systemd/system/left4me-server@.service -a -e usr/local/lib/systemd/system/l4d2-game.slice
        rm -r usr/lib/systemd/system/left4me-overlay@.service");
    tree.apply();
    tree.sh("test ! -e usr/local/lib/systemd/system/left4me-server@.service");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_tree_of_someone_elses_is_not_taken_for_steamcmd() {
    needs::root();
    let tree = predecessor();
    tree.sh("chown -R 1234 opt/left4me/steam");
    tree.apply();
    tree.sh("test -e opt/left4me/steam/steamcmd.sh && test ! -e var/lib/left4me/steam");
    // Nor does one replace what is there.
    tree.sh("chown -R 980 opt/left4me/steam; mkdir var/lib/left4me/steam; chown 980 var/lib/left4me/steam");
    tree.apply();
    tree.sh("test -e opt/left4me/steam/steamcmd.sh");
}

/// Copied instead of linked it is the same; with more in it, or under another name, it is a change.
#[test]
fn hardening_drop_ins_are_known_by_place_and_content() {
    let tree = predecessor();
    let drop_in = "etc/systemd/system/left4me-server@.service.d/10-hardening.conf";
    tree.sh(&format!("rm {drop_in}; cp opt/left4me/src/deploy/files/hardening.conf {drop_in}"));
    let note = |tree: &Tree| {
        let plan = tree.run(&["plan"]).out;
        let says = plan.lines().find(|line| line.contains("10-hardening.conf") && !line.contains("web"));
        says.unwrap_or_default().trim().trim_start_matches("note: /etc/systemd/system/").to_owned()
    };
    let kept = "left4me-server@.service.d/10-hardening.conf is the predecessor's, a copy: kept, and ";
    assert_eq!(note(&tree), format!("{kept}left4me-server@.service has its settings itself"));
    tree.sh(&format!("echo Nice=5 >>{drop_in}"));
    assert_eq!(note(&tree), format!("{kept}changes left4me-server@.service: Nice=5"));
    tree.sh(&format!("printf '[Service]\\nNice=5\\n' >{drop_in}"));
    assert_eq!(note(&tree), "left4me-server@.service.d/10-hardening.conf changes left4me-server@.service");
    let before = tree.read(drop_in);
    tree.apply();
    assert_eq!(tree.read(drop_in), before);
}

/// Moved by rename from either place, so that whoever runs from it goes on.
#[test]
fn either_place_of_steamcmd_moves_by_rename() {
    use std::os::unix::fs::MetadataExt;
    for place in ["opt/left4me/steam", "opt/steamcmd"] {
        let tree = predecessor();
        if place == "opt/steamcmd" {
            tree.sh("mv opt/left4me/steam opt/steamcmd");
        }
        let inode = |path: &str| std::fs::metadata(tree.root.join(path)).unwrap().ino();
        let before = inode(&format!("{place}/linux32/steamcmd"));
        let out = tree.apply();
        let says = format!("~ predecessor's /{place}: place /{place} → /var/lib/left4me/steam\n");
        assert!(out.contains(&says), "{out}");
        assert_eq!(inode("var/lib/left4me/steam/linux32/steamcmd"), before);
    }
}

/// The bundle goes on running on a host that was taken over: it and apply must come to rest.
#[test]
fn the_bundle_and_apply_come_to_rest() {
    let tree = Tree::mine();
    let id = if tree.owned_by_root() { 980 } else { rustix::process::geteuid().as_raw() };
    tree.sh(&format!(
        "mkdir etc; printf 'root:x:0:0:root:/root:/bin/bash\\nleft4me:x:{id}:{id}::/var/lib/left4me:/usr/sbin/nologin\\n' >etc/passwd
         echo 'left4me:x:{id}:' >etc/group"
    ));
    let bundle = |without: &[String]| bundle::apply(&tree.root, without, tree.owned_by_root().then_some(id));
    assert!(bundle(&[]).len() > 20);
    assert_eq!(bundle(&[]), Vec::<String>::new());
    // The plan names the items that both would make, each in its own way; so does apply, when it has made them.
    let rivals = bundle::rivals(&tree.run(&["plan"]).out);
    let applied = tree.apply();
    let says =
        format!("note: the predecessor's bundle will undo this; remove its items {}\n", rivals.join(", "));
    assert!(applied.contains(&says), "{says}{applied}");
    // Exactly those, as its next run shows.
    let mut fixed = bundle(&[]);
    fixed.sort();
    let mut named = rivals.clone();
    named.sort();
    assert_eq!((named.len(), fixed), (6, named));
    // Its rules come and go without ours.
    tree.sh("test -L etc/sudoers.d/left4me && grep -q /usr/libexec/left4me/left4me-systemctl etc/sudoers.d/left4me-setup");
    tree.apply();
    for round in 1..=2 {
        assert_eq!(bundle(&rivals), Vec::<String>::new(), "round {round}");
        let again = tree.run(&["apply"]);
        assert!(
            again.out.contains("\n0 changed, ") && !again.out.contains("bundle"),
            "round {round}: {again:?}"
        );
    }
    assert!(!tree.run(&["plan"]).out.contains("bundle"));

    // What uninstall does not bring back it names, and how; after that all is as the bundle had it.
    let gone = tree.run(&["uninstall", "--yes"]);
    if tree.owned_by_root() {
        assert!(gone.out.contains("\n= file /etc/left4me/host.env: kept, it was there before\n"), "{gone:?}");
    }
    let head =
        "of the predecessor's, this is not brought back; its bundle's next run does that, or, as root:\n";
    let commands = gone.out.split_once(head).expect("it says so").1;
    for command in commands.lines().map(str::trim) {
        // In the tree, but for what links lead to.
        let (command, place) = command.rsplit_once(' ').unwrap();
        tree.sh(&format!("{} .{place}", command.replace("mv /", "mv ./")));
    }
    assert_eq!((commands.lines().count(), bundle(&[])), (6, vec![]));
}

/// Its venv comes first in its unit's PATH.
#[test]
fn the_plan_says_which_l4d2ctl_the_web_app_runs() {
    let tree = predecessor();
    let note = |tree: &Tree| {
        let plan = tree.run(&["plan"]).out;
        plan.lines().find(|line| line.contains("web app runs")).map(|line| line.trim().to_owned())
    };
    tree.sh("printf '[Service]\\nEnvironment=HOME=/x\\nEnvironment=PATH=/var/lib/left4me/.venv/bin:/usr/local/bin:/usr/bin\\n' \
             >usr/local/lib/systemd/system/left4me-web.service");
    assert_eq!(note(&tree), None);
    tree.sh("touch var/lib/left4me/.venv/bin/l4d2ctl");
    let says =
        "note: the web app runs /var/lib/left4me/.venv/bin/l4d2ctl, not our l4d2ctl; to make it use ours: ";
    let said = note(&tree).unwrap();
    // What it says can be pasted; here only the part that is no live system's.
    let remedy = said.strip_prefix(says).expect(&said).replace("sudo ", "").replace(" /etc/", " etc/");
    tree.sh(remedy.split(" && ").next().unwrap());
    assert_eq!(note(&tree), None);
    // Or in the drop-in that is a link into its checkout.
    tree.sh("rm etc/systemd/system/left4me-web.service.d/20-l4d2ctl.conf
             printf '[Service]\\nEnvironment=PATH=/usr/bin\\n' >opt/left4me/src/deploy/files/web-hardening.conf");
    assert_eq!(note(&tree), None);
}

/// Our rules had the predecessor's name once.
#[test]
fn our_rules_leave_their_old_name_and_nobody_elses() {
    let tree = Tree::mine();
    let old = "# The runtime user may run these three helpers as root and nothing else. They judge their own
# arguments, so none are listed here: sudo-rs knows no wildcards, and wildcards never were a check.
# Each helper has two names: the package's, and the one that the web app calls.
left4me ALL=(root) NOPASSWD: /usr/libexec/left4me/left4me-overlay, /usr/local/libexec/left4me/left4me-overlay
left4me ALL=(root) NOPASSWD: /usr/libexec/left4me/left4me-systemctl, /usr/local/libexec/left4me/left4me-systemctl
left4me ALL=(root) NOPASSWD: /usr/libexec/left4me/left4me-journalctl, /usr/local/libexec/left4me/left4me-journalctl
";
    tree.apply();
    let place = tree.root.join("etc/sudoers.d/left4me");
    std::fs::write(&place, format!("{old}# mine\n")).unwrap();
    assert!(tree.run(&["apply"]).out.contains("\n0 changed, "));
    tree.sh("rm etc/sudoers.d/left4me-setup");
    std::fs::write(&place, old).unwrap();
    // Never without one or the other.
    tree.sh("mkdir -p etc/sudoers.d/left4me-setup/x");
    let stuck = tree.run(&["apply", "--yes"]);
    assert!(stuck.code == 1 && place.exists(), "{stuck:?}");
    tree.sh("rm -r etc/sudoers.d/left4me-setup");
    let out = tree.apply();
    assert!(
        out.contains("~ leftover /etc/sudoers.d/left4me: presence our rules' old name → gone\n"),
        "{out}"
    );
    tree.sh("test ! -e etc/sudoers.d/left4me -a -f etc/sudoers.d/left4me-setup");
}
