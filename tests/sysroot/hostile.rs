//! The runtime user owns what root reads there, and may put anything in a file's place.

use crate::tree::Tree;
use left4me_test_support::needs;

/// A complete game as far as a look can tell, whose files speak to the terminal.
const GAME: &str = r#"cd var/lib/left4me/installation
mkdir -p steamapps left4dead2
printf '"AppState"\n{\n"appid" "222860"\n"StateFlags" "4"\n"buildid" "1\033[2J\2332"\n"SizeOnDisk" "5"\n"InstalledDepots"\n{\n"222863"\n{\n"manifest" "1"\n}\n}\n}\n' \
    >steamapps/appmanifest_222860.acf
printf 'PatchVersion=2.2\033]0;owned\007\r.4\n' >left4dead2/steam.inf
printf '#!/bin/sh\n' >srcds_run
printf '\177ELF\1\1\0\0\0\0\0\0\0\0\0\0\2\0\3\0' >srcds_linux
chmod 755 srcds_run srcds_linux
"#;

#[test]
fn status_waits_for_no_fifo_and_swallows_no_device() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh("cd var/lib/left4me/instances; mkdir a b c d
         printf 'L4D2_PORT=27015\n' >a/instance.env
         mkfifo b/instance.env; ln -s /dev/zero c/instance.env");
    let said = tree.run_in_time(&["status", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let status: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let found: Vec<_> =
        status["instances"].as_array().unwrap().iter().map(|i| (&i["name"], &i["port"])).collect();
    let none = serde_json::Value::Null;
    assert_eq!(found, [(&"a".into(), &27015.into()), (&"b".into(), &none), (&"c".into(), &none)]);
}

#[test]
fn what_steams_files_say_does_not_steer_the_terminal() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh(GAME);
    for arguments in [&["status"][..], &["status", "--json"]] {
        let said = tree.run_in_time(arguments);
        let plain = said.out.chars().all(|c| c == '\n' || !c.is_control());
        assert!(plain && said.code == 0 && said.out.contains("2.2]0;owned.4"), "{said:?}");
    }
    // Nor does a FIFO in place of either hold anybody up.
    tree.sh("cd var/lib/left4me/installation; rm left4dead2/steam.inf; mkfifo left4dead2/steam.inf");
    assert!(tree.run_in_time(&["status"]).out.contains("build 1[2J"), "the build went with the version");
    tree.sh("cd var/lib/left4me/installation/steamapps; rm *.acf; mkfifo appmanifest_222860.acf");
    assert!(tree.run_in_time(&["status"]).out.contains("its manifest appmanifest_222860.acf is missing"));
}

/// A file system of its own, which it mounted as `fusermount3` does it for a user, and never serves.
#[test]
#[ignore = "needs root and /dev/fuse: tests/run.sh"]
fn a_mount_that_never_answers_holds_nobody_up() {
    let tree = Tree::roots();
    needs::file("/dev/fuse");
    tree.apply();
    tree.sh("mkdir -p var/lib/left4me/instances/a; chown -R --reference=var/lib/left4me var/lib/left4me/instances");
    let passwd = tree.read("etc/passwd");
    let user = passwd.lines().find_map(|line| line.strip_prefix("left4me:x:")).unwrap();
    let uid = user.split(':').next().unwrap();
    let mount = "uid=$1 point=$2; shift 2; exec 9<>/dev/fuse
        mount -i -t fuse -o fd=9,rootmode=40000,user_id=$uid,group_id=$uid silent \"$point\" || exit
        exec timeout --signal=KILL 60 \"$@\"";
    for below in ["", "/instances", "/instances/a", "/installation", "/steam", "/.steam", "/logs"] {
        let point = tree.root.join(format!("var/lib/left4me{below}"));
        std::fs::create_dir_all(&point).unwrap();
        for arguments in
            [&["status"][..], &["status", "--json"], &["plan", "--offline"], &["apply", "--yes", "--offline"]]
        {
            let mut command = std::process::Command::new("unshare");
            command.args(["--mount", "--propagation", "private", "sh", "-c", mount, "sh", uid]).arg(&point);
            let said = tree.run_below(command, arguments);
            assert_eq!(said.code, 1, "{below} {arguments:?}: {said:?}");
            let text = format!("{}{}", said.out, said.err);
            let point = point.display();
            let told = format!("left4me has mounted a file system of its own on {point}");
            let is_told = text.contains(&told) && text.contains(&format!("hint: sudo umount {point}"));
            // On the root itself, root is refused before anybody could be held up.
            let is_refused = below.is_empty() && text.contains("/var/lib/left4me: Permission denied");
            assert!(is_told || is_refused, "{below} {arguments:?}: {said:?}");
        }
    }
    assert_eq!(tree.run(&["status"]).code, 0);
}
