//! An overlay over the installation, in a mount namespace of this process's own.

use left4me::game_layers::{BASE, GameLayers, STAGING, UPDATES};
use left4me::host::Host;
use left4me::{Context, Error, Result, beneath, overlay_mount};
use rustix::fs::StatVfsMountFlags;
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, unmount};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// What the mount is called in the table of mounts, which only this process and its children have.
const SOURCE: &str = "left4me-update";
/// How long unmounting waits for a process that is ending.
const PATIENCE: Duration = Duration::from_secs(5);

/// The mount. Until it is unmounted, this process and its children see the update where the game is.
pub struct Overlay<'h> {
    host: &'h Host,
    root: OwnedFd,
}

impl<'h> Overlay<'h> {
    /// Mounts `upper` above these layers, over the base.
    pub fn mount(host: &'h Host, game: &GameLayers) -> Result<Overlay<'h>> {
        // This process does not return to the host's: what it does afterwards, it does on the same files, and of a
        // namespace that ends with its last process nothing is left, however that ends.
        overlay_mount::leave_namespace()?;
        // All of it is opened afterwards: the kernel refuses layers that were opened in another namespace.
        let root = host.layout.root();
        let root = beneath::open_absolute(root).context(|| format!("cannot open {}", root.display()))?;
        let overlay = Overlay { host, root };
        overlay.attach(game)?;
        if let Err(error) = overlay.examine(game) {
            let _ = overlay.detach();
            return Err(error);
        }
        host.set_sees_merged_game(true);
        Ok(overlay)
    }

    fn attach(&self, game: &GameLayers) -> Result<()> {
        let base = beneath::directory_on_any_mount(&self.root, BASE).context(cannot_open(game.base()))?;
        let updates =
            beneath::directory_on_any_mount(&self.root, UPDATES).context(cannot_open(game.updates()))?;
        let layer = |name: &str, path: &Path| beneath::directory(&updates, name).context(cannot_open(path));
        let mut lower = Vec::new();
        for name in game.names() {
            lower.push(layer(name.as_str(), &game.layer(name))?);
        }
        lower.push(base);
        let own = |name: &str| {
            let path = game.staging().join(name);
            let opened = layer(&format!("{STAGING}/{name}"), &path)?;
            self.require_owner(&opened, &path)?;
            Ok::<_, Error>(opened)
        };
        let (upper, work) = (own("upper")?, own("work")?);
        let target = beneath::directory_on_any_mount(&self.root, BASE).context(cannot_open(game.base()))?;
        self.require_owner(&target, game.base())?;
        let numbers = overlay_mount::numbers(&lower, Some((&upper, &work)))?;
        from_elsewhere(|| overlay_mount::attach(SOURCE, &numbers, &target, MountFlags::empty()))
            .map_err(|cause| overlay_mount::refused(game.base(), cause))
    }

    /// Whoever chose another owner's directory chose what root mounts.
    fn require_owner(&self, opened: &OwnedFd, path: &Path) -> Result<()> {
        let owner =
            rustix::fs::fstat(opened).context(|| format!("cannot examine {}", path.display()))?.st_uid;
        if owner == self.host.runtime_user()?.uid {
            return Ok(());
        }
        Err(Error::new(format!("{} belongs to uid {owner}, not to the runtime user", path.display()))
            .hint("sudo left4me-setup apply repairs owner and mode"))
    }

    /// The kernel mounts read-only, without a word, where it cannot make `work/work` anew.
    fn examine(&self, game: &GameLayers) -> Result<()> {
        let failed = || format!("cannot examine {}", game.base().display());
        let merged = beneath::directory_on_any_mount(&self.root, BASE).context(failed)?;
        let flags = rustix::fs::fstatvfs(merged).context(failed)?.f_flag;
        if flags.contains(StatVfsMountFlags::RDONLY) {
            return Err(Error::new(format!(
                "the kernel mounts {} read-only because it cannot make {} anew",
                game.base().display(),
                game.staging().join("work/work").display()
            ))
            .hint("free disk space, and run it again"));
        }
        Ok(())
    }

    /// Unmounts, and writes to disk what was changed.
    pub fn unmount(self) -> Result<()> {
        self.host.set_sees_merged_game(false);
        self.detach().context(|| format!("cannot unmount {}", self.host.game().base().display()))?;
        let failed = || "cannot write the update to disk".to_owned();
        // A descriptor that only names the directory is good for nothing else.
        let updates = beneath::directory_on_any_mount(&self.root, UPDATES).context(failed)?;
        let updates = beneath::directory_to_list(updates, "").context(failed)?;
        rustix::fs::syncfs(updates).context(failed)
    }

    fn detach(&self) -> rustix::io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // By name, from the opened root: a path could be replaced.
            let unmounted = from_elsewhere(|| {
                rustix::process::fchdir(&self.root)?;
                unmount(BASE, UnmountFlags::NOFOLLOW)
            });
            match unmounted {
                // No event tells when a mount is free.
                Err(Errno::BUSY) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                result => return result,
            }
        }
    }
}

/// Does what needs another working directory, and returns to ours.
fn from_elsewhere<T>(work: impl FnOnce() -> T) -> T {
    let here = beneath::open_directory(Path::new(".")).ok();
    let result = work();
    if let Some(here) = here {
        let _ = rustix::process::fchdir(here);
    }
    result
}

fn cannot_open(path: &Path) -> impl Fn() -> String {
    move || format!("cannot open {}", path.display())
}
