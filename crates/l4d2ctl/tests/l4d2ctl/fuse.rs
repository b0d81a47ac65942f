//! A file system of the runtime user's own that never answers, mounted as `fusermount3` does it for a user.

use super::host::{Ended, Host, NOBODY};
use left4me_test_support::needs;

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_mount_that_never_answers_holds_nobody_up() {
    needs::file("/dev/fuse");
    let host = Host::new();
    host.overlay("one", Some("x"));
    host.initialize("a", "port: 27015\noverlays: [{path: one, alias: one}]");
    host.as_root(&["start", "a"]).ok();
    host.calls();
    std::fs::create_dir(host.path("elsewhere")).unwrap();
    let points = [
        "root",
        "root/instances",
        "root/instances/a",
        "root/instances/a/instance.env",
        "root/runtime",
        "root/runtime/a",
        "root/runtime/a/upper",
        "root/runtime/a/merged",
        "root/overlays",
        "root/overlays/one",
        "root/installation",
        "elsewhere",
    ];
    let commands: [&[&str]; 12] = [
        &["status", "--json"],
        &["status", "a"],
        &["list"],
        &["du"],
        &["overlay", "list"],
        &["show", "a"],
        &["overlay", "explain", "a", "left4dead2"],
        &["start", "a"],
        &["stop", "a"],
        &["reset", "a"],
        &["delete", "a"],
        &["initialize", "a", "-f", "s.yaml"],
    ];
    for point in points {
        let path = host.path(point);
        let mode = if path.is_dir() { "40000" } else { "100000" };
        host.set("fuse.options", &format!("nosuid,nodev,rootmode={mode},user_id={NOBODY},group_id={NOBODY}"));
        host.set("fuse", path.to_str().unwrap());
        for command in commands {
            let root = host.root_command();
            let mut limited = std::process::Command::new("timeout");
            limited.args(["--signal=KILL", "30"]).arg(root.get_program()).args(root.get_args()).args(command);
            limited.envs(root.get_envs().filter_map(|(key, value)| Some((key, value?))));
            let ended = Ended::of(&host, limited.current_dir(host.dir.path()).output().unwrap());
            let refusal = format!(
                "exit 1\nerror: left4me has mounted a file system of its own on [DIR]/{point}, which may hold up whoever looks there\n\
                 hint: sudo umount [DIR]/{point}\n"
            );
            assert_eq!(ended.failed(), refusal, "{command:?}");
        }
    }
    assert_eq!(host.calls(), "");
    std::fs::remove_file(host.path("fuse")).unwrap();
    host.as_root(&["status", "a"]).ok();
}
