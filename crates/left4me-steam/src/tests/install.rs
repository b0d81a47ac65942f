//! Installs by the double: each ends with a verified game or a named failure.

use super::{Place, config, place};
use crate::install::{Action, Installed, install};
use left4me::Result;
use left4me::report::Silent;

const FRESH: [&str; 5] = ["client update", "linux", "linux, seeded manifest", "windows", "linux, validate"];

pub fn run(place: &Place) -> Result<Installed> {
    install(&place.host, &config(), &Silent, Action::Install)
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_fresh_install_and_its_repeat() {
    let place = place(&[]);
    let installed = run(&place).unwrap();
    assert_eq!(installed.attempts, FRESH);
    assert_eq!(
        (installed.game.build.as_str(), installed.game.version.as_deref()),
        ("16546402", Some("2.2.4.3"))
    );
    assert_eq!(run(&place).unwrap().attempts, ["linux"]);
    let log = std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log.1")).unwrap();
    assert!(log.contains("Invalid platform") && log.contains("fully installed"), "{log}");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn transient_failures_are_got_over() {
    let table: [&[&str]; 6] = [
        &["missing_config", "missing_config", "missing_config"],
        &["state_0x402", "state_0x602", "timeout_user_info"],
        &["no_connection"],
        &["segv"],
        &["appinfo_timeout"],
        &["stall"],
    ];
    for modes in table {
        let place = place(modes);
        let installed = run(&place).unwrap_or_else(|e| panic!("{modes:?}: {e}"));
        assert_eq!(installed.game.build, "16546402", "{modes:?}");
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn final_failures_stop_with_their_name() {
    let table: [(&[&str], &str); 9] = [
        (&["no_subscription"], "the account does not own the game (No subscription)"),
        (&["disk_write"], "SteamCMD could not write to the disk (Disk write failure)"),
        (&["disk_write_zero"], "SteamCMD could not write to the disk (Disk write failure)"),
        (&["ok", "state_0x202"], "usually because the disk is full (app state 0x202)"),
        (&["ok", "state_0x212"], "usually because the disk is full (app state 0x212)"),
        (&["loader_missing"], "SteamCMD cannot start: the 32-bit loader is missing"),
        (&["noexec"], "SteamCMD cannot be executed"),
        (
            &["ok", "ok", "ok", "windows_only", "windows_only"],
            "only the Windows files are there (depot 222863 is missing)",
        ),
        (&["ok", "ok", "ok", "missing_binary", "missing_binary"], "srcds_linux is missing"),
    ];
    for (modes, sentence) in table {
        let place = place(modes);
        let error = run(&place).expect_err(modes[0]);
        assert!(error.message().starts_with("the game is not installed: "), "{modes:?}: {error}");
        assert!(error.message().contains(sentence), "{modes:?}: {error}");
        assert!(error.message().contains("/logs/steamcmd.log"), "{modes:?} names no transcript: {error}");
        assert!(error.remedy().is_some(), "{modes:?}");
        // Whatever it was, the next run gets there.
        place.behave(&[]);
        run(&place).unwrap_or_else(|e| panic!("after {modes:?}: {e}"));
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_lie_is_found_out() {
    for mode in ["lying_zero", "interrupted_manifest", "windows_only", "missing_binary"] {
        let place = place(&["ok", "ok", "ok", mode]);
        let installed = run(&place).unwrap_or_else(|e| panic!("{mode}: {e}"));
        assert!(installed.attempts.len() > FRESH.len(), "{mode} was believed: {:?}", installed.attempts);
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn offline_names_the_true_reason() {
    let place = place(&[]);
    let settings = place.host.layout.steam().join("sim/settings");
    std::fs::write(settings, "mode=offline\n").unwrap();
    let error = run(&place).unwrap_err();
    assert!(error.message().contains("needs to be online to update"), "{error}");
    assert!(error.message().contains("bootstrap_log.txt: "), "{error}");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn the_build_on_offer_is_asked_for_and_nothing_is_downloaded() {
    let place = super::installed();
    let offered = || crate::install::build_on_offer(&place.host, &config(), &Silent);
    assert_eq!(offered(), Ok(Some("16546402".to_owned())));
    place.set("build", "16546403");
    assert_eq!(offered(), Ok(Some("16546403".to_owned())));
    assert_eq!(crate::verify::game(&place.host).unwrap().unwrap().build, "16546402");
}
