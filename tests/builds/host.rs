//! A host of which only this much is there: the runtime user, a game of a few files with updates over it, made by
//! hand, and instances that nothing runs in.

use left4me_test_support::tree::{self, Tree};
use left4me_test_support::{account, namespace, program};
use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub const ROOT: &str = "/var/lib/left4me";
pub const USER: u32 = 64001;
const SETUP: &str = env!("CARGO_BIN_EXE_left4me-setup");
/// What a 32-bit program begins with.
pub const ELF: &[u8] = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Runs `body` on a host with build 5 as the base, and the updates 10 and 20 over it; 20 is in use.
pub fn run(test: &str, body: impl FnOnce()) {
    namespace::run(test, |directory| {
        for covered in ["/var/lib", "/run"] {
            namespace::cover(covered);
        }
        if Path::new("/etc/left4me").exists() {
            namespace::cover("/etc/left4me");
        }
        account::add(directory, USER);
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        let root = directory.join("root");
        for path in [Path::new(ROOT), &root, Path::new("/var/lib/left4me-setup")] {
            fs::create_dir(path).unwrap();
        }
        rustix::mount::mount_bind(&root, ROOT).unwrap();
        make();
        body();
    });
}

/// The host as it is at first.
pub fn make() {
    for entry in fs::read_dir(ROOT).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
    build("installation", "5");
    file("installation/srcds_run", b"#!/bin/sh\n");
    file("installation/srcds_linux", ELF);
    for program in ["srcds_run", "srcds_linux"] {
        fs::set_permissions(at(&format!("installation/{program}")), fs::Permissions::from_mode(0o755))
            .unwrap();
    }
    file("steam/linux32/steamclient.so", ELF);
    file("installation/bin/engine.so", b"5");
    file("installation/left4dead2/pak01_dir.vpk", b"55555");
    build("updates/10", "10");
    file("updates/10/bin/engine.so", b"10");
    build("updates/20", "20");
    file("updates/20/bin/new.so", b"20");
    file("updates/current", b"20\n10\n");
    for (build, list) in [("5", ""), ("10", "10\n"), ("20", "20\n10\n")] {
        file(&format!("updates/.lists/{build}"), list.as_bytes());
    }
    for path in ["overlays", "instances", "runtime", "logs"] {
        fs::create_dir(at(path)).unwrap();
    }
    own(Path::new(ROOT));
}

/// Steam's record of a build, and the game's version.
pub fn build(layer: &str, build: &str) {
    let manifest = format!(
        "\"AppState\"\n{{\n\t\"StateFlags\"\t\t\"4\"\n\t\"buildid\"\t\t\"{build}\"\n\t\"InstalledDepots\"\n\t{{\n\t\t\"222863\"\n\t\t{{\n\t\t}}\n\t}}\n}}\n"
    );
    file(&format!("{layer}/steamapps/appmanifest_222860.acf"), manifest.as_bytes());
    file(&format!("{layer}/left4dead2/steam.inf"), format!("PatchVersion=2.2.{build}\n").as_bytes());
}

pub fn at(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

pub fn file(path: &str, content: &[u8]) {
    fs::create_dir_all(at(path).parent().unwrap()).unwrap();
    fs::write(at(path), content).unwrap();
    own(&at(path.split('/').next().unwrap()));
}

pub fn own(path: &Path) {
    lchown(path, Some(USER), Some(USER)).unwrap();
    if !path.is_symlink() {
        fs::read_dir(path).into_iter().flatten().flatten().for_each(|entry| own(&entry.path()));
    }
}

/// An instance of the game alone, mounted.
pub fn mounted(name: &str) {
    for path in ["upper", "work", "merged"] {
        fs::create_dir_all(at(&format!("runtime/{name}/{path}"))).unwrap();
    }
    let env = format!("L4D2_PORT=27015\nL4D2_ARGS=+map x\nL4D2_LOWERDIRS={ROOT}/installation\n");
    file(&format!("instances/{name}/instance.env"), env.as_bytes());
    own(&at("runtime").join(name));
    overlay("mount", name);
}

pub fn overlay(verb: &str, name: &str) {
    let done = Command::new(program("left4me-overlay")).args([verb, name]).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
}

/// What an instance sees.
pub fn seen_by(name: &str) -> Tree {
    tree::of(&at("runtime").join(name).join("merged"), |_| false)
}

/// What one would see that is mounted now.
pub fn next() -> Tree {
    mounted("next");
    let seen = seen_by("next");
    overlay("umount", "next");
    seen
}

/// What the list says that is in use.
pub fn current() -> String {
    fs::read_to_string(at("updates/current")).unwrap_or_default().replace('\n', " ").trim_end().to_owned()
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(SETUP);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs left4me-setup, which must succeed.
#[track_caller]
pub fn setup(arguments: &[&str]) -> String {
    let output = command(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// Runs left4me-setup, which must fail.
#[track_caller]
pub fn refused(arguments: &[&str]) -> String {
    let output = command(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    said(&output)
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Names in a directory of the root, sorted.
pub fn names(path: &str) -> Vec<String> {
    let entries = fs::read_dir(at(path)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
