//! What starts at boot: one link a server, in the directory that `systemctl enable` uses.
//!
//! Made here and not by systemctl, because it then makes PID 1 read all units anew: a quarter of a second
//! each time, in which nothing else is started. A link alone is enough: systemd reads it at boot.

use left4me::layout::boot_link;
use left4me::name::InstanceName;
use left4me::{Context, Result, atomic};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// PID 1's view: below a service with `ProtectSystem=`, as the web app's, /etc is read-only.
pub const HOST: &str = "/proc/1/root";
/// Where the unit is; a host with another LEFT4ME_ROOT has its own in /etc, which comes first.
const UNITS: [&str; 2] = ["/etc/systemd/system", "/usr/lib/systemd/system"];
const TEMPLATE: &str = "left4me-server@.service";

/// `path` as PID 1 sees it.
pub fn on_host(path: &Path) -> PathBuf {
    Path::new(HOST).join(path.strip_prefix("/").unwrap_or(path))
}

/// Makes the server start at boot; says so as systemctl does. False when it did so before.
pub fn enable(name: &InstanceName) -> Result<bool> {
    let link = boot_link(name);
    let place = on_host(&link);
    if place.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let units = UNITS.map(|directory| Path::new(directory).join(TEMPLATE));
    let unit = units.iter().find(|unit| on_host(unit).exists()).unwrap_or(&units[1]);
    let wants = place.parent().unwrap_or(&place);
    std::fs::create_dir_all(wants).context(|| format!("cannot make the directory of {}", link.display()))?;
    match std::os::unix::fs::symlink(unit, &place) {
        // Somebody else enabled it just now.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(false),
        made => made.context(|| format!("cannot link {}", link.display()))?,
    }
    if let Err(error) = atomic::sync_parent(&place) {
        let _ = std::fs::remove_file(&place);
        return Err(error);
    }
    tell(&format!("Created symlink '{}' → '{}'.", link.display(), unit.display()));
    Ok(true)
}

/// Makes the server not start at boot.
pub fn disable(name: &InstanceName) -> Result<()> {
    let link = boot_link(name);
    let place = on_host(&link);
    match std::fs::remove_file(&place) {
        Ok(()) => tell(&format!("Removed '{}'.", link.display())),
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e).context(|| format!("cannot remove {}", link.display())),
    }
    atomic::sync_parent(&place)
}

fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
