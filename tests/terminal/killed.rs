//! Runs that replace Steam's manifest, killed at any time: no seed ever counts as a game, and the next run
//! gets there. An update that is staged leaves the game in use alone until it is published.

use super::{SETUP, USER, namespace, prepare};
use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const ROOT: &str = "/var/lib/left4me";

/// What the update that was started last had to say.
const MESSAGES: &str = "/var/lib/left4me-setup/messages";
const IN_PLACE: &[&str] = &["game", "update", "--pause", "0", "--in-place"];
const STAGED: &[&str] = &["game", "update", "--pause", "0"];

/// Starts this update and kills it after so long; whether it was still at work.
fn update_killed_after(update: &[&str], time: Duration) -> bool {
    let mut update = Command::new("setsid")
        .arg(SETUP)
        .args(update)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(MESSAGES).unwrap())
        .spawn()
        .unwrap();
    std::thread::sleep(time);
    let was_at_work = update.try_wait().unwrap().is_none();
    update.kill().unwrap();
    update.wait().unwrap();
    // Its terminal gone, SteamCMD ends; nobody goes on writing. The dead are left, as nobody reaps them here.
    let alive = ["--runstates", "R,S,D", "-u", &USER.to_string()];
    let deadline = Instant::now() + Duration::from_secs(60);
    while Command::new("pgrep").args(alive).output().unwrap().status.success() {
        assert!(Instant::now() < deadline, "SteamCMD goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
    was_at_work
}

fn setup(arguments: &[&str]) -> Output {
    Command::new("setsid").arg(SETUP).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn own(path: &Path) {
    chown(path, Some(USER), Some(USER)).unwrap();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        own(&entry.path());
    }
}

fn set(line: &str) {
    let path = format!("{ROOT}/steam/sim/settings");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{settings}{line}\n")).unwrap();
}

/// What `game status` says is installed: a build, or nothing.
fn build() -> Option<String> {
    let status = setup(&["game", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    status["game"]["build"].as_str().map(str::to_owned)
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn an_update_that_replaces_the_manifest_can_be_killed_at_any_time() {
    can_be_killed_at_any_time("an_update_that_replaces_the_manifest_can_be_killed_at_any_time", IN_PLACE);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_staged_update_can_be_killed_at_any_time() {
    can_be_killed_at_any_time("a_staged_update_can_be_killed_at_any_time", STAGED);
}

fn can_be_killed_at_any_time(test: &str, update: &[&str]) {
    namespace::run(&format!("killed::{test}"), |directory| {
        prepare(directory);
        let built = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/steam/build.sh"))
            .arg(directory)
            .args(["bytes=400000", "mode=seed_accepted"])
            .output()
            .unwrap();
        assert!(built.status.success(), "{built:?}");
        let tarball = directory.join("steamcmd_linux.tar.gz");
        let unpack = ["xzf", tarball.to_str().unwrap(), "-C", "/var/lib/left4me/steam", "--no-same-owner"];
        assert!(Command::new("tar").args(unpack).status().unwrap().success());
        fs::create_dir_all("/var/lib/left4me-setup").unwrap();
        for directory in ["installation", "updates"] {
            fs::create_dir_all(format!("{ROOT}/{directory}")).unwrap();
        }
        own(Path::new(ROOT));
        let installed = setup(&["game", "install", "--pause", "0"]);
        assert!(installed.status.success(), "{installed:?}");
        assert_eq!(build().as_deref(), Some("16546402"));

        set("build=16546403\nunserved=16546402");
        let begin = Instant::now();
        let updated = setup(update);
        assert!(updated.status.success(), "{updated:?}");
        let whole = begin.elapsed();

        // No update of what is installed can begin without its manifest set aside. Kills are spread over the time that
        // an update takes on this machine, and a little beyond it.
        let (mut kills, mut updates) = (0, 1);
        for n in 0..60 {
            let (old, new) = (16_546_402 + updates, 16_546_403 + updates);
            set(&format!("build={new}\nunserved={old}"));
            let was_at_work = update_killed_after(update, whole * (n * 37 % 60) / 50);
            kills += u32::from(was_at_work);
            let found = build();
            // While Steam is at work on the files themselves, none is installed; what is there is never the seed's
            // build 0.
            let known = [old.to_string(), new.to_string()];
            assert!(found.as_ref().map_or(update == IN_PLACE, |found| known.contains(found)), "{found:?}");
            if !was_at_work {
                let messages = fs::read_to_string(MESSAGES).unwrap();
                assert_eq!(found, Some(new.to_string()), "{messages}");
                updates += 1;
            }
        }
        println!("{kills} kills, {updates} updates");
        assert!(kills >= 10, "{kills} kills");
        set(&format!("build=17000000\nunserved={}", 16_546_402 + updates));
        let last = setup(update);
        assert!(last.status.success(), "{last:?}");
        assert_eq!(build(), Some("17000000".to_owned()));
        assert!(!Path::new(ROOT).join("installation/steamapps/left4me-aside").exists());
    });
}
