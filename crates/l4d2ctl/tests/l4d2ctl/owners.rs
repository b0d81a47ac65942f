//! What root restored belongs to root: a start says what to do about it, and that keeps what was restored.

use super::double::free_port;
use super::host::{Host, NOBODY, owned_by_the_runtime_user};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

fn to_root(path: &Path) {
    std::os::unix::fs::lchown(path, Some(0), Some(0)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| to_root(&entry.unwrap().path()));
    }
}

fn hint(paths: &str) -> String {
    let paths: Vec<String> =
        paths.split(' ').map(|path| format!("-path {path} -o -path '{path}/*'")).collect();
    let paths = paths.join(" -o ");
    format!("sudo find [DIR]/root \\( {paths} \\) -execdir chown -h left4me:left4me {{}} +")
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_was_restored_is_kept() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}\nconfig: [hostname x]"));
    host.as_root(&["start", "a"]).ok();
    host.as_root(&["stop", "a"]).ok();
    let (instance, runtime) = (host.path("root/instances/a"), host.path("root/runtime/a"));
    fs::write(runtime.join("upper/players.db"), "precious").unwrap();
    fs::create_dir_all(runtime.join("upper/left4dead2/addons")).unwrap();
    symlink("/etc/passwd", runtime.join("upper/link")).unwrap();
    host.give(&runtime);
    let [i, r] = ["[DIR]/root/instances/a", "[DIR]/root/runtime/a"];
    let table: [(&[&str], String); 6] = [
        (&["runtime/a"], format!("{r}|{r}")),
        (&["runtime/a/upper"], format!("{r}/upper|{r}/upper")),
        (&["runtime/a/work", "runtime/a/merged"], format!("{r}/work (and more)|{r}/work {r}/merged")),
        (&["runtime/a/upper/left4dead2/cfg"], format!("{r}/upper/left4dead2/cfg|{r}/upper/left4dead2/cfg")),
        (&["instances/a"], format!("{i}|{i}")),
        (&["instances/a", "runtime/a"], format!("{i} (and more)|{i} {r}")),
    ];
    for (restored, told) in table {
        for path in restored {
            to_root(&host.path("root").join(path));
            // Nor does it help that a directory can be read.
            let mode = if *path == "instances/a" { 0o700 } else { 0o755 };
            fs::set_permissions(host.path("root").join(path), PermissionsExt::from_mode(mode)).unwrap();
        }
        host.calls();
        let (what, remedy) = told.split_once('|').unwrap();
        let refusal =
            format!("exit 1\nerror: {what} belongs to root, not to left4me\nhint: {}\n", hint(remedy));
        for command in ["start", "restart"] {
            assert_eq!(host.as_root(&[command, "a"]).failed(), refusal, "{restored:?}");
        }
        assert_eq!(host.calls(), "");
        // As it was told; here left4me is only known inside.
        let given = hint(remedy).replace("[DIR]", host.dir.path().to_str().unwrap());
        let given = given.replace("left4me:left4me", &format!("{NOBODY}:{NOBODY}")).replace("sudo ", "");
        assert!(std::process::Command::new("bash").args(["-c", &given]).status().unwrap().success());
        owned_by_the_runtime_user(&runtime);
        owned_by_the_runtime_user(&instance);
        host.as_root(&["start", "a"]).ok();
        host.as_root(&["stop", "a"]).ok();
        assert_eq!(fs::read_to_string(runtime.join("upper/players.db")).unwrap(), "precious");
    }
    // Removing says the same.
    to_root(&runtime);
    for command in ["reset", "delete"] {
        let said = host.as_root(&[command, "a"]).err;
        assert!(said.ends_with(&format!("hint: {}\n", hint(r))), "{said}");
        assert_eq!(fs::read_to_string(runtime.join("upper/players.db")).unwrap(), "precious");
    }
    // Somebody else's is no different.
    chown(&runtime, Some(12345), None).unwrap();
    assert!(
        host.as_root(&["start", "a"])
            .failed()
            .contains(&format!("{r} belongs to user 12345, not to left4me\n"))
    );
}
