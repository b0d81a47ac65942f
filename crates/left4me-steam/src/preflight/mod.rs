//! What must hold before a byte is fetched; each failure is one sentence with its remedy.
//!
//! `doctor` shows all of it ([`checks`]); `apply` requires what its next step needs.

mod network;
#[cfg(test)]
mod tests;

use crate::download::source::Source;
use crate::steamclient;
use left4me::check::{Check, Status};
use left4me::host::Host;
use left4me::{Context, Error, Result, beneath, walk};
use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, statvfs};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The game has 9.8 GB on disk, and SteamCMD stages what it downloads.
const REFUSE_BELOW: u64 = 11_000_000_000;
const WARN_BELOW: u64 = 15_000_000_000;
/// Less would not do for any update.
const REFUSE_UPDATE_BELOW: u64 = 1_000_000_000;
/// A 32-bit program cannot read a directory whose inode numbers are larger.
const MAX_INODE: u64 = u32::MAX as u64;
const LOADER: &str = "/lib/ld-linux.so.2";
/// The start of 2026: an earlier clock is wrong, and to it no certificate is valid yet.
const EARLIEST: u64 = 1_767_225_600;

/// Every check, also those that are only hints. Takes a few seconds where the network is broken.
pub fn checks(host: &Host, source: &Source) -> Vec<Check> {
    let [loader, mounted, writable, clock] = for_steamcmd(host, Facts::read(host));
    let mut checks = vec![loader, mounted, writable, inodes(host), space(host), clock];
    checks.extend(network::reachable(source));
    checks.push(steamclient::check(host));
    checks
}

/// Before SteamCMD is unpacked: it must be able to run at all.
pub fn before_steamcmd(host: &Host) -> Result<()> {
    require(for_steamcmd(host, Facts::read(host))).map(drop)
}

/// What SteamCMD needs to run at all.
fn for_steamcmd(host: &Host, facts: Facts) -> [Check; 4] {
    [loader(host), mount_options(facts.mount), writable(host), clock(facts.time)]
}

/// What the kernel says; apart from the checks, so that tests can vary it.
struct Facts {
    /// Options of the file system of the installation, and a directory on it.
    mount: Result<(StatVfsMountFlags, PathBuf)>,
    /// Seconds since 1970.
    time: u64,
}

impl Facts {
    fn read(host: &Host) -> Facts {
        let mount = host.as_runtime_user(|| {
            let path = existing(host, host.game().base());
            let flags = statvfs(host.path(&path)).context(|| cannot_inspect(&path))?.f_flag;
            Ok((flags, path))
        });
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Facts { mount, time }
    }
}

/// Before the game is downloaded. Returns warnings.
pub fn before_game(host: &Host) -> Result<Vec<String>> {
    before_steamcmd(host)?;
    require([inodes(host), space(host)])
}

/// Before the game is updated beside itself. Returns warnings.
pub fn before_update(host: &Host) -> Result<Vec<String>> {
    before_steamcmd(host)?;
    require([inodes(host), space_for_update(host)])
}

/// The first failure as an error; warnings as lines.
fn require(checks: impl IntoIterator<Item = Check>) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for check in checks {
        match check.status {
            Status::Ok => {}
            Status::Warn => warnings.push(check.sentence),
            Status::Fail => {
                let error = Error::new(check.sentence);
                return Err(match check.remedy {
                    Some(remedy) => error.hint(remedy),
                    None => error,
                });
            }
        }
    }
    Ok(warnings)
}

/// What could not be checked is a failure with the reason.
fn or_failure(name: &'static str, checked: Result<Check>) -> Check {
    checked
        .unwrap_or_else(|e| Check::fail(name, e.message(), e.remedy().unwrap_or("sudo left4me-setup apply")))
}

fn loader(host: &Host) -> Check {
    let name = "32-bit loader";
    if host.path(Path::new(LOADER)).exists() {
        return Check::ok(name, format!("{LOADER} is there"));
    }
    Check::fail(
        name,
        format!("SteamCMD and the game are 32-bit programs, and their loader {LOADER} is missing"),
        "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
    )
}

fn mount_options(mount: Result<(StatVfsMountFlags, PathBuf)>) -> Check {
    let name = "mount options";
    let check = |(flags, path): (StatVfsMountFlags, PathBuf)| {
        let shown = path.display();
        if flags.contains(StatVfsMountFlags::NOEXEC) {
            let remedy =
                format!("mount -o remount,exec $(findmnt -no TARGET -T {shown}), and change /etc/fstab");
            return Check::fail(name, format!("the file system of {shown} is mounted noexec"), remedy);
        }
        if flags.contains(StatVfsMountFlags::RDONLY) {
            let remedy = "see `dmesg` for why, and remount it read-write";
            return Check::fail(name, format!("the file system of {shown} is mounted read-only"), remedy);
        }
        Check::ok(name, format!("programs can run from {shown}"))
    };
    or_failure(name, mount.map(check))
}

fn writable(host: &Host) -> Check {
    let name = "writable";
    or_failure(
        name,
        host.as_runtime_user(|| {
            let game = host.game();
            let path = existing(host, game.base());
            let access = Access::WRITE_OK | Access::EXEC_OK;
            let may = rustix::fs::accessat(CWD, host.path(&path), access, AtFlags::EACCESS);
            let shown = path.display();
            Ok(match may {
                Ok(()) => Check::ok(name, format!("{shown} can be written")),
                Err(_) if path != game.base() => Check::warn(
                    name,
                    format!("{} is not there yet", game.base().display()),
                    "sudo left4me-setup apply",
                ),
                Err(e) => Check::fail(
                    name,
                    format!("{shown} cannot be written by the runtime user: {e}"),
                    "sudo left4me-setup apply repairs owner and mode",
                ),
            })
        }),
    )
}

