//! Archives from a tree and back, from a file and over HTTP; and archives that somebody hostile made.

mod files;
mod hostile;
mod http;
mod staged;

use super::export::{self, Exported};
use super::import::{Outcome, Request, import_with};
use super::source::Archive;
use crate::download::retry::RetryPolicy;
use crate::elf;
use crate::tests::Place;
use crate::verify::{self, VerifiedGame};
use left4me::game_layers::GameLayers;
use left4me::layout::Layout;
use left4me::report::Silent;
use left4me::{Result, beneath};
use left4me_test_support::tree::{self, Tree};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Without pauses.
pub(super) const AT_ONCE: RetryPolicy<'static> = RetryPolicy { wait: &|_, _| Ok(()), ..RetryPolicy::DEFAULT };

/// More than a thread takes at once, and more than one request asks for first.
pub(super) fn noise(bytes: u32) -> Vec<u8> {
    (0..bytes).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

pub(super) fn put(top: &Path, file: &str, mode: u32, content: &[u8]) {
    let path = top.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
}

/// A game of this build, with what makes trees difficult.
pub(super) fn game(top: &Path, build: &str) {
    let manifest = format!(
        "\"AppState\" {{ \"StateFlags\" \"4\" \"buildid\" \"{build}\" \"InstalledDepots\" {{ \"222863\" {{ }} }} }}"
    );
    put(top, verify::MANIFEST, 0o644, manifest.as_bytes());
    let mut server = [0_u8; elf::HEADER];
    server[..6].copy_from_slice(b"\x7fELF\x01\x01");
    server[18] = 3;
    put(top, "srcds_linux", 0o755, &server);
    put(top, "srcds_run", 0o755, b"#!/bin/sh\n");
    put(top, "left4dead2/steam.inf", 0o644, format!("PatchVersion=2.2.{build}\n").as_bytes());
    put(top, "left4dead2/pak01_000.vpk", 0o644, &noise(1_500_000));
    put(top, "left4dead2/pak01_001.vpk", 0o664, &noise(700_001));
    put(top, "left4dead2/empty.txt", 0o600, b"");
    put(top, &format!("left4dead2/{}/{}.nut", "d".repeat(120), "f".repeat(200)), 0o644, b"long");
    put(top, "left4dead2/häuser/x y.cfg", 0o444, b"ascii only");
    fs::create_dir_all(top.join("bin/empty")).unwrap();
    fs::set_permissions(top.join("bin/empty"), Permissions::from_mode(0o750)).unwrap();
    symlink("steam.inf", top.join("left4dead2/version")).unwrap();
    symlink("../left4dead2/empty.txt", top.join("bin/up")).unwrap();
    // What an interrupted update of Steam's leaves is no part of the game.
    put(top, "steamapps/downloading/222860/left4dead2/pak01_000.vpk", 0o644, b"half");
    put(top, "steamapps/temp/x", 0o644, b"");
}

/// What an archive must hold of a tree.
pub(super) fn seen(top: &Path) -> Tree {
    tree::of(top, |path| super::LEFT_OUT.contains(&path))
}

/// A host with a game, and its archive.
pub(super) struct Origin {
    pub dir: tempfile::TempDir,
    pub exported: Exported,
}

impl Origin {
    pub fn new(build: &str) -> Origin {
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        game(&dir.path().join("game"), build);
        let exported = export(dir.path(), build).unwrap();
        Origin { dir, exported }
    }

    pub fn game(&self) -> PathBuf {
        self.dir.path().join("game")
    }

    pub fn archive(&self) -> PathBuf {
        self.dir.path().join("game.tar")
    }

    pub fn location(&self) -> String {
        self.archive().to_str().unwrap().to_owned()
    }
}

pub(super) fn export(dir: &Path, build: &str) -> Result<Exported> {
    let game = VerifiedGame { build: build.into(), version: None, size: None, update_wanted: false };
    let (tree, archive) = (dir.join("game"), dir.join("game.tar"));
    let to = File::options().write(true).create(true).truncate(true).open(&archive).unwrap();
    let tree = beneath::open_directory(&tree).unwrap();
    export::plan(&tree, &game)?.write(&tree, &to, &archive, &Silent)
}

/// Imports on a host without a game.
pub(super) fn import(place: &Place, location: &str, sha256: Option<&str>) -> Result<Option<PathBuf>> {
    match import_with(&place.host, &request(location, sha256), &Silent, &|_| Ok(()), &AT_ONCE)? {
        Outcome::Imported { installed, before, set_aside } => {
            assert_eq!(before, None);
            assert_eq!(installed.attempts, [format!("imported from {location}")]);
            assert_eq!(
                (installed.game.build.as_str(), installed.game.version.as_deref()),
                ("7", Some("2.2.7"))
            );
            Ok(set_aside)
        }
        Outcome::Unchanged(game) => panic!("{game:?}"),
    }
}

pub(super) fn request(location: &str, sha256: Option<&str>) -> Request {
    Request { from: location.into(), sha256: sha256.map(str::to_owned), pinned: None, wait: false }
}

/// Names below the root, without the locks.
pub(super) fn names(place: &Place) -> Vec<String> {
    place.names().into_iter().filter(|name| !name.ends_with(".lock")).collect()
}

pub(super) fn base(place: &Place) -> PathBuf {
    let layout: &Layout = &place.host.layout;
    GameLayers::base_alone(layout).base().to_path_buf()
}
