//! The game, installed: SteamCMD sessions in the order that the ladder gives, until the proof holds.

use super::proof::{self, Missing, Proof};
use super::session::{self, Said};
use crate::config::SessionConfig;
use crate::host::Host;
use crate::progress::Progress;
use crate::{lock, preflight};
use left4me_setup::layout::Layout;
use left4me_setup::steamcmd::APP;
use left4me_setup::steamcmd::failure::{Exit, Failure, judge, judge_bootstrap};
use left4me_setup::steamcmd::ladder::{Ladder, Next, Rung};
use left4me_setup::{Context, Error, Result};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Install, or finish what was begun; nothing when the proof holds.
    Complete,
    /// Check every file and repair.
    Validate,
}

/// What was done, for the record.
#[derive(Debug, Clone)]
pub struct Installed {
    pub proof: Proof,
    pub rungs: Vec<String>,
}

/// Kept transcripts of earlier installs.
const TRANSCRIPTS: usize = 4;

/// Installs the game as the runtime user and proves it.
pub fn install(host: &Host, config: &SessionConfig, progress: &Progress, wish: Wish) -> Result<Installed> {
    let _lock = lock_steam(host, progress)?;
    preflight::before_game(host)?.iter().for_each(|warning| progress.note(warning));
    let (mut transcript, transcript_path) = open_transcript(host)?;
    let before = look(host)?;
    let fresh = matches!(before, Err(Missing::Everything | Missing::LinuxDepot | Missing::Unfinished(_)));
    let mut ladder = Ladder::new(fresh, wish == Wish::Validate, true, config.pause);
    let mut rungs = Vec::new();
    let mut last = Ok(());
    let mut windows = false;
    loop {
        let (rung, pause, because) = match ladder.next(last) {
            Next::Run { rung, pause, because } => (rung, pause, because),
            Next::Done => break,
            Next::GiveUp(failure) => return Err(explain(host, &failure, &transcript_path)),
        };
        if let Some(failure) = because {
            progress.note(&format!("{failure}; next: {rung}{}", after(pause)));
        }
        // Signals keep their default effect meanwhile: there is nothing to clean up.
        std::thread::sleep(pause);
        windows |= rung == Rung::Windows;
        progress.rung(rung, windows);
        rungs.push(rung.to_string());
        last = attempt(host, config, progress, rung, &mut transcript)?;
    }
    let proof = look(host)?
        .map_err(|missing| explain(host, &Failure::NoProof(missing.to_string()), &transcript_path))?;
    Ok(Installed { proof, rungs })
}

/// One session; for the Linux files, success includes the proof.
fn attempt(
    host: &Host,
    config: &SessionConfig,
    progress: &Progress,
    rung: Rung,
    transcript: &mut File,
) -> Result<Result<(), Failure>> {
    let _ = writeln!(transcript, "\n--- left4me-setup: {rung}");
    let heard =
        session::run(
            host,
            &arguments(&host.layout, rung),
            config.stall,
            transcript,
            &mut |said| match said {
                Said::Event(event) => progress.event(event),
                Said::Quiet(how_long) => progress.quiet(how_long),
            },
        )?;
    progress.rung_ended();
    let _ = writeln!(transcript, "\n--- left4me-setup: ended with {:?}", heard.exit);
    if let Exit::Signal(signal @ (2 | 15)) = heard.exit {
        return Ok(Err(Failure::Interrupted(signal)));
    }
    let verdict = match rung {
        Rung::Bootstrap => judge_bootstrap(&heard.events, heard.exit),
        Rung::Windows | Rung::Linux { .. } => judge(&heard.events, heard.exit),
    };
    match (rung, verdict) {
        (Rung::Linux { .. }, Ok(())) => {
            Ok(look(host)?.map(drop).map_err(|missing| Failure::NoProof(missing.to_string())))
        }
        (_, verdict) => Ok(verdict),
    }
}

/// The order is Valve's: directory, login, platform, app.
fn arguments(layout: &Layout, rung: Rung) -> Vec<String> {
    let (platform, validate) = match rung {
        Rung::Bootstrap => return vec!["+quit".into()],
        Rung::Windows => ("windows", true),
        Rung::Linux { validate } => ("linux", validate),
    };
    let mut arguments: Vec<String> = vec![
        "+force_install_dir".into(),
        layout.installation().display().to_string(),
        "+login".into(),
        "anonymous".into(),
        "+@sSteamCmdForcePlatformType".into(),
        platform.into(),
        "+app_update".into(),
        APP.to_string(),
    ];
    if validate {
        arguments.push("validate".into());
    }
    arguments.push("+quit".into());
    arguments
}

fn look(host: &Host) -> Result<Result<Proof, Missing>> {
    host.as_runtime_user(|| Ok(proof::look(&host.path(&host.layout.installation()))))
}

/// SteamCMD shares its caches and manifests between runs, so there is one at a time.
fn lock_steam(host: &Host, progress: &Progress) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.root().join(".steamcmd.lock")), true, |line| progress.note(line))
    })
}

/// A new transcript below `LEFT4ME_ROOT`; the last ones are kept beside it as `.1` to `.4`.
fn open_transcript(host: &Host) -> Result<(File, PathBuf)> {
    let shown = host.layout.logs().join("steamcmd.log");
    let file = host.as_runtime_user(|| {
        let path = host.path(&shown);
        std::fs::create_dir_all(host.path(&host.layout.logs()))
            .and_then(|()| rotate(&path))
            .and_then(|()| File::options().append(true).create_new(true).open(&path))
            .context(|| format!("cannot write {}", shown.display()))
    })?;
    Ok((file, shown))
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

fn explain(host: &Host, failure: &Failure, transcript: &Path) -> Error {
    let reason = match failure {
        Failure::Bootstrap(_) => bootstrap_reason(host).map(|r| format!("; {r}")).unwrap_or_default(),
        _ => String::new(),
    };
    Error::new(format!("the game is not installed: {failure}{reason} (transcript: {})", transcript.display()))
        .hint(failure.remedy())
}

/// Every failed self-update reads "needs to be online"; the true reason is in a log file.
fn bootstrap_reason(host: &Host) -> Option<String> {
    let path = host.path(&host.layout.root().join("Steam/logs/bootstrap_log.txt"));
    let text = host.as_runtime_user(|| Ok(std::fs::read(path).ok())).ok()??;
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().rev().find(|l| l.contains("rror") || l.contains("ailed"))?;
    Some(format!("bootstrap_log.txt: {}", line.trim()))
}

fn after(pause: std::time::Duration) -> String {
    match pause.as_secs() {
        0 => String::new(),
        seconds if seconds < 120 => format!(", in {seconds} s"),
        seconds => format!(", in {} minutes", seconds / 60),
    }
}
