//! The double of SteamCMD updates a game as the original does, on a plain directory and through an overlay.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what a test cannot go on without fails it")]

use left4me_test_support::client::Client;
use left4me_test_support::{namespace, tree};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const OLD: &str = "16546402";
const NEW: &str = "17000000";
const MANIFEST: &str = "steamapps/appmanifest_222860.acf";
/// Builds that differ in more than the contents of two files.
const WORDS: [&str; 5] = [
    "",
    "added,deleted,remade,types,modes,many,renamed,big,double-crash,double-mute",
    "types,remade",
    "restaged",
    "like_16546402",
];

/// Not in /tmp: what is there may be on a file system of another kind.
fn directory() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("l4d2-test-").tempdir_in("/var/tmp").unwrap()
}

/// The files of the game, without Steam's record of them.
fn files(game: &Path) -> tree::Tree {
    tree::of(game, |path| path == "steamapps")
}

/// SteamCMD in `dir`, the old build in `dir/game`, and what a new install of the new one comes to.
fn old_and_new(dir: &Path, words: &str) -> (Client, PathBuf, tree::Tree) {
    let client = Client::new(dir);
    client.set("files=300");
    client.install(&dir.join("game"));
    client.offer(NEW, words);
    client.install(&dir.join("new"));
    (client, dir.join("game"), files(&dir.join("new")))
}

