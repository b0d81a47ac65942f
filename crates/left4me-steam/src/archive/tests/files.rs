//! From a tree into a file, and back.

use super::*;
use crate::archive::file;
use crate::archive::fresh;
use crate::archive::manifest::Manifest;
use crate::archive::reconcile::reconcile;
use crate::archive::tree::Tree as Below;
use crate::download::hash::hex;
use left4me::lock::{self, Lock};
use left4me::report::Reporter;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::io::Read;

#[test]
fn a_tree_comes_back_as_it_was() {
    let (origin, place) = (Origin::new("7"), Place::new());
    let sha256 = &origin.exported.sha256;
    let imported = import(&place, &origin.location(), Some(sha256)).unwrap();
    assert_eq!(imported, None);
    assert_eq!(seen(&base(&place)), seen(&origin.game()));
    assert!(!base(&place).join("steamapps/downloading").exists());
    assert_eq!(names(&place), ["installation"]);
}

/// `tar tf` and `tar x` work too, and the same tree makes the same archive.
#[test]
fn it_is_a_plain_tar() {
    let origin = Origin::new("7");
    let bytes = fs::read(origin.archive()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let mut names = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        names.push(entry.path().unwrap().to_str().unwrap().trim_end_matches('/').to_owned());
        if names.len() == 1 {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).unwrap();
            assert_eq!(hex(&Sha256::digest(&text)), origin.exported.sha256);
            assert_eq!(Manifest::parse(&text).unwrap().files.len(), origin.exported.manifest.files.len());
        } else {
            entry.unpack_in(out.path()).unwrap();
        }
    }
    assert_eq!(names[0], "manifest.json");
    assert_eq!(seen(out.path()), seen(&origin.game()));
    names[1..].sort();
    assert_eq!(names[1..], seen(&origin.game()).into_keys().collect::<Vec<_>>());
    let again = export(origin.dir.path(), "7").unwrap();
    assert_eq!(again.sha256, origin.exported.sha256);
    assert!(fs::read(origin.archive()).unwrap() == bytes);
}

#[test]
fn what_no_archive_can_hold() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("game");
    game(&top, "7");
    symlink("/etc/passwd", top.join("out")).unwrap();
    symlink("../../x", top.join("left4dead2/climbs")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, top.join("fifo"), rustix::fs::Mode::RWXU).unwrap();
    put(&top, "setuid", 0o4755, b"x");
    let exported = export(dir.path(), "7").unwrap();
    let mut left_out = exported.left_out;
    left_out.sort();
    let leads_out = "is a link that leads out of the game";
    assert_eq!(
        left_out,
        ["fifo is no file".to_owned(), format!("left4dead2/climbs {leads_out}"), format!("out {leads_out}")]
    );
    let setuid = exported.manifest.files.iter().find(|file| file.path == "setuid").unwrap();
    assert_eq!(setuid.mode, 0o755);
    put(&top, "a\u{1b}[2J", 0o644, b"");
    let refused = export(dir.path(), "7").unwrap_err();
    assert_eq!(refused.message(), "the game holds a path that no archive can hold: a\\u{1b}[2J");
}

