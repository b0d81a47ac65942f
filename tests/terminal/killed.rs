//! Runs that replace Steam's manifest, killed at any time: no seed ever counts as a game, and the next run
//! gets there.

use super::{SETUP, USER, namespace, prepare};
use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const ROOT: &str = "/var/lib/left4me";

/// Starts `game update` and kills it after so long; whether it was still at work.
fn update_killed_after(time: Duration) -> bool {
    let mut update = Command::new("setsid")
        .args([SETUP, "game", "update", "--pause", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
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
    namespace::run("killed::an_update_that_replaces_the_manifest_can_be_killed_at_any_time", |directory| {
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
        fs::create_dir_all(format!("{ROOT}/installation")).unwrap();
        own(Path::new(ROOT));
        let installed = setup(&["game", "install", "--pause", "0"]);
        assert!(installed.status.success(), "{installed:?}");
        assert_eq!(build().as_deref(), Some("16546402"));

        set("build=16546403\nunserved=16546402");
        let begin = Instant::now();
        assert!(setup(&["game", "update", "--pause", "0"]).status.success());
        let whole = begin.elapsed();

        // No update of what is installed can begin without its manifest set aside. Kills are spread over the time that
        // an update takes on this machine, and a little beyond it.
        let (mut kills, mut updates) = (0, 1);
        for n in 0..60 {
            let (old, new) = (16_546_402 + updates, 16_546_403 + updates);
            set(&format!("build={new}\nunserved={old}"));
            let was_at_work = update_killed_after(whole * (n * 37 % 60) / 50);
            kills += u32::from(was_at_work);
            let found = build();
            // While Steam is at work on the files, none is installed; what is there is never the seed's build 0.
            let known = [old.to_string(), new.to_string()];
            assert!(found.as_ref().is_none_or(|found| known.contains(found)), "{found:?}");
            if !was_at_work {
                assert_eq!(found, Some(new.to_string()));
                updates += 1;
            }
        }
        println!("{kills} kills, {updates} updates");
        assert!(kills >= 10, "{kills} kills");
        set(&format!("build=17000000\nunserved={}", 16_546_402 + updates));
        let last = setup(&["game", "update", "--pause", "0"]);
        assert!(last.status.success(), "{last:?}");
        assert_eq!(build(), Some("17000000".to_owned()));
        assert!(!Path::new(ROOT).join("installation/steamapps/left4me-aside").exists());
    });
}