fn update(client: &Client, game: &Path) {
    let (code, said) = client.update(game, &[]);
    assert!(code == Some(0) && said.contains("fully installed"), "{said}");
    let (_, said) = client.update(game, &[]);
    assert!(said.contains("already up to date"), "{said}");
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn an_update_comes_to_what_a_new_install_does_and_so_does_the_way_back() {
    for words in WORDS {
        let dir = directory();
        let (client, game, new) = old_and_new(dir.path(), words);
        let old = files(&game);
        assert_eq!(old == new, words.starts_with("like"), "{words}");
        update(&client, &game);
        assert_eq!(files(&game), new, "{words}");
        client.offer(OLD, "");
        update(&client, &game);
        assert_eq!(files(&game), old, "back from {words}");
        // Nothing to mend.
        let (code, said) = client.update(&game, &["validate"]);
        assert!(code == Some(0) && files(&game) == old, "{words}: {said}");
        assert_eq!(
            tree::of(&game.join("steamapps"), |_| false).len(),
            2,
            "{words}: manifest and downloading"
        );
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn a_build_may_change_nothing_or_leave_something_over() {
    let dir = directory();
    let (client, game, _) = old_and_new(dir.path(), "like_16546402");
    let (code, said) = client.update(&game, &[]);
    assert!(code == Some(0) && !said.contains("downloading"), "{said}");
    assert!(fs::read_to_string(game.join(MANIFEST)).unwrap().contains(NEW));
    client.offer("17000001", "leftovers");
    update(&client, &game);
    for left in
        ["downloading/222860/left4dead2/pak01_dir.vpk", "downloading/state_222860_222860.patch", "temp"]
    {
        assert!(game.join("steamapps").join(left).exists(), "{left}");
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn an_update_that_is_killed_goes_on_where_it_was() {
    let dir = directory();
    let (client, game, new) = old_and_new(dir.path(), "added,deleted,remade,types,modes,big,renamed");
    client.set("seconds=2");
    let mut kills = 0;
    for n in 1.. {
        let mut child = client.begin_update(&game);
        std::thread::sleep(Duration::from_millis(80 * n));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        kill(&child, "KILL");
        child.wait().unwrap();
        kills += 1;
        // Not where it was killed before it had begun.
        let manifest = fs::read_to_string(game.join(MANIFEST)).unwrap();
        if manifest.contains("\"1026\"") {
            assert!(game.join("steamapps/downloading/222860").exists());
        }
    }
    assert!(kills > 3, "{kills}");
    assert_eq!(files(&game), new);
    assert!(fs::read_to_string(game.join(MANIFEST)).unwrap().contains("\"StateFlags\"\t\t\"4\""));
}

/// A signal to the whole group.
fn kill(child: &std::process::Child, signal: &str) {
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-s", signal, "--", &group]).status().unwrap().success());
}

fn mount(dir: &Path, layers: &[&Path], target: &Path) {
    let layers: Vec<String> = layers.iter().map(|layer| layer.display().to_string()).collect();
    for name in ["upper", "work"] {
        fs::create_dir_all(dir.join(name)).unwrap();
    }
    let (upper, work) = (dir.join("upper"), dir.join("work"));
    let options = format!(
        "lowerdir={},upperdir={},workdir={},xino=off,index=off,metacopy=off,redirect_dir=nofollow",
        layers.join(":"),
        upper.display(),
        work.display()
    );
    let mounted = Command::new("mount").args(["-t", "overlay", "test", "-o", &options]).arg(target).status();
    assert!(mounted.unwrap().success());
}

fn unmount(target: &Path) {
    assert!(Command::new("umount").arg(target).status().unwrap().success());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn through_an_overlay_it_comes_to_the_same_and_its_upper_is_a_layer() {
    namespace::run("through_an_overlay_it_comes_to_the_same_and_its_upper_is_a_layer", |root| {
        for (n, words) in WORDS.iter().enumerate() {
            let dir = root.join(n.to_string());
            let (client, game, new) = old_and_new(&dir, words);
            let old = files(&game);
            mount(&dir, &[&game], &game);
            update(&client, &game);
            assert_eq!(files(&game), new, "{words}");
            let upper = files(&dir.join("upper"));
            unmount(&game);
            assert_eq!(files(&game), old, "{words}: the lower layer is as it was");
            if words.contains("deleted") {
                assert!(upper["left4dead2_dlc3"].contains("whiteout"), "{upper:?}");
            }
            if words.contains("remade") {
                let mut opaque = [0; 8];
                let remade = dir.join("upper/left4dead2/resource");
                assert_eq!(rustix::fs::getxattr(remade, "trusted.overlay.opaque", &mut opaque), Ok(1));
            }
            if words.starts_with("like") {
                assert!(upper.is_empty(), "{upper:?}");
            }
            let layer = dir.join("layer");
            fs::rename(dir.join("upper"), &layer).unwrap();
            fs::remove_dir_all(dir.join("work")).unwrap();
            let merged = dir.join("merged");
            fs::create_dir(&merged).unwrap();
            mount(&dir, &[&layer, &game], &merged);
            assert_eq!(files(&merged), new, "{words}: as a layer");
            unmount(&merged);
        }
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_client_that_renames_directories_and_nothing_else_fails_in_an_overlay() {
    namespace::run("a_client_that_renames_directories_and_nothing_else_fails_in_an_overlay", |dir| {
        let (client, game, new) = old_and_new(dir, "renamed,strict");
        mount(dir, &[&game], &game);
        let (code, said) = client.update(&game, &[]);
        assert!(code == Some(8) && said.contains("(Disk write failure)"), "{said}");
        let log = fs::read_to_string(client.dir.join("Steam/logs/content_log.txt")).unwrap();
        assert!(log.contains("update canceled : Failed to write files in "), "{log}");
        unmount(&game);
        update(&client, &game);
        assert_eq!(files(&game), new);
    });
}

fn alive(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn some_are_hard_to_end() {
    namespace::run("some_are_hard_to_end", |dir| {
        let (client, game, _) = old_and_new(dir, "big");
        client.set("seconds=60\nmode=ignores_signals");
        let mut child = client.begin_update(&game);
        let downloading = game.join("steamapps/downloading/222860/left4dead2");
        wait_until("it has begun", || downloading.exists());
        for signal in ["HUP", "INT", "TERM"] {
            kill(&child, signal);
        }
        child.wait().unwrap();
        // The wrapper is dead, and the client goes on.
        let size = || fs::metadata(downloading.join("pak01_dir.vpk")).map_or(0, |found| found.len());
        let before = size();
        wait_until("it goes on", || size() > before);
        kill(&child, "KILL");

        client.set("seconds=0");
        for (mode, in_group) in [("leaves_child", true), ("leaves_daemon", false)] {
            client.offer(&format!("{NEW}{}", u8::from(in_group)), "");
            client.set(&format!("mode={mode}"));
            let mut child = client.begin_update(&game);
            assert!(child.wait().unwrap().success());
            let left = fs::read_to_string(client.dir.join("sim/left-behind")).unwrap();
            let cwd = PathBuf::from("/proc").join(left.trim()).join("cwd");
            wait_until("it is in the game", || fs::read_link(&cwd).is_ok_and(|cwd| cwd == game));
            assert_eq!(group_is_alive(&child), in_group, "{mode}");
            if in_group {
                kill(&child, "TERM");
            }
            assert!(alive(&left), "{mode}");
        }
    });
}

fn group_is_alive(child: &std::process::Child) -> bool {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-0", "--", &group]).output().unwrap().status.success()
}
