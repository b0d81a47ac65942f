//! The lowest layer may not change under a mount: overlayfs then serves stale files for good.

use crate::host::Host;
use left4me_setup::{Context, Error, Result};
use std::path::Path;

/// Refuses while any instance has the installation mounted, and says which.
pub fn refuse(host: &Host) -> Result<()> {
    if !host.is_running() {
        return Ok(());
    }
    let table =
        std::fs::read_to_string("/proc/self/mountinfo").context(|| "cannot read the mounts".into())?;
    let names = instances(&table, &host.layout.runtimes());
    match names.is_empty() {
        true => Ok(()),
        false => Err(Error::new(format!("the game is mounted by {}", names.join(", ")))
            .hint(format!("sudo l4d2ctl stop {}, then run it again", names.join(" ")))),
    }
}

/// Names of instances whose tree is mounted below `runtimes`: the source is `left4me:NAME:HASH`.
fn instances(mountinfo: &str, runtimes: &Path) -> Vec<String> {
    let mut names: Vec<String> = mountinfo
        .lines()
        .filter_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            let place = Path::new(mount.split(' ').nth(4)?);
            let name = kind.split(' ').nth(1)?.strip_prefix("left4me:")?.split(':').next()?;
            place.starts_with(runtimes).then(|| name.to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_of_this_root() {
        let table = "\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
90 22 0:50 / /var/lib/left4me/runtime/versus/merged rw,nosuid - overlay left4me:versus:0a1b rw,xino=off
91 22 0:51 / /var/lib/left4me/runtime/coop/merged rw,nosuid shared:9 master:2 - overlay left4me:coop:77 rw
92 22 0:52 / /srv/other/runtime/coop/merged rw - overlay left4me:third:77 rw
93 22 0:53 / /var/lib/left4me/runtime/x/merged rw - tmpfs tmpfs rw
garbage
";
        assert_eq!(instances(table, Path::new("/var/lib/left4me/runtime")), ["coop", "versus"]);
        assert!(instances("", Path::new("/x")).is_empty());
    }
}
