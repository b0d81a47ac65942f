//! The lowest layer may not change under a mount: overlayfs then serves stale files for good.

use left4me::game_layers::LayerName;
use left4me::host::Host;
use left4me::mountinfo::{self, Mount};
use left4me::name::InstanceName;
use left4me::{Error, Result, mounted};
use std::path::Path;

/// Refuses while any instance has the installation mounted, and says which.
pub fn require_unmounted(host: &Host) -> Result<()> {
    let names = names(host)?;
    if names.is_empty() {
        return Ok(());
    }
    let error = Error::new(format!("the game is in use by {}", names.join(", ")));
    Err(if host.can_own() {
        let names = names.join(" ");
        error.hint(format!("this does not stop them for you: sudo l4d2ctl stop {names}, then run it again"))
    } else {
        error.hint("only root updates it while they run: sudo left4me-setup game update")
    })
}

/// Instances that have the game mounted as it was before this layer was put into use.
pub fn behind(host: &Host, published: &LayerName) -> Result<Vec<String>> {
    let mut names = names(host)?;
    // A repair has the build that was there before.
    let is_repair = published.as_str() != published.build();
    host.as_runtime_user(|| {
        let runs = |name: &String| mounted::build(&host.layout, &InstanceName::parse(name).ok()?);
        names.retain(|name| is_repair || runs(name).as_deref() != Some(published.build()));
        Ok(names)
    })
}

/// Instances that have the game mounted.
pub fn names(host: &Host) -> Result<Vec<String>> {
    if !host.is_running() {
        return Ok(Vec::new());
    }
    let names = users_of_the_game(&mountinfo::ours()?, &host.layout.runtimes());
    Ok(names.iter().map(ToString::to_string).collect())
}

/// Names of instances whose tree is mounted, wherever: a mount goes along when the runtime user renames a
/// directory above it.
pub fn users_of_the_game(mounts: &[Mount], runtimes: &Path) -> Vec<InstanceName> {
    let mut names: Vec<InstanceName> = mounts
        .iter()
        // Users other than root can choose any source, but cannot mount an overlay.
        .filter(|mount| mount.kind == "overlay")
        .filter_map(|mount| name_in_source(mount).or_else(|| name_in_upper(mount, runtimes)))
        .filter_map(|name| InstanceName::parse(name).ok())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The helper's source is `left4me:NAME:HASH`.
fn name_in_source(mount: &Mount) -> Option<&str> {
    mount.source.strip_prefix("left4me:")?.split(':').next()
}

/// The predecessor's mounts outlive the takeover of its host; their `upper` tells whose they are.
fn name_in_upper<'a>(mount: &'a Mount, runtimes: &Path) -> Option<&'a str> {
    let upper = mount.options.split(',').find_map(|option| option.strip_prefix("upperdir="))?;
    let name = Path::new(upper).strip_prefix(runtimes).ok()?.to_str()?.strip_suffix("/upper")?;
    (mount.source == "overlay").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(table: &[u8]) -> Vec<String> {
        let mounts = mountinfo::parse(table);
        let names = users_of_the_game(&mounts, Path::new("/var/lib/left4me/runtime"));
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn instances_of_this_host() {
        let table = b"\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
90 22 0:50 / /var/lib/left4me/runtime/versus/merged rw,nosuid - overlay left4me:versus:0a1b rw,xino=off
91 22 0:51 / /var/lib/left4me/runtime/coop/merged rw,nosuid shared:9 master:2 - overlay left4me:coop:77 rw
92 22 0:52 / /tmp/carried\\040out/merged rw - overlay left4me:carried:77 rw
93 22 0:53 / /var/lib/left4me/runtime/x/merged rw - tmpfs tmpfs rw
94 22 0:54 / /media/\xff rw - ext4 /dev/sdb1 rw
95 22 0:55 / /var/lib/left4me/runtime/old/merged rw - overlay overlay rw,lowerdir=/var/lib/left4me/installation,upperdir=/var/lib/left4me/runtime/old/upper,workdir=/var/lib/left4me/runtime/old/work
96 22 0:56 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/docker/overlay2/1/diff
97 22 0:57 / /somewhere rw - overlay overlay ro,lowerdir=/l:/m
garbage
";
        assert_eq!(named(table), ["carried", "coop", "old", "versus"]);
        assert!(named(b"").is_empty());
    }

    /// A FUSE file system says of itself what its owner likes.
    #[test]
    fn a_strangers_words_are_not_passed_on() {
        for tail in [
            "fuse left4me:a:00 rw",
            "fuse.left4me left4me:a;reboot:00 rw",
            "overlay left4me:a;reboot:00 rw",
            "overlay left4me:\\033[2J:00 rw",
            "overlay overlay rw,upperdir=/var/lib/left4me/runtime/a;reboot/upper",
            "overlay overlay rw,upperdir=/var/lib/left4me/runtime/a/b/upper",
        ] {
            let line = format!("90 22 0:50 / /var/lib/left4me/runtime/a/merged rw - {tail}\n");
            assert!(named(line.as_bytes()).is_empty(), "{tail}");
        }
    }
}
