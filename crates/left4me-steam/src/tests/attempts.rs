//! The ways to the game, on the double: what Steam refuses, keeps, no longer serves or only pretends.

use super::{Place, config, installed, place};
use crate::install::{Action, Installed, install};
use crate::install::{clean_up, write_seed};
use crate::verify;
use left4me::Result;
use left4me::manifest::Manifest;
use left4me::report::Silent;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

const OLD: &str = "16546402";
const NEW: &str = "17000000";

fn run(place: &Place, action: Action) -> Result<Installed> {
    install(&place.host, &config(), &Silent, action)
}

fn manifest(place: &Place) -> PathBuf {
    place.host.game().base().join("steamapps/appmanifest_222860.acf")
}

fn aside(place: &Place) -> PathBuf {
    place.host.game().base().join("steamapps/left4me-aside")
}

fn verify_game(place: &Place) -> std::result::Result<verify::VerifiedGame, verify::Missing> {
    verify::game(&place.host).unwrap()
}

fn transcript(place: &Place) -> String {
    std::fs::read_to_string(place.host.layout.logs().join("steamcmd.log")).unwrap()
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn from_nothing() {
    let table: [(&[&str], &[&str]); 6] = [
        (&[], &["linux", "linux, seeded manifest", "windows", "linux, validate"]),
        (&["missing_config"], &["linux", "linux, seeded manifest", "windows", "linux, validate"]),
        (&["ok", "seed_accepted"], &["linux", "linux, seeded manifest"]),
        (
            &["ok", "ok", "windows_needs_validate", "windows_needs_validate"],
            &["linux", "linux, seeded manifest", "windows", "windows, validate", "linux, validate"],
        ),
        // With validate Windows is refused; it ends without.
        (
            &["ok", "ok", "missing_config", "ok", "missing_config"],
            &[
                "linux",
                "linux, seeded manifest",
                "windows",
                "windows, validate",
                "windows",
                "windows",
                "linux, validate",
            ],
        ),
        // What breaks off during the seeded attempt is resumed there.
        (
            &["ok", "state_0x402", "seed_accepted"],
            &["linux", "linux, seeded manifest", "linux, seeded manifest"],
        ),
    ];
    for (modes, expected) in table {
        let place = place(modes);
        let installed = run(&place, Action::Install).unwrap_or_else(|e| panic!("{modes:?}: {e}"));
        assert_eq!(installed.attempts[1..], *expected, "{modes:?}");
        assert!(!aside(&place).exists());
    }
}

/// After the login the platform is settled, and with the wrong one every attempt would be Linux.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn the_platform_is_heeded_in_every_session() {
    let place = place(&[]);
    run(&place, Action::Install).unwrap();
    let log = transcript(&place);
    let sessions: Vec<&str> = log.split("\n--- left4me-setup: ended with").collect();
    for session in sessions.iter().filter(|session| session.contains("Connecting")) {
        let platform = session.find("\"@sSteamCmdForcePlatformType\" = ").expect("no platform");
        assert!(platform < session.find("Connecting").unwrap(), "{session}");
    }
    assert!(log.contains("= \"windows\""));
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_retry_asks_for_the_apps_data_anew() {
    let place = installed();
    place.behave(&["needs_app_info", "needs_app_info"]);
    assert_eq!(run(&place, Action::Update).unwrap().attempts, ["linux", "linux"]);
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn what_steamcmd_has_kept_hides_no_new_build() {
    let place = installed();
    place.set("build", NEW);
    for action in [Action::Update, Action::Validate] {
        assert_eq!(run(&place, action).unwrap().game.build, NEW, "{action:?}");
        place.set("build", "18000000");
        assert_eq!(run(&place, action).unwrap().game.build, "18000000", "{action:?}");
        place.set("build", NEW);
    }
}

/// Killed at any time, a seed is no game, and the next run begins where it has to.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_seed_that_is_left_over_counts_for_nothing() {
    let place = place(&[]);
    write_seed(&place.host, false).unwrap();
    assert_eq!(verify_game(&place), Err(verify::Missing::Unfinished(2)));
    let installed = run(&place, Action::Install).unwrap();
    assert_eq!(installed.attempts[1..3], ["linux", "linux, seeded manifest"]);
    // Where Steam has begun with it, it is Steam's.
    let begun = Manifest::seed().replace("\"BytesDownloaded\"\t\t\"0\"", "\"BytesDownloaded\"\t\t\"1\"");
    std::fs::write(manifest(&place), &begun).unwrap();
    clean_up(&place.host).unwrap();
    assert_eq!(std::fs::read_to_string(manifest(&place)).unwrap(), begun);
    // So is one that cannot be understood.
    std::fs::write(manifest(&place), "garbage").unwrap();
    clean_up(&place.host).unwrap();
    assert!(manifest(&place).exists());
}

/// Every moment at which setting Steam's manifest aside can be cut short.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn what_was_set_aside_comes_back() {
    let place = installed();
    let staging = place.host.game().base().join("steamapps/downloading/222860");
    let whole = std::fs::read_to_string(manifest(&place)).unwrap();
    let moments: [&dyn Fn(); 5] = [
        &|| std::fs::create_dir(aside(&place)).unwrap(),
        &|| {
            std::fs::create_dir(aside(&place)).unwrap();
            std::fs::rename(manifest(&place), aside(&place).join("appmanifest.acf")).unwrap();
        },
        &|| write_seed(&place.host, true).unwrap(),
        // Refused by Steam, which wrote to it.
        &|| {
            write_seed(&place.host, true).unwrap();
            let begun = Manifest::seed().replace("\"StateFlags\"\t\t\"2\"", "\"StateFlags\"\t\t\"1026\"");
            std::fs::write(manifest(&place), begun).unwrap();
        },
        // Half brought back.
        &|| {
            write_seed(&place.host, true).unwrap();
            std::fs::rename(aside(&place).join("appmanifest.acf"), manifest(&place)).unwrap();
        },
    ];
    for (at, moment) in moments.iter().enumerate() {
        std::fs::create_dir_all(&staging).unwrap();
        std::fs::write(staging.join("half"), "").unwrap();
        moment();
        for _ in 0..2 {
            clean_up(&place.host).unwrap();
            assert_eq!(std::fs::read_to_string(manifest(&place)).unwrap(), whole, "{at}");
            assert!(staging.join("half").exists() && !aside(&place).exists(), "{at}");
        }
    }
    // Nothing that Steam has begun with is taken from it.
    write_seed(&place.host, true).unwrap();
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::write(staging.join("more"), "").unwrap();
    clean_up(&place.host).unwrap();
    assert_ne!(std::fs::read_to_string(manifest(&place)).unwrap(), whole);
    // With the game complete, what is aside can go.
    std::fs::write(manifest(&place), &whole).unwrap();
    clean_up(&place.host).unwrap();
    assert!(!aside(&place).exists());
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_manifest_that_is_no_longer_served_is_replaced_and_the_files_are_kept() {
    for (modes, expected) in [
        (&["ok", "ok", "seed_accepted"][..], &["linux", "linux", "linux, seeded manifest"][..]),
        (&[], &["linux", "linux", "linux, seeded manifest", "windows", "linux, validate"]),
    ] {
        let place = installed();
        place.set("build", NEW);
        place.set("unserved", OLD);
        place.behave(modes);
        let large = place.host.game().base().join("left4dead2/pak01_dir.vpk");
        let inode = std::fs::metadata(&large).unwrap().ino();
        let updated = run(&place, Action::Update).unwrap_or_else(|e| panic!("{modes:?}: {e}"));
        assert_eq!(updated.attempts, *expected);
        assert_eq!(updated.game.build, NEW);
        assert!(!aside(&place).exists());
        if !modes.is_empty() {
            assert_eq!(std::fs::metadata(&large).unwrap().ino(), inode, "it was downloaded again");
        }
    }
}

/// Nothing helped: the old build is there as before, and the error says so, and why.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn an_update_that_fails_leaves_the_game_installed() {
    let place = installed();
    place.set("build", NEW);
    place.set("unserved", OLD);
    let before = std::fs::read_to_string(manifest(&place)).unwrap();
    place.behave(&["ok", "ok", "disk_write"]);
    let error = run(&place, Action::Update).unwrap_err();
    assert!(
        error.message().starts_with(
            "the game is not updated: SteamCMD could not write to the disk (Disk write failure) \
             (build 16546402 is installed; tried: linux; linux; linux, seeded manifest; transcript: "
        ),
        "{error}"
    );
    let game = verify_game(&place).unwrap();
    assert_eq!((game.build.as_str(), game.update_wanted), (OLD, true));
    assert!(!aside(&place).exists());
    let depots = |text: &str| text[text.find("InstalledDepots").unwrap()..].to_owned();
    assert_eq!(depots(&std::fs::read_to_string(manifest(&place)).unwrap()), depots(&before));
    // The next one gets there.
    place.behave(&["ok", "ok", "seed_accepted"]);
    assert_eq!(run(&place, Action::Update).unwrap().game.build, NEW);
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn the_reason_is_in_steams_log() {
    let place = installed();
    place.set("build", NEW);
    place.behave(&["state_0x202"]);
    let full = run(&place, Action::Update).unwrap_err();
    for words in [
        "the update of the game is not finished: the update was paused, usually because the disk is full",
        "(app state 0x202); content_log.txt: update canceled : Not enough disk space available in ",
        ", 5969 MB needed, 5845 MB available; ",
        " GB free (build 16546402 was installed; tried: linux; transcript: ",
    ] {
        assert!(full.message().contains(words), "{full}");
    }
    place.behave(&["early_0x602"; 3]);
    let early = run(&place, Action::Update).unwrap_err();
    assert!(early.message().starts_with("the update of the game is not finished: "), "{early}");
    assert!(early.message().contains("did not begin (app state 0x602); content_log.txt: "), "{early}");
    assert!(early.message().contains("tried: linux; linux; "), "{early}");
    // What an earlier session has written is not the reason of this one.
    place.say("Error! App '222860' state is 0x202 after update job.\n");
    place.behave(&["say_8"]);
    let other = run(&place, Action::Update).unwrap_err();
    assert!(!other.message().contains("content_log.txt"), "{other}");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_success_is_believed_when_the_build_is_the_one_on_offer() {
    let place = installed();
    // The same build, and Steam has no other.
    let updated = run(&place, Action::Update).unwrap();
    assert_eq!((updated.attempts, updated.offered.as_deref()), (vec!["linux".to_owned()], Some(OLD)));
    // It did not even start.
    place.set("build", NEW);
    place.behave(&["bailing"; 9]);
    let error = run(&place, Action::Update).unwrap_err();
    assert!(error.message().starts_with("the game is not updated: the update did not start ("), "{error}");
    // It says that there is nothing to do, but there is.
    place.behave(&["uptodate", "ok", "uptodate", "ok"]);
    let error = run(&place, Action::Update).unwrap_err();
    assert!(
        error.message().starts_with(
            "the game is not updated: SteamCMD reported success, but build 16546402 is installed and Steam offers \
             17000000 (build 16546402 is installed; tried: linux; linux, validate; "
        ),
        "{error}"
    );
    place.behave(&["uptodate"]);
    let updated = run(&place, Action::Update).unwrap();
    assert_eq!(
        (updated.attempts.join("; "), updated.game.build.as_str()),
        ("linux; linux, validate".into(), NEW)
    );
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn an_answer_that_is_empty_or_cut_short_says_nothing() {
    let place = installed();
    for mode in ["app_info_none", "app_info_empty", "app_info_cut", "no_connection"] {
        // A second session asks again.
        place.behave(&["ok", mode]);
        assert_eq!(run(&place, Action::Update).unwrap().offered.as_deref(), Some(OLD), "{mode}");
        place.behave(&["ok", mode, mode]);
        let updated = run(&place, Action::Update).unwrap();
        assert_eq!((updated.attempts.len(), updated.offered), (1, None), "{mode}");
    }
}