/// What an interrupted import left, or another build, with every kind in the place of every other.
#[test]
fn only_what_differs_is_written() {
    let (origin, place) = (Origin::new("7"), Place::new());
    let other = place.dir.path().join("tree");
    game(&other, "7");
    put(&other, "left4dead2/pak01_001.vpk", 0o664, &[7; 700_001]);
    put(&other, "left4dead2/steam.inf", 0o600, b"PatchVersion=2.2.7\n");
    put(&other, "stray/deep/file", 0o644, b"");
    put(&other, "left4dead2/host.txt", 0o644, b"");
    for path in ["srcds_run", "bin/up"] {
        fs::remove_file(other.join(path)).unwrap();
        fs::create_dir_all(other.join(path).join("inside")).unwrap();
    }
    fs::remove_dir(other.join("bin/empty")).unwrap();
    put(&other, "bin/empty", 0o644, b"");
    fs::remove_file(other.join("left4dead2/version")).unwrap();
    symlink("elsewhere", other.join("left4dead2/version")).unwrap();
    fs::remove_file(other.join("srcds_linux")).unwrap();
    symlink(origin.game().join("srcds_linux"), other.join("srcds_linux")).unwrap();
    // A directory's place is taken by a link that leads out.
    fs::rename(other.join("left4dead2/häuser"), other.join("left4dead2/away")).unwrap();
    symlink(origin.dir.path(), other.join("left4dead2/häuser")).unwrap();

    let mut archive = Archive::open(&origin.location(), None, &AT_ONCE, &Silent).unwrap();
    let manifest = archive.manifest.clone();
    let todo = reconcile(&Below::open(&other).unwrap(), &manifest, &Silent).unwrap();
    let mut todo: Vec<_> = todo.files.iter().map(|file| file.path.as_str()).collect();
    todo.sort_unstable();
    assert_eq!(todo, ["left4dead2/häuser/x y.cfg", "left4dead2/pak01_001.vpk", "srcds_linux", "srcds_run"]);
    fresh::write(&Below::open(&other).unwrap(), &mut archive, &Silent).unwrap();
    assert_eq!(tree::of(&other, |_| false), seen(&origin.game()));
    assert_eq!(fs::read_dir(origin.dir.path()).unwrap().count(), 2);
}

#[test]
fn damage_is_found_and_the_next_run_goes_on() {
    let (origin, place) = (Origin::new("7"), Place::new());
    let good = fs::read(origin.archive()).unwrap();
    let at = good.len() - 700_000;
    let mut bad = good.clone();
    bad[at] ^= 1;
    fs::write(origin.archive(), &bad).unwrap();
    let error = import(&place, &origin.location(), None).unwrap_err();
    assert!(
        error.message().starts_with("the archive is damaged: the SHA-256 of left4dead2/pak01_00"),
        "{error}"
    );
    assert_eq!(fs::read_dir(base(&place)).unwrap().count(), 0, "nothing changed");
    for cut in [0, 100, 512, 600, 5000, good.len() - 1_000_000] {
        let is_none = "is not an archive that `left4me-setup game export` made";
        let why = if cut < 512 { is_none } else { "is cut short" };
        fs::write(origin.archive(), &good[..cut]).unwrap();
        let error = import(&place, &origin.location(), None).unwrap_err();
        assert_eq!(error.message(), format!("the archive is refused: {} {why}", origin.location()), "{cut}");
    }
    fs::write(origin.archive(), &good).unwrap();
    import(&place, &origin.location(), None).unwrap();
    assert_eq!(seen(&base(&place)), seen(&origin.game()));
    assert_eq!(names(&place), ["installation"]);
}

/// Files of an install that SteamCMD did not finish go; what may be somebody's own stays.
#[test]
fn what_was_there_before() {
    let origin = Origin::new("7");
    for (file, is_kept) in [("steamapps/downloading/222860/x", false), ("left4dead2/addons/own.vpk", true)] {
        let place = Place::new();
        put(&base(&place), file, 0o644, b"x");
        let imported = import(&place, &origin.location(), None).unwrap();
        let aside = place.dir.path().join(".installation.before-import");
        assert_eq!(imported, is_kept.then(|| aside.clone()), "{file}");
        assert_eq!(aside.join(file).exists(), is_kept);
        assert_eq!(seen(&base(&place)), seen(&origin.game()));
        if is_kept {
            fs::remove_dir_all(base(&place)).unwrap();
            fs::create_dir(base(&place)).unwrap();
            let error = import(&place, &origin.location(), None).unwrap_err();
            assert!(error.message().ends_with(" is still there from an earlier import"), "{error}");
        }
    }
}

#[test]
fn a_host_with_a_game() {
    let (origin, place) = (Origin::new("7"), Place::new());
    let request = |from: &Origin| request(&from.location(), None);
    import(&place, &origin.location(), None).unwrap();
    let before = tree::of(&base(&place), |_| false);
    let again = import_with(&place.host, &request(&origin), &Silent, &|_| Ok(()), &AT_ONCE).unwrap();
    assert!(matches!(again, Outcome::Unchanged(game) if game.build == "7"));
    let other = Origin::new("8");
    let pinned = Request { pinned: Some("7.1".into()), ..request(&other) };
    let refused = import_with(&place.host, &pinned, &Silent, &|_| Ok(()), &AT_ONCE).unwrap_err();
    let said = format!("build 7.1 is pinned, and {} holds build 8", other.location());
    assert_eq!(refused.message(), said);
    let refused = import_with(&place.host, &request(&other), &Silent, &|_| Ok(()), &AT_ONCE).unwrap_err();
    assert_eq!(refused.message(), "only root can import an archive where a game is already");
    assert_eq!(tree::of(&base(&place), |_| false), before);
}

