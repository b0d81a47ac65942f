//! The game, installed: SteamCMD sessions in the order that the ladder gives, until the proof holds.

use super::climb::{Climb, Goal};
use super::login::Answers;
use super::proof::{self, Missing, Proof};
use super::transcript::Transcript;
use super::{client, logs, mounted, record, seed};
use crate::failure::Failure;
use crate::ladder::{Found, Ladder, Rung};
use crate::preflight;
use crate::settings::Settings;
use left4me::host::Host;
use left4me::lock;
use left4me::report::Reporter;
use left4me::{Context, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Install, or finish what was begun.
    Complete,
    /// The latest build.
    Update,
    /// Check every file and repair.
    Validate,
}

/// What was done, for the record.
#[derive(Debug, Clone)]
pub struct Installed {
    /// What is installed now.
    pub proof: Proof,
    /// Every attempt, in order.
    pub rungs: Vec<String>,
    /// The build that Steam offers, where it was asked and said so.
    pub offered: Option<String>,
    /// The Steam account, when it was not anonymous.
    pub account: Option<String>,
}

/// Kept transcripts of earlier installs.
const TRANSCRIPTS: usize = 4;

/// Installs the game as the runtime user and proves it.
pub fn install(host: &Host, settings: &Settings, reporter: &dyn Reporter, wish: Wish) -> Result<Installed> {
    let answers = Answers::new(settings.login.as_ref(), reporter)?;
    install_with(host, settings, reporter, wish, &answers)
}

/// The same, with these answers to SteamCMD's prompts.
pub fn install_with(
    host: &Host,
    settings: &Settings,
    reporter: &dyn Reporter,
    wish: Wish,
    answers: &Answers,
) -> Result<Installed> {
    let _lock = lock_steam(host, reporter, settings.wait)?;
    mounted::refuse(host)?;
    preflight::before_game(host)?.iter().for_each(|warning| reporter.note(warning));
    seed::settle(host)?;
    let before = look(host)?;
    let files = record::before(host)?;
    let found = match &before {
        Ok(_) | Err(Missing::File(..) | Missing::Interrupted { .. }) => Found::Game,
        Err(Missing::Everything) => Found::Nothing,
        Err(Missing::Manifest) => Found::Files,
        Err(Missing::LinuxDepot | Missing::Unfinished(_)) => Found::Part,
    };
    // An answer of Steam's that was kept would hide a newer build.
    logs::forget_app_info(host)?;
    let ladder = Ladder::new(found, wish == Wish::Validate, settings.login.is_none(), settings.pauses);
    let goal = Goal::Game { before, wish };
    let mut climb = Climb::new(host, settings, reporter, answers, goal)?;
    let climbed = climb.up(ladder);
    // Also when it was interrupted; what fails here is tried again by the next run.
    let settled = seed::settle(host);
    climbed.map_err(|stop| climb.explain(stop))?;
    settled?;
    let proof = look(host)?.map_err(|missing| climb.failed(&Failure::NoProof(missing.to_string())))?;
    let validated = climb.rungs.last() == Some(&Rung::Linux { validate: true }.to_string());
    let given_up = record::game(host, files, validated)?;
    if given_up > 0 {
        reporter.note(&format!("Steam does not bring back {given_up} files; they are no longer asked for"));
    }
    record::after_session(host)?;
    let account = settings.login.as_ref().map(|login| login.user.clone());
    Ok(Installed { proof, rungs: climb.rungs, offered: climb.offered, account })
}

/// Lets SteamCMD update itself and do nothing else; brings steamclient.so, also when it was lost.
pub fn update_client(host: &Host, settings: &Settings, reporter: &dyn Reporter) -> Result<()> {
    let _lock = lock_steam(host, reporter, settings.wait)?;
    preflight::before_steamcmd(host)?;
    client::forget_update(host)?;
    let answers = Answers::new(None, reporter)?;
    let mut climb = Climb::new(host, settings, reporter, &answers, Goal::Client)?;
    climb.up(Ladder::client(settings.pauses)).map_err(|stop| climb.explain(stop))?;
    match client::is_missing(host)? {
        false => record::after_session(host),
        true => Err(climb.failed(&Failure::NoProof("steamclient.so is missing".into()))),
    }
}

/// What is installed.
pub fn look(host: &Host) -> Result<Result<Proof, Missing>> {
    host.as_runtime_user(|| Ok(proof::look(&host.path(host.game().base()))))
}

/// SteamCMD shares its caches and manifests between runs, so there is one at a time.
pub fn lock_steam(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.steamcmd_lock()), wait, |line| reporter.note(line))
    })
}

/// A new transcript below `LEFT4ME_ROOT`; the last ones are kept beside it as `.1` to `.4`.
pub fn open_transcript(host: &Host) -> Result<(Transcript, PathBuf)> {
    let shown = host.layout.logs().join("steamcmd.log");
    let file = host.as_runtime_user(|| {
        let path = host.path(&shown);
        std::fs::create_dir_all(host.path(&host.layout.logs()))
            .and_then(|()| rotate(&path))
            .and_then(|()| File::options().append(true).create_new(true).open(&path))
            .context(|| format!("cannot write {}", shown.display()))
    })?;
    Ok((Transcript::new(file), shown))
}

fn rotate(path: &Path) -> std::io::Result<()> {
    let numbered = |n: usize| match n {
        0 => path.to_owned(),
        n => PathBuf::from(format!("{}.{n}", path.display())),
    };
    for n in (0..TRANSCRIPTS).rev() {
        match std::fs::rename(numbered(n), numbered(n + 1)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}
