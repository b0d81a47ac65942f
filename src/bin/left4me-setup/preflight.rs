//! What must hold before a byte is fetched; each failure is one sentence with its remedy.

use crate::host::Host;
use left4me_setup::{Context, Error, Result};
use nix::sys::statvfs::{FsFlags, statvfs};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The game has 9.8 GB on disk, and SteamCMD stages what it downloads.
const REFUSE_BELOW: u64 = 11_000_000_000;
const WARN_BELOW: u64 = 15_000_000_000;
/// A 32-bit program cannot read a directory whose inode numbers are larger.
const MAX_INODE: u64 = u32::MAX as u64;
const LOADER: &str = "/lib/ld-linux.so.2";

/// Before SteamCMD is unpacked: it must be able to run at all.
pub fn before_steamcmd(host: &Host) -> Result<()> {
    loader(host)?;
    may_execute(host)
}

/// Before the game is downloaded. Returns warnings.
pub fn before_game(host: &Host) -> Result<Vec<String>> {
    before_steamcmd(host)?;
    inodes(host)?;
    space(host)
}

fn loader(host: &Host) -> Result<()> {
    match host.path(Path::new(LOADER)).exists() {
        true => Ok(()),
        false => Err(Error::new(format!(
            "SteamCMD and the game are 32-bit programs, and their loader {LOADER} is missing"
        ))
        .hint("apt install lib32gcc-s1 lib32stdc++6 lib32z1")),
    }
}

fn may_execute(host: &Host) -> Result<()> {
    let root = host.layout.root();
    let found = statvfs(&host.path(root))
        .context(|| format!("cannot inspect the file system of {}", root.display()))?;
    if found.flags().contains(FsFlags::ST_NOEXEC) {
        return Err(Error::new(format!("the file system of {} is mounted noexec", root.display()))
            .hint(format!("mount -o remount,exec {}, and change /etc/fstab", root.display())));
    }
    if found.flags().contains(FsFlags::ST_RDONLY) {
        return Err(Error::new(format!("the file system of {} is mounted read-only", root.display()))
            .hint("see `dmesg` for why, and remount it read-write"));
    }
    Ok(())
}

fn inodes(host: &Host) -> Result<()> {
    let installation = host.layout.installation();
    let number = host.as_runtime_user(|| {
        let found = std::fs::symlink_metadata(host.path(&installation));
        found.map(|m| m.ino()).context(|| format!("cannot inspect {}", installation.display()))
    })?;
    match number <= MAX_INODE {
        true => Ok(()),
        false => Err(Error::new(format!(
            "the file system of {} numbers its files above 2^32, which the 32-bit game cannot read",
            installation.display()
        ))
        .hint("use ext4 for LEFT4ME_ROOT, or XFS made with `-o inode32`")),
    }
}

fn space(host: &Host) -> Result<Vec<String>> {
    let installation = host.layout.installation();
    let (free, installed) = host.as_runtime_user(|| {
        let path = host.path(&installation);
        let found = statvfs(&path)
            .context(|| format!("cannot inspect the file system of {}", installation.display()))?;
        Ok((found.blocks_available() * found.fragment_size(), size(&path)))
    })?;
    // What is downloaded already need not fit again.
    let have = free.saturating_add(installed);
    let gigabytes = |n: u64| format!("{}.{} GB", n / 1_000_000_000, n / 100_000_000 % 10);
    let sentence = format!("{} free on the file system of {}", gigabytes(free), installation.display());
    if have < REFUSE_BELOW {
        return Err(Error::new(format!("only {sentence}; the game needs {}", gigabytes(REFUSE_BELOW)))
            .hint("free disk space, or put LEFT4ME_ROOT on a larger file system with --root"));
    }
    Ok((have < WARN_BELOW).then(|| format!("{sentence}; 15 GB are comfortable")).into_iter().collect())
}

/// Bytes of all files below `path`, on disk; what cannot be read counts nothing.
fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries
        .flatten()
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)))
        .map(|(path, found)| match found.is_dir() {
            true => size(&path),
            false => found.blocks() * 512,
        })
        .sum()
}