#[test]
fn another_digest_than_the_one_wanted() {
    let (origin, place) = (Origin::new("7"), Place::new());
    let error = import(&place, &origin.location(), Some(&"0".repeat(64))).unwrap_err();
    let said = format!(
        "{} is not the expected archive: the SHA-256 of its manifest is {}",
        origin.location(),
        origin.exported.sha256
    );
    assert_eq!(error.message(), said);
    assert_eq!(import(&place, &origin.location(), Some("x")).unwrap_err().exit_code(), 2);
    assert_eq!(names(&place), ["installation"]);
    let absent = import(&place, "/nowhere/x.tar", None).unwrap_err();
    assert_eq!(absent.message(), "cannot read /nowhere/x.tar: No such file or directory (os error 2)");
}

/// A build that does not start is no game, whatever its digests.
#[test]
fn the_game_in_it_must_be_complete_and_the_one_it_names() {
    for (build, without, why) in [
        ("8", "", "it holds build 7, not 8 as it says"),
        ("7", "srcds_run", "its game is not complete: srcds_run is missing"),
    ] {
        let (dir, place) = (tempfile::tempdir().unwrap(), Place::new());
        game(&dir.path().join("game"), "7");
        let _ = fs::remove_file(dir.path().join("game").join(without));
        export(dir.path(), build).unwrap();
        let location = dir.path().join("game.tar").to_str().unwrap().to_owned();
        let error = import(&place, &location, None).unwrap_err();
        assert_eq!(error.message(), format!("{location} is refused: {why}"));
        assert_eq!(fs::read_dir(base(&place)).unwrap().count(), 0);
    }
}

/// Somebody who exchanges a link as soon as root waits for the lock that they hold.
struct Exchange {
    link: PathBuf,
    lock: RefCell<Option<Lock>>,
}

impl Reporter for Exchange {
    fn result(&self, _text: &str) {}

    fn problem(&self, _text: &str) {}

    fn note(&self, _text: &str) {
        fs::remove_file(&self.link).unwrap();
        symlink("other", &self.link).unwrap();
        self.lock.take();
    }
}

#[test]
fn a_link_that_is_exchanged_leads_an_export_nowhere_else() {
    let (dir, place) = (tempfile::tempdir().unwrap(), Place::new());
    game(&base(&place), "7");
    let at = |name: &str| dir.path().join(name);
    for name in ["meant", "other"] {
        fs::create_dir(at(name)).unwrap();
    }
    symlink("meant", at("link")).unwrap();
    let lock = lock::take(&place.host.layout.steamcmd_lock(), false, |_| ()).unwrap();
    let exchange = Exchange { link: at("link"), lock: RefCell::new(Some(lock)) };
    let request = file::Request { to: at("link/game.tar"), force: false, wait: true };
    file::export(&place.host, &request, &exchange).unwrap();
    assert!(exchange.lock.borrow().is_none(), "it has waited");
    assert!(at("meant/game.tar").exists());
    assert_eq!(fs::read_dir(at("other")).unwrap().count(), 0);
}

/// Their owner can let files grow, and make more of them than there is memory for.
#[test]
fn what_grows_without_end_is_not_read_to_its_end() {
    let (origin, place) = (Origin::new("7"), Place::new());
    let archive = Archive::open(&origin.location(), None, &AT_ONCE, &Silent).unwrap();
    let file = archive.manifest.files.iter().find(|file| file.path == "left4dead2/steam.inf").unwrap();
    let grown = base(&place).join(&file.path);
    put(&base(&place), &file.path, 0o644, b"");
    File::options().write(true).open(grown).unwrap().set_len(8 << 40).unwrap();
    let tree = Below::open(&base(&place)).unwrap();
    assert!(!tree.has_digest(file, &mut [0; 4096], |_| ()).unwrap());
}
