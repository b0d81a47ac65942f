//! SteamCMD and the game on a real host: the commands, an account, a narrow terminal.

use crate::machine::{self, Machine};

const PASSWORD: &str = "correct-horse-battery";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn the_game_is_updated_verified_and_repaired_while_a_server_runs() {
    let host = Machine::ready("game");
    let run = |words: &str| host.run(&words.split(' ').collect::<Vec<_>>());

    assert_eq!(
        run("left4me-setup game status").ok(),
        "the game is installed: version 2.2.4.3, build 16546402\n"
    );
    // Installs or updates, as the predecessor did.
    assert!(run("l4d2ctl install").ok().contains("\nthe game is up to date: "));
    assert!(run("left4me-setup game verify").ok().starts_with("the game is complete: "));

    // A server has the game mounted, and nothing is changed below it.
    host.sh("printf 'port: 27150\n' | l4d2ctl initialize versus -f - && l4d2ctl start versus").ok();
    let merged = "find /var/lib/left4me/runtime/versus/merged -xdev -type f ! -name double.txt -exec sha256sum {} + | sort";
    let seen =
        |host: &Machine| host.sh(&format!("systemctl show -P MainPID left4me-server@versus; {merged}")).ok();
    let before = seen(&host);
    host.sh("echo build=17000000 >>/var/lib/left4me/steam/sim/settings").ok();
    let refused = run("left4me-setup game update --in-place").failed(1);
    assert!(refused.contains("error: the game is in use by versus\n"), "{refused}");
    assert!(
        refused.contains("hint: this does not stop them for you: sudo l4d2ctl stop versus, "),
        "{refused}"
    );

    // Somebody else is at work with SteamCMD.
    let busy = host.sh("flock /var/lib/left4me/.steamcmd.lock sleep 30 & holder=$!
         while ! grep -q FLOCK /proc/locks; do sleep 0.05; done
         left4me-setup game update --no-wait; code=$?; pkill -P $holder; exit $code");
    assert!(busy.failed(1).contains("error: another run is at work (PID "));

    let updated = run("left4me-setup game update").ok();
    assert_eq!(
        updated,
        "the game is updated from build 16546402: version 2.2.4.3, build 17000000 (linux)\n\
         1 server still runs the old build and gets the new one at the next restart: versus\n\
         hint: to restart each server once nobody plays on it: sudo l4d2ctl restart --all --when-empty\n"
    );
    assert_eq!(seen(&host), before);
    host.sh("! grep -q left4me-update /proc/*/mountinfo && ! test -e /var/lib/left4me/updates/.staging").ok();
    let state = host.sh("cat /var/lib/left4me-setup/state.json").ok();
    assert!(state.contains("\"build\": \"17000000\"") && state.contains("\"linux\""), "{state}");

    // Damage that the proof sees, and damage that only Valve's digests see.
    host.sh("rm /var/lib/left4me/installation/srcds_linux; echo x >>/var/lib/left4me/installation/srcds_run")
        .ok();
    let broken = run("left4me-setup game verify").failed(1);
    assert!(
        broken
            .contains("not complete: srcds_linux is missing\nhint: sudo left4me-setup game verify --repair")
    );
    assert!(run("left4me-setup game verify --repair").ok().contains("(linux, validate)"));
    run("left4me-setup game verify").ok();
    let list = host.sh("cat /var/lib/left4me/updates/current").ok();
    assert_eq!(list, "17000000.1\n17000000\n");
    host.sh("l4d2ctl restart versus; cd /var/lib/left4me/runtime/versus/merged && test $(tail -c 2 srcds_run) != x").ok();
    // What is whole is not published again.
    run("left4me-setup game verify --repair").ok();
    assert_eq!(host.sh("cat /var/lib/left4me/updates/current").ok(), list);
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_lost_steamclient_is_seen_and_comes_back() {
    let host = Machine::ready("client");
    host.sh("rm /var/lib/left4me/steam/linux32/steamclient.so").ok();
    let verified = host.run(&["left4me-setup", "game", "verify"]).failed(1);
    assert!(verified.contains("steamclient.so is missing: servers are LAN-only without it"), "{verified}");
    let doctor = host.run(&["left4me-setup", "doctor"]);
    assert_ne!(doctor.code, 0, "{doctor:?}");
    assert!(doctor.out.contains("servers are LAN-only without it"), "{doctor:?}");
    host.apply();
    host.sh("test -f /var/lib/left4me/.steam/sdk32/steamclient.so").ok();
    host.run(&["left4me-setup", "game", "verify"]).ok();

    // By hand, as the runtime user, with the caller's arguments.
    let by_hand = host.run(&["left4me-setup", "steamcmd", "run", "--", "+app_update", "1", "+quit"]);
    assert_eq!(by_hand.code, 8, "{by_hand:?}");
    assert!(by_hand.out.contains("not online or not logged in"), "{by_hand:?}");
    host.sh("test -z \"$(find /var/lib/left4me ! -user left4me)\"").ok();
    assert!(host.run(&["left4me-setup", "steamcmd", "install"]).ok().contains("SteamCMD is installed in "));

    // The new SteamCMD is in place, and of the old one something stays that only root can remove.
    host.sh("install -D /dev/null /var/lib/left4me/steam/roots/file").ok();
    let (url, sha256) = (machine::steam().url(), &machine::steam().sha256);
    let mut again = vec!["left4me-setup", "steamcmd", "install", "--force"];
    again.extend(["--steamcmd-url", &url, "--steamcmd-sha256", sha256]);
    let replaced = host.run(&again);
    assert!(replaced.err.contains("the old SteamCMD is still there: cannot remove "), "{replaced:?}");
    replaced.ok();
    host.sh("! test -e /var/lib/left4me/steam/roots").ok();
    let stuck = host.run(&again).failed(1);
    assert!(stuck.contains("error: cannot remove /var/lib/left4me/.steam.left4me-new"), "{stuck}");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_password_is_seen_by_steam_and_by_nobody_else() {
    let host = Machine::ready("account");
    host.sh("rm -r /var/lib/left4me/installation; left4me-setup apply --yes --skip-game").ok();

    let refused = host.sh("setsid left4me-setup game install --login someone </dev/null").failed(1);
    assert!(
        refused.contains("error: there is no terminal to ask for the password of someone on"),
        "{refused}"
    );

    host.write("/root/password", &format!("{PASSWORD}\n"));
    let open = host.sh("left4me-setup game install --login someone --password-file /root/password").failed(1);
    assert!(
        open.contains("others can read /root/password (mode 0644)\nhint: chmod 0600 /root/password"),
        "{open}"
    );

    // While it runs, everybody's command lines and environments are looked through.
    // This script's own command line must not hold it, hence the file.
    host.sh("chmod 0600 /root/password; echo seconds=2 >>/var/lib/left4me/steam/sim/settings
         left4me-setup game install --login someone --password-file /root/password >/root/out 2>&1 & setup=$!
         while kill -0 $setup 2>/dev/null; do
             cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' >>/root/seen; sleep 0.1
         done
         wait $setup || { cat /root/out; exit 1; }")
        .ok();
    host.sh("grep -q '^someone$' /root/seen").ok();
    let leaks = host.sh("journalctl --no-pager >/root/journal
         grep -rlFf /root/password /var/lib/left4me /var/lib/left4me-setup /var/log /run /root/seen /root/out /root/journal
         test $? = 1 && rm /root/password");
    assert_eq!(leaks.ok(), "");
    // The login is kept: the next run needs neither file nor terminal.
    host.sh("setsid left4me-setup game update --login someone </dev/null").ok();
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_narrow_terminal_is_not_garbled() {
    let host = Machine::ready("narrow");
    host.sh("echo seconds=2 >>/var/lib/left4me/steam/sim/settings; rm -r /var/lib/left4me/installation").ok();
    let shown =
        host.sh("script -qec 'stty rows 24 cols 40; left4me-setup apply --yes --quiet' /dev/null </dev/null");
    let shown = shown.ok();
    for done in ["game, pass 1 of 2: ", "game, pass 2 of 2: "] {
        assert!(shown.lines().any(|line| visible(line).contains(done)), "{shown}");
    }
    // Each drawing of a bar has one row, padded to its end.
    let drawn: Vec<String> =
        shown.split(['\r', '\n']).map(visible).filter(|line| line.contains('%')).collect();
    assert!(!drawn.is_empty() && drawn.iter().all(|line| line.contains('[')), "{shown}");
    assert!(drawn.iter().all(|line| line.len() <= 40), "{drawn:?}");
}

/// A line without its control sequences.
fn visible(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => while rest.next().is_some_and(|c| c == '[' || !c.is_ascii_alphabetic()) {},
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_proxy_of_the_environment_is_used() {
    let host = Machine::ready("proxy");
    let steam = crate::machine::steam();
    // Nobody listens on port 1; the simulated Steam serves as the proxy that leads there.
    let install = format!(
        "rm -rf /var/lib/left4me/steam
         left4me-setup steamcmd install --steamcmd-url http://localhost:1/steamcmd_linux.tar.gz --steamcmd-sha256 {}",
        steam.sha256
    );
    let alone = host.sh(&install).failed(1);
    assert!(alone.contains("onnection refused"), "{alone}");
    host.sh(&format!("export http_proxy={}; {install}", steam.base)).failed(0);
}
