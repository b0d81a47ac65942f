//! An update by SteamCMD, made beside the game.

use super::{Action, run};
use crate::login::Answers;
use crate::preflight;
use crate::settings::SessionSettings;
use crate::staging::{self, Staged};
use left4me::game_layers::GameLayers;
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Result, remove};

/// Makes an update above these layers and verifies it. The caller holds SteamCMD's lock.
pub fn stage<'h>(
    host: &'h Host,
    game: &'h GameLayers,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
    before: staging::Found,
    answers: &Answers,
) -> Result<Staged<'h>> {
    preflight::before_update(host)?.iter().for_each(|warning| reporter.note(warning));
    staging::stage_with(host, game, before.clone(), |is_doubtful| {
        let action = if is_doubtful { Action::Validate } else { action };
        let made = run(host, settings, reporter, action, Some(before), answers)?;
        remove_leftovers(host).map(|()| made)
    })
}

/// What Steam leaves behind of its own staging is not part of the game.
fn remove_leftovers(host: &Host) -> Result<()> {
    host.as_runtime_user(|| {
        let steamapps = host.path(host.game().base()).join("steamapps");
        ["downloading", "temp"].iter().try_for_each(|name| remove::tree(&steamapps.join(name)))
    })
}
