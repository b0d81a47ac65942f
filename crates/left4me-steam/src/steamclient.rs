//! steamclient.so, the library by which the engine talks to Steam. Without it a server is LAN-only, which no log that
//! an operator reads mentions.

use crate::elf;
use left4me::check::Check;
use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Result, remove};

const NAME: &str = "steamclient.so";

/// Whether the engine will find it, where the engine looks.
pub fn check(host: &Host) -> Check {
    match host.as_runtime_user(|| Ok(check_as_runtime_user(host))) {
        Ok(check) => check,
        Err(e) => Check::fail(NAME, e.message(), e.remedy().unwrap_or("sudo left4me-setup apply")),
    }
}

/// Whether SteamCMD's own copy, which `.steam/sdk32` leads to, is absent.
pub fn is_missing(host: &Host) -> Result<bool> {
    host.as_runtime_user(|| Ok(!is_library(host, &host.layout.steam().join("linux32").join(NAME))))
}

/// Makes SteamCMD update itself again at its next start, which restores the file.
pub fn reset_update(host: &Host) -> Result<()> {
    host.as_runtime_user(|| remove::tree(&host.path(&host.layout.steam().join("package"))))
}

fn check_as_runtime_user(host: &Host) -> Check {
    let remedy = "sudo left4me-setup apply";
    let place = host.layout.sdk32().join(NAME);
    if is_library(host, &place) {
        return Check::ok(NAME, format!("{} is there", place.display()));
    }
    let expected = [host.layout.steam().join("package"), host.game().base().join("srcds_run")];
    if expected.iter().any(|path| host.path(path).exists()) {
        let sentence = format!("{} is missing: servers are LAN-only without it", place.display());
        return Check::fail(NAME, sentence, remedy);
    }
    Check::warn(NAME, format!("{} is missing until SteamCMD's first update", place.display()), remedy)
}

/// Follows links, as the engine does.
fn is_library(host: &Host, path: &std::path::Path) -> bool {
    let header = read::file(&host.path(path), Links::Follow, Limit::Head(elf::HEADER as u64)).ok().flatten();
    header.is_some_and(|header| elf::is_elf32_x86(&header))
}
