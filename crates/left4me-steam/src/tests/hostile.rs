//! A runtime user who stands in the way of what root does in its tree.

use super::{FILE, Place, config, place, steam};
use crate::download::transfer::swap_in;
use crate::install::update_client;
use left4me::report::Silent;
use rustix::fs::{Mode, OFlags};
use std::path::Path;
use std::time::{Duration, Instant};

/// A chain of directories, deeper than descriptors last or a path reaches.
fn deep(top: &Path) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    std::fs::create_dir(top).unwrap();
    let mut here = rustix::fs::open(top, flags, Mode::empty()).unwrap();
    for _ in 0..4_000 {
        rustix::fs::mkdirat(&here, "d", Mode::RWXU).unwrap();
        here = rustix::fs::openat(&here, "d", flags, Mode::empty()).unwrap();
    }
}

#[test]
fn no_depth_keeps_steamcmd_from_being_replaced() {
    let Some(steam) = steam() else { return };
    let place = Place::new();
    deep(&place.dir.path().join(".steam.left4me-new"));
    deep(&place.host.layout.steam());
    place.fetch(&format!("{}/{FILE}", steam.base), &steam.sha256).unwrap();
    assert_eq!(place.names(), ["installation", "steam"]);
}

#[test]
fn no_depth_keeps_the_client_from_its_update() {
    let Some(place) = place(&[]) else { return };
    deep(&place.host.layout.steam().join("package"));
    update_client(&place.host, &config(), &Silent).unwrap();
}

/// It would be waited for a writer for ever.
#[test]
fn a_fifo_in_the_place_of_the_new_tree_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let staging = dir.path().join("new");
    nix::unistd::mkfifo(&staging, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let start = Instant::now();
    swap_in(&staging, &dir.path().join("steam")).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// What it says is part of the error, and not all of it.
#[test]
fn its_words_are_cut_short_in_an_error() {
    let Some(place) = place(&[]) else { return };
    let word = "x".repeat(3000);
    place.say(&format!("ERROR! Failed to install app '222860' ({word})\n"));
    place.behave(&["say_8"; 9]);
    let error = super::install::run(&place).unwrap_err();
    assert!(error.message().contains("xxxxx") && error.message().chars().count() < 1500, "{error}");
}
