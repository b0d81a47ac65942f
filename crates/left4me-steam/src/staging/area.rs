//! `updates/.staging`: an update that is not published yet.
//!
//! `upper` has what Steam changed, `work` is overlayfs's, and `over` says above which layers it was made. What a run
//! left there that was killed is gone on with, unless other layers are in use by now.

use super::changes;
use left4me::game_layers::{self, GameLayers, LayerName, STAGING};
use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Result, atomic, beneath, overlay_mount, remove};
use std::fs::Permissions;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Longest `over` that is read: a list and one line.
const LONGEST: u64 = game_layers::MAX_BYTES + 100;

pub struct Area<'h> {
    host: &'h Host,
    game: &'h GameLayers,
    /// Whether the machine was started anew since what is there was begun: then some of it may have been lost.
    pub is_doubtful: bool,
}

impl<'h> Area<'h> {
    /// Makes it, or takes up what is there for these layers.
    pub fn prepare(host: &'h Host, game: &'h GameLayers) -> Result<Area<'h>> {
        let mut area = Area::of(host, game);
        area.remove_scratch()?;
        let (over, boot) = (area.over()?, boot());
        let found = host
            .as_runtime_user(|| Ok(read::text(&area.path("over"), Links::Refuse, Limit::Whole(LONGEST))))?;
        match found.as_deref().and_then(|found| found.strip_prefix(&over)) {
            Some(begun_in) => area.is_doubtful = begun_in != boot,
            None => area.remove()?,
        }
        // Of a doubtful one the boot stays what it was, until it is published.
        let over = if area.is_doubtful { found.unwrap_or_default() } else { over + &boot };
        host.as_runtime_user(|| {
            // As the merged tree's own mode, which is that of the topmost layer.
            let mode = std::fs::symlink_metadata(host.path(game.base()))
                .context(|| format!("cannot examine {}", game.base().display()))?
                .permissions()
                .mode();
            for (name, mode) in [("", 0o755), ("work", 0o700), ("upper", mode & 0o777)] {
                area.make_directory(name, mode)?;
            }
            atomic::write(&area.path("over"), over.as_bytes(), 0o644, None)
        })?;
        Ok(area)
    }

    fn of(host: &'h Host, game: &'h GameLayers) -> Area<'h> {
        Area { host, game, is_doubtful: false }
    }

    /// Throws it away, whatever it was made for.
    pub fn discard(host: &Host) -> Result<()> {
        let game = host.game();
        let area = Area::of(host, &game);
        area.remove_scratch()?;
        area.remove()
    }

    /// What Steam changed, as a layer.
    pub fn upper(&self) -> PathBuf {
        self.game.staging().join("upper")
    }

    /// Whether it was made above these layers, which are in use now.
    pub fn is_over(&self, now: &GameLayers) -> Result<bool> {
        let now = Area::of(self.host, now);
        Ok(self.over()? == now.over()?)
    }

    /// Whether it has any file but Steam's own notes that the layers below have not, or not as it is.
    pub fn has_changes(&self) -> Result<bool> {
        let failed = || format!("cannot examine {}", self.upper().display());
        // As root, which alone sees all of it, and so by descriptor.
        let updates = self.open_updates().context(failed)?;
        let upper = beneath::directory_to_list(&updates, format!("{STAGING}/upper")).context(failed)?;
        let layer = |name: &LayerName| beneath::directory(&updates, name.as_str());
        let mut layers =
            self.game.names().iter().map(layer).collect::<Result<Vec<_>, _>>().context(failed)?;
        layers.push(beneath::open_directory(&self.host.path(self.game.base())).context(failed)?);
        Ok(changes::are_in(upper, layers))
    }

    fn open_updates(&self) -> rustix::io::Result<OwnedFd> {
        beneath::open_directory(&self.host.path(self.game.updates()))
    }

    /// What the kernel left, which is root's.
    pub fn remove_scratch(&self) -> Result<()> {
        let shown = self.game.staging().join("work");
        let opened = self.open_updates().and_then(|all| beneath::directory(all, format!("{STAGING}/work")));
        match opened {
            Ok(work) => overlay_mount::remove_scratch(&work, &shown),
            // No directory of ours: the runtime user can remove it.
            Err(_) => Ok(()),
        }
    }

    /// Removes it; the scratch is gone already.
    pub fn remove(&self) -> Result<()> {
        self.host.as_runtime_user(|| {
            // First: without it nobody takes up what is half removed.
            remove::tree(&self.path("over"))?;
            remove::tree(&self.host.path(&self.game.staging()))
        })
    }

    /// Names of the layers, and which directory the base is: a squash puts another one in its place.
    fn over(&self) -> Result<String> {
        self.host.as_runtime_user(|| {
            let base = rustix::fs::lstat(self.host.path(self.game.base()))
                .context(|| format!("cannot examine {}", self.game.base().display()))?;
            let list = game_layers::to_list(self.game.names());
            Ok(format!("{list}base {}:{}\n", base.st_dev, base.st_ino))
        })
    }

    fn make_directory(&self, name: &str, mode: u32) -> Result<()> {
        let path = self.path(name);
        let failed = || format!("cannot make {}", self.game.staging().join(name).display());
        match std::fs::create_dir(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(e) => Err(e).context(failed),
            Ok(()) => std::fs::set_permissions(&path, Permissions::from_mode(mode)).context(failed),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.host.path(&self.game.staging().join(name))
    }
}

/// Which start of the machine this is, as a line.
fn boot() -> String {
    let id = read::text(Path::new("/proc/sys/kernel/random/boot_id"), Links::Refuse, Limit::Head(64));
    format!("boot {}\n", read::word(id.unwrap_or_default().trim()))
}