fn inodes(host: &Host) -> Check {
    let name = "inode numbers";
    or_failure(
        name,
        host.as_runtime_user(|| {
            let path = existing(host, host.game().base());
            let inode = std::fs::symlink_metadata(host.path(&path)).context(|| cannot_inspect(&path))?.ino();
            Ok(inode_number(name, inode, &path))
        }),
    )
}

fn inode_number(name: &'static str, inode: u64, path: &Path) -> Check {
    let shown = path.display();
    if inode <= MAX_INODE {
        return Check::ok(name, format!("below 2^32 ({shown})"));
    }
    Check::fail(
        name,
        format!("the file system of {shown} numbers its files above 2^32, which the 32-bit game cannot read"),
        "use ext4 for LEFT4ME_ROOT, or XFS mounted with `-o inode32` from its first day",
    )
}

fn space(host: &Host) -> Check {
    let name = "disk space";
    or_failure(
        name,
        host.as_runtime_user(|| {
            let path = existing(host, host.game().base());
            let free = free_at(host, &path)?;
            let installed = beneath::open_to_list(&host.path(host.game().base())).map_or(0, walk::disk_bytes);
            Ok(room(name, free, installed, &path))
        }),
    )
}

/// What is installed stays, so its space does not count.
fn space_for_update(host: &Host) -> Check {
    let name = "disk space";
    or_failure(
        name,
        host.as_runtime_user(|| {
            let path = existing(host, host.game().updates());
            Ok(room_for_update(name, free_at(host, &path)?, &path))
        }),
    )
}

/// Free space where the game is, in words.
pub fn free(host: &Host) -> Option<String> {
    let path = existing(host, host.game().base());
    host.as_runtime_user(|| free_at(host, &path)).ok().map(gigabytes)
}

fn free_at(host: &Host, path: &Path) -> Result<u64> {
    let found = statvfs(host.path(path)).context(|| cannot_inspect(path))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Refuses when the file system of `path` has not so many bytes free, and some to spare.
pub fn require_free(path: &Path, bytes: u64) -> Result<()> {
    const SPARE: u64 = 64 << 20;
    let found = statvfs(path).context(|| cannot_inspect(path))?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    if free >= bytes.saturating_add(SPARE) {
        return Ok(());
    }
    let (free, needed, shown) = (gigabytes(free), gigabytes(bytes), path.display());
    Err(Error::new(format!("only {free} free on the file system of {shown}; {needed} are needed"))
        .hint(format!("free disk space: sudo du -xh --max-depth=1 {shown} shows what takes it")))
}

fn gigabytes(n: u64) -> String {
    format!("{}.{} GB", n / 1_000_000_000, n / 100_000_000 % 10)
}

/// Space that the installed game takes counts as free: an update replaces its files.
fn room(name: &'static str, free: u64, installed: u64, path: &Path) -> Check {
    let have = free.saturating_add(installed);
    let sentence = format!("{} free on the file system of {}", gigabytes(free), path.display());
    let remedy = "free disk space, or put LEFT4ME_ROOT on a larger file system with --root";
    if have < REFUSE_BELOW {
        let needs = REFUSE_BELOW - installed.min(REFUSE_BELOW);
        return Check::fail(name, format!("only {sentence}; the game needs {}", gigabytes(needs)), remedy);
    }
    if have < WARN_BELOW {
        return Check::warn(name, format!("{sentence}; 15 GB are recommended"), remedy);
    }
    Check::ok(name, sentence)
}

/// Most updates are small, but Steam stages every file that changes, and so the whole game at times.
fn room_for_update(name: &'static str, free: u64, path: &Path) -> Check {
    let sentence = format!("{} free on the file system of {}", gigabytes(free), path.display());
    let remedy = "free disk space: sudo left4me-setup game prune removes builds that nobody uses";
    if free < REFUSE_UPDATE_BELOW {
        let needs = gigabytes(REFUSE_UPDATE_BELOW);
        return Check::fail(name, format!("only {sentence}; an update needs {needs}"), remedy);
    }
    if free < REFUSE_BELOW {
        let sentence = format!("{sentence}; an update of all files needs {}", gigabytes(REFUSE_BELOW));
        return Check::warn(name, sentence, remedy);
    }
    Check::ok(name, sentence)
}

fn clock(seconds: u64) -> Check {
    let name = "clock";
    if seconds >= EARLIEST {
        return Check::ok(name, "not before 2026");
    }
    Check::fail(
        name,
        "the clock is before 2026, so that no certificate is valid yet",
        "timedatectl set-ntp true, or date --set",
    )
}

/// `path`, or the nearest directory above it that exists; `path` will be on the same file system.
fn existing(host: &Host, path: &Path) -> PathBuf {
    let there = |p: &&Path| std::fs::symlink_metadata(host.path(p)).is_ok();
    path.ancestors().find(there).unwrap_or(Path::new("/")).to_owned()
}

fn cannot_inspect(path: &Path) -> String {
    format!("cannot inspect the file system of {}", path.display())
}
