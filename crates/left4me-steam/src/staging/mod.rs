//! An update of the game while servers run: made in an overlay that only this process sees, published when it is
//! verified.

mod area;
mod changes;
mod overlay;

use crate::file_list::{self, NewList};
use crate::made::{Installed, Made};
use crate::publish::{self, Publisher};
use crate::verify::{Missing, VerifiedGame};
use area::Area;
use left4me::game_layers::{GameLayers, LayerName, MOST};
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result};
use overlay::Overlay;

/// A game, or what it lacks.
pub type Found = Result<VerifiedGame, Missing>;

/// Another way, which an overlay cannot fail.
pub const IN_PLACE: &str =
    "sudo left4me-setup game update --in-place changes the game itself, while no server runs";

/// An update that is made and verified and that nobody sees yet.
pub struct Staged<'h> {
    host: &'h Host,
    /// The layers that it lies above.
    game: &'h GameLayers,
    area: Area<'h>,
    installed: Installed,
    files: Option<NewList>,
    /// Whether it is of any use.
    is_new: bool,
    /// Whether the build is another one than before.
    is_other_build: bool,
}

/// Makes an update above these layers: `make` sees all of them merged over the base, and what it changes there is the
/// update. It is told whether files may be there that a start of the machine cut short. What was downloaded is kept,
/// however it ends. The caller holds SteamCMD's lock.
pub(crate) fn stage_with<'h>(
    host: &'h Host,
    game: &'h GameLayers,
    before: Found,
    make: impl FnOnce(bool) -> Result<Made>,
) -> Result<Staged<'h>> {
    if game.names().len() >= MOST {
        return Err(publish::too_many_layers());
    }
    let area = Area::prepare(host, game)?;
    let overlay = Overlay::mount(host, game).map_err(|error| error.or_hint(|| IN_PLACE.into()))?;
    let made = make(area.is_doubtful);
    let unmounted = overlay.unmount();
    // Also after an interruption: the runtime user cannot remove it.
    let cleaned_up = area.remove_scratch();
    let made = made?;
    unmounted.and(cleaned_up)?;
    let now = Ok(&made.installed.game);
    let is_new = before.as_ref() != now || area.has_changes()?;
    let is_other_build = before.is_ok_and(|before| before.build != made.installed.game.build);
    Ok(Staged { host, game, area, installed: made.installed, files: made.files, is_new, is_other_build })
}

impl Staged<'_> {
    /// Whether it differs from what is in use.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The directory that becomes a layer.
    pub fn upper(&self) -> std::path::PathBuf {
        self.area.upper()
    }

    /// The layers that it lies above.
    pub fn game(&self) -> &GameLayers {
        self.game
    }

    /// Puts it into use, if there is anything new in it.
    pub fn publish(self, reporter: &dyn Reporter, wait: bool) -> Result<Installed> {
        let Staged { host, area, mut installed, files, is_new, is_other_build, .. } = self;
        if is_new {
            let build = LayerName::parse(&installed.game.build)?;
            let publisher = Publisher::new(host, reporter, wait)?;
            if !area.is_over(publisher.game())? {
                return Err(Error::new("other layers of the game are in use than when the update began")
                    .hint("run it again: sudo left4me-setup game update"));
            }
            let kept = if is_other_build { publisher.kept(&build)? } else { None };
            installed.published = Some(match kept {
                Some(kept) => {
                    publisher.activate(&kept)?;
                    kept.names().first().map_or(build, Clone::clone)
                }
                None => publisher.publish(&area.upper(), &build)?,
            });
        }
        file_list::save_game_list(host, files)?;
        area.remove()?;
        Ok(installed)
    }
}

/// Throws away what is staged: it fits no other base.
pub fn discard(host: &Host) -> Result<()> {
    Area::discard(host)
}

#[cfg(test)]
mod tests;
