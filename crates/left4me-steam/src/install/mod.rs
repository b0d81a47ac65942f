//! Installs the game: SteamCMD sessions in the order that the strategy gives, until the game is verified.

mod arguments;
mod explain;
mod installer;
mod logs;
mod manifest_seed;
pub(crate) mod mounted;
mod progress;
mod stage;

pub use mounted::behind;

#[cfg(test)]
pub(crate) use manifest_seed::{clean_up, write as write_seed};

use crate::failure::Failure;
use crate::file_list;
use crate::install_strategy::{Attempt, InstallStrategy, InstalledState};
use crate::login::Answers;
use crate::preflight;
use crate::publish;
use crate::settings::SessionSettings;
use crate::staging::{self, Staged};
use crate::steamclient;
use crate::verify::{self, Missing};
use explain::Goal;
use installer::Installer;
use left4me::game_layers::GameLayers;
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result};

pub use crate::install_strategy::Action;
pub use crate::locks::{lock_game, lock_steam};
pub use crate::made::Installed;
pub(crate) use crate::made::Made;
pub use mounted::users_of_the_game;

/// How the game may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Beside the game when it is installed, so that servers may run.
    Staged,
    /// The installation itself, while nobody has it mounted.
    InPlace,
}

/// Looks at an update that is made and not published; an error keeps it from being published.
pub type Judge<'a> = &'a dyn Fn(&Staged) -> Result<()>;

/// Installs, updates or repairs the game as the runtime user and verifies it.
pub fn install(
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
) -> Result<Installed> {
    install_by(Way::Staged, host, settings, reporter, action, &|_| Ok(()))
}

/// [`install`] in this way; `judge` sees what is staged before anybody else does.
pub fn install_by(
    way: Way,
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
    judge: Judge,
) -> Result<Installed> {
    let answers = Answers::new(settings.login.as_ref(), reporter)?;
    install_with(way, host, settings, reporter, action, judge, &answers)
}

/// [`install_by`] with these answers to SteamCMD's prompts.
pub(crate) fn install_with(
    way: Way,
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
    judge: Judge,
    answers: &Answers,
) -> Result<Installed> {
    let _steamcmd = lock_steam(host, reporter, settings.wait)?;
    let game = host.game_layers()?;
    let before = verify::game(host)?;
    if way == Way::InPlace || !is_staged(host, &game, action, &before)? {
        return install_in_place(host, settings, reporter, action, answers);
    }
    let staged = stage::stage(host, &game, settings, reporter, action, before, answers)?;
    if staged.is_new() {
        judge(&staged)?;
    }
    staged.publish(reporter, settings.wait)
}

/// Whether the game is changed beside itself: what is whole stays as it is, and so does what somebody uses.
fn is_staged(host: &Host, game: &GameLayers, action: Action, before: &staging::Found) -> Result<bool> {
    // Only root mounts, and only on the running machine.
    if !host.can_own() || !host.is_running() || matches!(before, Err(Missing::Everything)) {
        return Ok(false);
    }
    let is_update = action == Action::Update && before.is_ok();
    Ok(is_update || !game.names().is_empty() || !mounted::names(host)?.is_empty())
}

fn install_in_place(
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
    answers: &Answers,
) -> Result<Installed> {
    let _game = lock_game(host, reporter, settings.wait)?;
    mounted::require_unmounted(host)?;
    require_base_alone(host)?;
    preflight::before_game(host)?.iter().for_each(|warning| reporter.note(warning));
    if host.is_running() && host.can_own() {
        staging::discard(host)?;
        publish::forget_builds(host)?;
    }
    let made = run(host, settings, reporter, action, None, answers)?;
    file_list::save_game_list(host, made.files)?;
    Ok(made.installed)
}

/// Layers above the base would hide what is changed in it.
fn require_base_alone(host: &Host) -> Result<()> {
    if host.game_layers()?.names().is_empty() {
        return Ok(());
    }
    Err(Error::new("updates lie above the base of the game and would hide what is changed in it")
        .hint("merge them into it first: sudo left4me-setup game squash"))
}

/// Runs sessions until the game is verified, where it seems to be. `before`: what was in use when they began, if that
/// is not what is found there.
pub(crate) fn run(
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
    before: Option<staging::Found>,
    answers: &Answers,
) -> Result<Made> {
    manifest_seed::clean_up(host)?;
    let found = verify::game(host)?;
    let files = file_list::snapshot(host)?;
    let state = match &found {
        Ok(_) | Err(Missing::File(..) | Missing::Layer(_) | Missing::Interrupted { .. }) => {
            InstalledState::Complete
        }
        Err(Missing::Everything) => InstalledState::Empty,
        Err(Missing::Manifest) => InstalledState::Files,
        Err(Missing::LinuxDepot | Missing::Unfinished(_)) => InstalledState::Partial,
    };
    // A cached answer of Steam's would hide a newer build.
    logs::remove_app_info_cache(host)?;
    let repair = action == Action::Validate;
    let strategy = InstallStrategy::new(state, repair, settings.login.is_none(), settings.pauses);
    let goal = Goal::Game { before: before.unwrap_or(found), action };
    let mut installer = Installer::new(host, settings, reporter, answers, goal)?;
    let outcome = installer.run(strategy);
    // Also after an interruption; the next run repeats what fails here.
    let cleaned_up = manifest_seed::clean_up(host);
    outcome.map_err(|stop| installer.explain(stop))?;
    cleaned_up?;
    let game = verify::game(host)?
        .map_err(|missing| installer.failed(&Failure::NotVerified(missing.to_string())))?;
    let validated = installer.attempts.last() == Some(&Attempt::Linux { validate: true }.to_string());
    let files = file_list::next_game_list(host, files, validated)?;
    let given_up = files.as_ref().map_or(0, |files| files.given_up);
    if given_up > 0 {
        reporter.note(&format!("Steam does not restore {given_up} files; they are no longer expected"));
    }
    file_list::update_client_list(host)?;
    let account = settings.login.as_ref().map(|login| login.user.clone());
    let installed = Installed {
        game,
        attempts: installer.attempts,
        offered: installer.offered,
        account,
        published: None,
    };
    Ok(Made { installed, files })
}

/// Lets SteamCMD update itself and do nothing else; brings steamclient.so, also when it was lost.
pub fn update_client(host: &Host, settings: &SessionSettings, reporter: &dyn Reporter) -> Result<()> {
    let _lock = lock_steam(host, reporter, settings.wait)?;
    preflight::before_steamcmd(host)?;
    steamclient::reset_update(host)?;
    let answers = Answers::new(None, reporter)?;
    let mut installer = Installer::new(host, settings, reporter, &answers, Goal::Client)?;
    installer.run(InstallStrategy::client_update(settings.pauses)).map_err(|stop| installer.explain(stop))?;
    if steamclient::is_missing(host)? {
        return Err(installer.failed(&Failure::NotVerified("steamclient.so is missing".into())));
    }
    file_list::update_client_list(host)
}

/// Which build Steam offers, without a download; `None` when its answer names none, which is not "no update".
pub fn build_on_offer(
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
) -> Result<Option<String>> {
    let _lock = lock_steam(host, reporter, settings.wait)?;
    preflight::before_steamcmd(host)?;
    // A cached answer of Steam's would hide a newer build.
    logs::remove_app_info_cache(host)?;
    let answers = Answers::new(None, reporter)?;
    let mut installer = Installer::new(host, settings, reporter, &answers, Goal::Check)?;
    installer.run(InstallStrategy::update_check(settings.pauses)).map_err(|stop| installer.explain(stop))?;
    Ok(installer.offered)
}
