//! Two hundred installs, each with faults at random: every one ends with the game verified or in a named error, and
//! nothing stays behind that stops the next.

use super::{FILE, Place, config};
use crate::install::{Action, install};
use crate::verify;
use left4me::report::Silent;
use left4me::{Error, Result};
use left4me_test_support::steam::Steam;

const INSTALLS: u64 = 200;
const PLACES: u64 = 2;

const MODES: [&str; 36] = [
    "ok",
    "ok",
    "ok",
    "comma",
    "glued",
    "split",
    "unknown_state",
    "invalid_platform",
    "missing_config",
    "no_subscription",
    "disk_write",
    "disk_write_zero",
    "state_0x202",
    "state_0x402",
    "state_0x602",
    "state_0x606",
    "state_0x6A6",
    "appinfo_timeout",
    "timeout_user_info",
    "segv",
    "abort",
    "lying_zero",
    "windows_only",
    "missing_binary",
    "interrupted_manifest",
    "rate_limit",
    "bailing",
    "uptodate",
    "seed_accepted",
    "windows_needs_validate",
    "needs_app_info",
    "early_0x602",
    "state_0x6",
    "misprint",
    "app_info_none",
    "app_info_cut",
];
const FAULTS: [&str; 6] = ["truncated", "flipped", "html", "404", "reset", "drop,times=1"];

/// SplitMix64: the seed is printed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (usize::try_from((z ^ (z >> 31)) >> 33).unwrap()) % sides
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn two_hundred_installs_with_faults_at_random() {
    let steam = Steam::start("simulated-steam-soak", &["bytes=100000"]).expect("gcc-multilib is installed");
    let seed = match std::env::var("LEFT4ME_SOAK_SEED") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 20_261_121,
    };
    println!("LEFT4ME_SOAK_SEED={seed}");
    let verified: u64 = std::thread::scope(|scope| {
        let soaks: Vec<_> = (0..PLACES)
            .map(|n| (n, &steam))
            .map(|(n, steam)| scope.spawn(move || soak(steam, seed + n)))
            .collect();
        soaks.into_iter().map(|soak| soak.join().unwrap()).sum()
    });
    // Neither all nor none: the faults were there, and they were got over.
    assert!(verified > INSTALLS / 4 && verified < INSTALLS, "{verified} of {INSTALLS}");
}

/// One place after the other install; how many ended so.
fn soak(steam: &Steam, seed: u64) -> u64 {
    let mut dice = Dice(seed);
    let place = Place::new();
    let mut verified = 0;
    for n in 0..INSTALLS / PLACES {
        let (what, result) = one(&place, steam, &mut dice);
        let names = place.names();
        assert!(!names.iter().any(|name| name.contains("steam.")), "{n} {what}: {names:?}");
        match result {
            Ok(()) => verified += 1,
            Err(error) => {
                let known = [
                    "the game is not installed: ",
                    "the game is not updated: ",
                    "the update of the game is not finished: ",
                    "the game is not checked: ",
                    "the repair of the game is not finished: ",
                    "cannot download ",
                    "the download of ",
                    "http://127.0.0.1",
                ];
                assert!(known.iter().any(|start| error.message().starts_with(start)), "{n} {what}: {error}");
                assert!(error.remedy().is_some(), "{n} {what}: {error}");
            }
        }
    }
    verified
}

fn one(place: &Place, steam: &Steam, dice: &mut Dice) -> (String, Result<()>) {
    let layout = &place.host.layout;
    if dice.roll(3) == 0 {
        std::fs::remove_dir_all(place.host.game().base()).unwrap();
        std::fs::create_dir(place.host.game().base()).unwrap();
    }
    if dice.roll(8) == 0 || !layout.steam().exists() {
        let fault = match dice.roll(3) {
            0 => format!("fault/{}/", FAULTS[dice.roll(FAULTS.len())]),
            _ => String::new(),
        };
        if let Err(error) = place.fetch(&format!("{}/{fault}{FILE}", steam.base), &steam.sha256) {
            return (fault, Err(error));
        }
    }
    // A new build, and the one before is no longer served.
    if dice.roll(4) == 0 {
        let build = 16_546_403 + dice.roll(1000);
        place.set("build", &build.to_string());
        if let Ok(game) = verify::game(&place.host).unwrap() {
            place.set("unserved", &game.build);
        }
    }
    let modes: Vec<&str> = (0..dice.roll(4)).map(|_| MODES[dice.roll(MODES.len())]).collect();
    place.behave(&modes);
    let action = [Action::Install, Action::Update, Action::Validate][dice.roll(3)];
    let what = format!("{action:?} {modes:?}");
    let result = install(&place.host, &config(), &Silent, action).and_then(|installed| {
        // Believed only when seen.
        let seen = verify::game(&place.host).unwrap().map_err(|m| Error::new(m.to_string()))?;
        assert_eq!(installed.game, seen, "{what}");
        Ok(())
    });
    (what, result)
}
