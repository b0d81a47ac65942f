//! The update that the runtime user may ask for: it works from any unit of that user's, and takes nothing from there.

use crate::contract::UNIT;
use crate::machine::Machine;

const STEPS: &str = "downloading linux platform payload...\ninstallation complete.\n";

/// How often the unit has run.
fn runs(host: &Machine) -> usize {
    let log = host.sh("journalctl --sync; journalctl -b --no-pager -o cat -u left4me-install.service").ok();
    log.lines().filter(|line| line.starts_with("Starting left4me-install.service")).count()
}

fn is_game(host: &Machine, build: &str) {
    let status = host.run(&["left4me-setup", "game", "status"]).ok();
    assert!(status.contains(&format!("build {build}\n")), "{status}");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn the_runtime_user_updates_the_game_through_one_fixed_unit() {
    let host = Machine::ready("entry");
    let offer =
        |build: &str| host.sh(&format!("echo build={build} >>/var/lib/left4me/steam/sim/settings")).ok();

    offer("17000001");
    let said = host.as_runtime_user("l4d2ctl install");
    assert_eq!((said.code, said.out.as_str()), (0, STEPS), "{said:#?}");
    // What the unit says, to its last line, and once.
    assert!(said.err.contains("game (linux"), "{said:#?}");
    let results = said.err.lines().filter(|line| line.contains("the game is updated from build 16546402"));
    assert_eq!(results.count(), 1, "{said:#?}");
    is_game(&host, "17000001");

    // From the sandbox of the web app, which forbids 32-bit programs and writing to most places.
    offer("17000002");
    let said = host.sh(&format!("{UNIT} l4d2ctl install"));
    assert_eq!((said.code, said.out.as_str()), (0, STEPS), "{said:#?}");
    is_game(&host, "17000002");

    // Two callers at once share a run, and each sees it from its beginning.
    host.sh("printf 'build=17000003\ntree_17000003=big\nseconds=8\n' >>/var/lib/left4me/steam/sim/settings")
        .ok();
    let before = runs(&host);
    let both = host.as_runtime_user(
        "l4d2ctl install >/tmp/1.out 2>/tmp/1.err & first=$!
         while [ \"$(systemctl is-active left4me-install)\" != activating ]; do sleep 0.05; done
         l4d2ctl install >/tmp/2.out 2>/tmp/2.err || exit; wait $first || exit
         cmp /tmp/1.out /tmp/2.out && cmp /tmp/1.err /tmp/2.err && cat /tmp/1.out",
    );
    assert_eq!(both.ok(), STEPS);
    assert_eq!(runs(&host), before + 1);
    is_game(&host, "17000003");

    // One that fails says why, and its exit code is passed on.
    host.sh("mv /var/lib/left4me/steam/steamcmd.sh /var/lib/left4me/steam/away").ok();
    for call in [
        "setpriv --reuid=left4me --regid=left4me --clear-groups l4d2ctl install",
        &format!("{UNIT} l4d2ctl install"),
    ] {
        let said = host.sh(call);
        assert_eq!((said.code, said.out.as_str()), (1, &STEPS[..STEPS.find('\n').unwrap() + 1]), "{said:#?}");
        assert!(said.err.contains("error: SteamCMD is not installed\n"), "{said:#?}");
        assert!(said.err.contains("hint: sudo left4me-setup apply\n"), "{said:#?}");
    }
    // An administrator can forbid it.
    host.sh("systemctl mask left4me-install.service").ok();
    let said = host.as_runtime_user("l4d2ctl install");
    assert!(said.code != 0 && said.err.contains("left4me-install.service is masked"), "{said:#?}");
}

/// What a hostile caller brings along stays outside.
#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn nothing_of_a_callers_reaches_the_unit() {
    let host = Machine::ready("hostile-entry");
    let helper = "sudo -n /usr/libexec/left4me/left4me-systemctl";
    for line in ["update-game x", "update-game --force", "update-game --", "update-game ''"] {
        let refused = host.as_runtime_user(&format!("{helper} {line}"));
        assert_eq!(refused.code, 2, "{line}: {refused:#?}");
    }
    for line in
        ["update-game", "update-game --follow x", "update-game --no-follow --lines 5", "update-game -f"]
    {
        let journal = "sudo -n /usr/libexec/left4me/left4me-journalctl";
        let refused = host.as_runtime_user(&format!("{journal} {line}"));
        assert_eq!(refused.code, 2, "{line}: {refused:#?}");
    }
    assert_eq!(runs(&host), 0);

    host.sh("printf 'build=17000001\ntree_17000001=big\nseconds=6\n' >>/var/lib/left4me/steam/sim/settings")
        .ok();
    let seen = host.as_runtime_user(&format!(
        "export LD_PRELOAD=/tmp/x.so LEFT4ME_ROOT=/tmp/evil LEFT4ME_STEAMCMD_URL=http://127.0.0.1/ FOO=bar
         export HTTPS_PROXY=http://127.0.0.1:1/ SYSTEMD_LOG_LEVEL=debug
         ulimit -n 32; ulimit -f 1; umask 0; exec 9</etc/passwd; cd /tmp
         nice -n 19 {helper} update-game >/dev/null 2>&1 </dev/null &
         while ! pgrep -x left4me-setup >/dev/null; do sleep 0.02; done; wait $!"
    ));
    assert_eq!(seen.code, 0, "{seen:#?}");
    is_game(&host, "17000001");

    host.sh("printf 'build=17000002\nseconds=10\n' >>/var/lib/left4me/steam/sim/settings").ok();
    host.as_runtime_user(
        "export FOO=bar LD_PRELOAD=; ulimit -n 32; umask 0; exec 9</etc/passwd
         l4d2ctl install >/dev/null 2>&1 &
         while [ \"$(systemctl is-active left4me-install)\" != activating ]; do sleep 0.02; done; kill -9 $!",
    )
    .ok();
    // The caller is gone; the unit goes on, and looks as systemd made it.
    let looks = host
        .sh("pid=$(systemctl show -P MainPID left4me-install); tr '\\0' '\\n' </proc/$pid/environ; cat /proc/$pid/limits
             ls -l /proc/$pid/fd; readlink /proc/$pid/cwd; grep Umask /proc/$pid/status; cat /proc/$pid/cmdline | tr '\\0' ' '")
        .ok();
    for absent in ["FOO=", "LD_PRELOAD", "SUDO_", "/etc/passwd"] {
        assert!(!looks.contains(absent), "{absent}: {looks}");
    }
    assert!(looks.contains("\n/\nUmask:\t0022\n"), "{looks}");
    assert!(looks.ends_with("/usr/bin/left4me-setup game update --progress plain "), "{looks}");
    assert!(!looks.lines().any(|line| line.starts_with("Max open files            32 ")), "{looks}");
    host.sh("while [ \"$(systemctl is-active left4me-install)\" = activating ]; do sleep 0.1; done").ok();
    is_game(&host, "17000002");

    // Nothing else is started over the bus, and other units' lines are not read.
    let journal =
        host.as_runtime_user("sudo -n /usr/libexec/left4me/left4me-journalctl update-game --no-follow").ok();
    assert!(journal.contains("the game is updated from build 17000001"), "{journal}");
    assert!(!journal.contains("17000001: version") || !journal.contains("sudo"), "{journal}");
    assert_ne!(host.as_runtime_user("systemctl start left4me-install.service").code, 0);
    assert_ne!(host.as_runtime_user(&format!("{helper} start left4me-update.service")).code, 0);
}
