//! Bad input: one clear sentence each, and nothing half-done.

use crate::machine::{Machine, TRIXIE, steam};

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn l4d2ctl() {
    let host = Machine::ready("bad-input");
    let before = host.sh("find /var/lib/left4me | sort | md5sum").ok();
    host.write("/root/good.yaml", "port: 27015\n");
    host.write("/root/privileged.yaml", "port: 80\n");
    host.write("/root/absent-overlay.yaml", "port: 27015\noverlays: [nothing-there]\n");

    let table: [(&[&str], i32, &str); 8] = [
        (&["start", "nobody"], 1, "error: there is no instance 'nobody'"),
        (&["status", "nobody"], 1, "error: there is no instance 'nobody'"),
        (&["logs", "nobody"], 1, "error: there is no instance 'nobody'"),
        (&["start", "../../etc"], 2, "error: invalid instance name: '../../etc'"),
        (
            &["initialize", "a", "-f", "/root/privileged.yaml"],
            1,
            "port 80 is not a number from 1024 to 65535",
        ),
        (
            &["initialize", "a", "-f", "/root/absent-overlay.yaml"],
            1,
            "the overlay 'nothing-there' does not exist",
        ),
        (&["initialize", "a", "-f", "/root/absent.yaml"], 1, "cannot read /root/absent.yaml"),
        (&["initialize", "A", "-f", "/root/good.yaml"], 2, "error: invalid instance name: 'A'"),
    ];
    for (arguments, code, sentence) in table {
        let mut command = vec!["l4d2ctl"];
        command.extend(arguments);
        let err = host.run(&command).failed(code);
        assert!(err.contains(sentence), "{arguments:?}: {err}");
        assert!(err.contains("hint: "), "{arguments:?} has no hint: {err}");
    }
    assert_eq!(host.sh("find /var/lib/left4me | sort | md5sum").ok(), before, "something was left behind");

    // A port in use: by another instance at initialize, by another program at start.
    host.run(&["l4d2ctl", "initialize", "a", "-f", "/root/good.yaml"]).ok();
    let err = host.run(&["l4d2ctl", "initialize", "b", "-f", "/root/good.yaml"]).failed(1);
    assert!(err.contains("27015 is used by the instance 'a'"), "{err}");
    let _held = std::net::UdpSocket::bind("0.0.0.0:27015").unwrap();
    let err = host.run(&["l4d2ctl", "start", "a"]).failed(1);
    assert!(err.contains("UDP port 27015 is in use by another program"), "{err}");
    host.sh(
        "! systemctl is-enabled --quiet left4me-server@a.service && ! grep left4me: /proc/self/mountinfo",
    )
    .ok();

    // Neither root nor the runtime user.
    let err = host
        .run(&["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "l4d2ctl", "status"])
        .failed(1);
    assert!(err.contains("hint: sudo l4d2ctl status"), "{err}");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn left4me_setup() {
    let host = Machine::bare("bad-setup", TRIXIE);
    host.install_package();
    let url = steam().url();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let err = host.run(&[&nobody[..], &["left4me-setup", "apply", "--yes"]].concat()).failed(1);
    assert_eq!(err, "error: `left4me-setup apply` needs root\nhint: sudo left4me-setup apply --yes\n");
    // They may not read host.env either, and should not have to know that.
    let who = "root or by the runtime user 'left4me'";
    for (command, call) in [
        ("game", &["game", "status"][..]),
        ("game", &["game", "update"]),
        ("steamcmd", &["steamcmd", "run", "--", "+quit"]),
    ] {
        let err = host.run(&[&nobody[..], &["left4me-setup"], call].concat()).failed(1);
        let hint = format!("hint: sudo left4me-setup {}\n", call.join(" "));
        assert_eq!(err, format!("error: `left4me-setup {command}` must be run by {who}\n{hint}"));
    }

    let err = host.run(&["left4me-setup", "apply", "--steamcmd-url", "http://example.org/x"]).failed(2);
    assert!(err.contains("is refused: SteamCMD is downloaded only over https"), "{err}");
    let err = host.run(&["left4me-setup", "apply"]).failed(1);
    assert_eq!(err, "error: there is no terminal to ask on\nhint: left4me-setup apply --yes\n");

    // A wrong digest: both are named, nothing is unpacked, what needs it is not tried.
    let wrong = "0".repeat(64);
    let said =
        host.run(&["left4me-setup", "apply", "--yes", "--steamcmd-url", &url, "--steamcmd-sha256", &wrong]);
    let out = said.out.clone();
    let err = said.failed(1);
    assert!(err.contains(&steam().sha256) && err.contains(&wrong) && err.contains("hint: "), "{err}");
    assert!(err.contains("- game Left 4 Dead 2: not tried, it needs SteamCMD"), "{err}");
    assert!(out.contains(" 1 failed, 1 not tried"), "{out}");
    host.sh("test ! -e /var/lib/left4me/steam && test -z \"$(ls -A /var/lib/left4me | grep left4me-new)\"")
        .ok();

    // No network: the same, with its own sentence.
    let said = host.run(&["unshare", "--net", "left4me-setup", "apply", "--yes", "--steamcmd-url", &url]);
    let err = said.failed(1);
    assert!(
        err.contains(&format!("cannot download {url}: ")) && err.contains("hint: check the network"),
        "{err}"
    );

    // And then it works.
    host.apply();
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
}
