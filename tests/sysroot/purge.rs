//! The package's postrm on a tree, as dpkg runs it with `--root`.

use crate::bundle;
use crate::tree::Tree;

/// As dpkg does it, the package's files gone before.
fn postrm(tree: &Tree, arguments: &[&str]) -> String {
    tree.sh("rm -rf usr/lib/systemd usr/lib/sysusers.d");
    let mut said = String::new();
    for argument in arguments {
        let mut script = std::process::Command::new("bash");
        script.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/debian/postrm")).arg(argument);
        tree.as_user(&mut script);
        let output = script.env("DPKG_ROOT", &tree.root).output().unwrap();
        assert!(output.status.success(), "{argument}: {output:?}");
        said += &String::from_utf8_lossy(&output.stderr);
    }
    said
}

const BOOT: &str = "etc/systemd/system/multi-user.target.wants/left4me-server@";

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_purge_takes_what_apply_made() {
    // Only root keeps a list of it.
    let tree = Tree::roots();
    for (root, units) in
        [("/var/lib/left4me", "/usr/lib/systemd/system"), ("/srv/l4d2/", "/etc/systemd/system")]
    {
        tree.sh("mkdir -p etc/left4me; echo 'update: true' >etc/left4me/host.yaml");
        assert_eq!(tree.run(&["apply", "--yes", "--root", root]).code, 0);
        tree.sh(&format!(
            "mkdir -p etc/systemd/system/multi-user.target.wants
             ln -s {units}/left4me-server@.service {BOOT}a.service
             echo '# mine' >>etc/sysctl.d/60-left4me.conf; echo '# mine' >>etc/left4me/host.env
             echo 'root: {root}' >etc/left4me/host.yaml"
        ));
        assert!(tree.root.join("etc/left4me/host.yaml").exists());
        let said = postrm(&tree, &["remove", "purge"]);
        let root = root.trim_end_matches('/');
        assert!(said.contains(&format!("{root} and the user left4me are kept")), "{said}");
        tree.sh(&format!("rm -rf .{root} run"));
        let left: Vec<String> = tree
            .listing()
            .lines()
            .filter(|line| line.contains("left4me") || line.contains("steamcmd"))
            .map(str::to_owned)
            .collect();
        assert_eq!(left, Vec::<String>::new());
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_purge_takes_nothing_that_was_there_before() {
    let tree = Tree::roots();
    tree.sh("mkdir -p etc usr/local/bin etc/sysctl.d etc/systemd/system/multi-user.target.wants
        printf 'root:x:0:0:root:/root:/bin/bash\\nleft4me:x:980:980::/var/lib/left4me:/usr/sbin/nologin\\n' >etc/passwd
        echo 'left4me:x:980:' >etc/group
        echo '# mine' >etc/sysctl.d/60-left4me.conf");
    let bundle = || bundle::apply(&tree.root, &[], Some(980));
    bundle();
    tree.sh(&format!("ln -s /usr/local/lib/systemd/system/left4me-server@.service {BOOT}7.service"));
    // postinst's apply, and no other.
    let postinst = ["apply", "--yes", "--offline", "--skip-game", "--skip-usr-local", "--quiet"];
    assert_eq!(tree.run(&postinst).code, 0);
    postrm(&tree, &["remove", "purge"]);
    assert_eq!(bundle(), Vec::<String>::new());
    tree.sh(&format!(
        "test -L {BOOT}7.service -a ! -e etc/sudoers.d/left4me-setup -a ! -e var/lib/left4me-setup
         grep -qx '# mine' etc/sysctl.d/60-left4me.conf"
    ));
    // An administrator's: the file's name is taken again when the package goes.
    tree.apply();
    tree.sh("echo mine >usr/local/bin/steamcmd");
    postrm(&tree, &["remove"]);
    tree.sh("test -z \"$(find usr/local -lname '/usr/libexec/left4me/*')\" -a -L usr/local/libexec/left4me/left4me-script-sandbox");
    postrm(&tree, &["purge"]);
    tree.sh("grep -qx mine usr/local/bin/steamcmd && test -f etc/left4me/host.env");
}
