//! The runtime user owns what root reads there, and may put anything in a file's place.

use crate::tree::Tree;

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
    let Some(tree) = Tree::mine() else { return };
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
    let Some(tree) = Tree::mine() else { return };
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
