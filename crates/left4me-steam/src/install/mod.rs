//! Installs the game: SteamCMD sessions in the order that the strategy gives, until the game is verified.

mod arguments;
mod explain;
mod installer;
mod logs;
mod manifest_seed;
mod mounted;
mod progress;

#[cfg(test)]
pub(crate) use manifest_seed::{clean_up, write as write_seed};

use crate::failure::Failure;
use crate::file_list;
use crate::install_strategy::{Attempt, InstallStrategy, InstalledState};
use crate::login::Answers;
use crate::preflight;
use crate::settings::SessionSettings;
use crate::steamclient;
use crate::verify::{self, Missing, VerifiedGame};
use explain::Goal;
use installer::Installer;
use left4me::Result;
use left4me::host::Host;
use left4me::lock;
use left4me::report::Reporter;

pub use crate::install_strategy::Action;

/// What was done, for the record.
#[derive(Debug, Clone)]
pub struct Installed {
    /// What is installed now.
    pub game: VerifiedGame,
    /// Every attempt, in order.
    pub attempts: Vec<String>,
    /// The build that Steam offers, where it was asked and said so.
    pub offered: Option<String>,
    /// The Steam account, when it was not anonymous.
    pub account: Option<String>,
}

/// Installs the game as the runtime user and verifies it.
pub fn install(
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
) -> Result<Installed> {
    let answers = Answers::new(settings.login.as_ref(), reporter)?;
    install_with(host, settings, reporter, action, &answers)
}

/// The same, with these answers to SteamCMD's prompts.
pub(crate) fn install_with(
    host: &Host,
    settings: &SessionSettings,
    reporter: &dyn Reporter,
    action: Action,
    answers: &Answers,
) -> Result<Installed> {
    let _steamcmd = lock_steam(host, reporter, settings.wait)?;
    let _game = lock_game(host, reporter, settings.wait)?;
    mounted::require_unmounted(host)?;
    preflight::before_game(host)?.iter().for_each(|warning| reporter.note(warning));
    manifest_seed::clean_up(host)?;
    let before = verify::game(host)?;
    let files = file_list::snapshot(host)?;
    let found = match &before {
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
    let strategy = InstallStrategy::new(found, repair, settings.login.is_none(), settings.pauses);
    let goal = Goal::Game { before, action };
    let mut installer = Installer::new(host, settings, reporter, answers, goal)?;
    let outcome = installer.run(strategy);
    // Also after an interruption; the next run repeats what fails here.
    let cleaned_up = manifest_seed::clean_up(host);
    outcome.map_err(|stop| installer.explain(stop))?;
    cleaned_up?;
    let game = verify::game(host)?
        .map_err(|missing| installer.failed(&Failure::NotVerified(missing.to_string())))?;
    let validated = installer.attempts.last() == Some(&Attempt::Linux { validate: true }.to_string());
    let given_up = file_list::update_game_list(host, files, validated)?;
    if given_up > 0 {
        reporter.note(&format!("Steam does not restore {given_up} files; they are no longer expected"));
    }
    file_list::update_client_list(host)?;
    let account = settings.login.as_ref().map(|login| login.user.clone());
    Ok(Installed { game, attempts: installer.attempts, offered: installer.offered, account })
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

/// Nobody mounts the game's layers, or changes them, until this is dropped.
pub fn lock_game(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.game_lock()), wait, |line| reporter.note(line))
    })
}

/// SteamCMD shares its caches and manifests between runs, so there is one at a time.
pub fn lock_steam(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.steamcmd_lock()), wait, |line| reporter.note(line))
    })
}
