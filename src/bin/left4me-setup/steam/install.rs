//! The game, installed: SteamCMD sessions in the order that the ladder gives, until the proof holds.

use super::login::Answers;
use super::proof::{self, Missing, Proof};
use super::session::{self, Heard, Said};
use super::transcript::Transcript;
use super::{client, mounted, record};
use crate::config::SessionConfig;
use crate::host::Host;
use crate::progress::Progress;
use crate::{lock, preflight};
use left4me_setup::layout::Layout;
use left4me_setup::steamcmd::APP;
use left4me_setup::steamcmd::failure::{Exit, Failure, judge, judge_bootstrap};
use left4me_setup::steamcmd::ladder::{Ladder, Next, Rung};
use left4me_setup::{Context, Error, Result, printable, read};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    pub proof: Proof,
    pub rungs: Vec<String>,
    /// The Steam account, when it was not anonymous.
    pub account: Option<String>,
}

/// Kept transcripts of earlier installs.
const TRANSCRIPTS: usize = 4;

/// Installs the game as the runtime user and proves it.
pub fn install(host: &Host, config: &SessionConfig, progress: &Progress, wish: Wish) -> Result<Installed> {
    let answers = Answers::new(host, config.login.as_ref(), progress)?;
    install_with(host, config, progress, wish, &answers)
}

/// The same, with these answers to SteamCMD's prompts.
pub fn install_with(
    host: &Host,
    config: &SessionConfig,
    progress: &Progress,
    wish: Wish,
    answers: &Answers,
) -> Result<Installed> {
    let _lock = lock_steam(host, progress, config.wait)?;
    mounted::refuse(host)?;
    preflight::before_game(host)?.iter().for_each(|warning| progress.note(warning));
    let before = look(host)?;
    let files = record::before(host)?;
    let fresh = matches!(before, Err(Missing::Everything | Missing::LinuxDepot | Missing::Unfinished(_)));
    let ladder = Ladder::new(fresh, wish == Wish::Validate, config.login.is_none(), config.pauses);
    let mut climb = Climb::new(host, config, progress, answers, "the game is not installed")?;
    climb.up(ladder)?;
    let proof = look(host)?.map_err(|missing| climb.explain(&Failure::NoProof(missing.to_string())))?;
    let validated = climb.rungs.last() == Some(&Rung::Linux { validate: true }.to_string());
    let given_up = record::game(host, files, validated)?;
    if given_up > 0 {
        progress.note(&format!("Steam does not bring back {given_up} files; they are no longer asked for"));
    }
    record::after_session(host)?;
    let account = config.login.as_ref().map(|login| login.user.clone());
    Ok(Installed { proof, rungs: climb.rungs, account })
}

/// Lets SteamCMD update itself and do nothing else; brings steamclient.so, also when it was lost.
pub fn update_client(host: &Host, config: &SessionConfig, progress: &Progress) -> Result<()> {
    let _lock = lock_steam(host, progress, config.wait)?;
    preflight::before_steamcmd(host)?;
    client::forget_update(host)?;
    let answers = Answers::new(host, None, progress)?;
    let mut climb = Climb::new(host, config, progress, &answers, "SteamCMD is not ready")?;
    climb.up(Ladder::client(config.pauses))?;
    match client::is_missing(host)? {
        false => record::after_session(host),
        true => Err(climb.explain(&Failure::NoProof("steamclient.so is missing".into()))),
    }
}

/// SteamCMD sessions one after the other, in one transcript.
struct Climb<'a> {
    host: &'a Host,
    config: &'a SessionConfig,
    progress: &'a Progress,
    answers: &'a Answers<'a>,
    transcript: Transcript,
    transcript_path: PathBuf,
    /// What it means when none succeeds.
    verdict: &'static str,
    rungs: Vec<String>,
    windows: bool,
}

impl<'a> Climb<'a> {
    fn new(
        host: &'a Host,
        config: &'a SessionConfig,
        progress: &'a Progress,
        answers: &'a Answers<'a>,
        verdict: &'static str,
    ) -> Result<Climb<'a>> {
        let (transcript, transcript_path) = open_transcript(host)?;
        let (rungs, windows) = (Vec::new(), false);
        Ok(Climb { host, config, progress, answers, transcript, transcript_path, verdict, rungs, windows })
    }

    fn up(&mut self, mut ladder: Ladder) -> Result<()> {
        let mut last = Ok(());
        loop {
            let (rung, pause, because) = match ladder.next(last) {
                Next::Run { rung, pause, because } => (rung, pause, because),
                Next::Done => return Ok(()),
                Next::GiveUp(failure) => return Err(self.explain(&failure)),
            };
            if let Some(failure) = because {
                self.progress.note(&format!("{failure}; next: {rung}{}", after(pause)));
            }
            super::pause::pause(pause)?;
            self.windows |= rung == Rung::Windows;
            self.progress.rung(rung, self.windows);
            self.rungs.push(rung.to_string());
            last = self.attempt(rung)?;
        }
    }

    /// One session; for the Linux files, success includes the proof.
    fn attempt(&mut self, rung: Rung) -> Result<Result<(), Failure>> {
        self.transcript.note(&rung.to_string())?;
        let (answers, progress) = (self.answers, self.progress);
        answers.new_session();
        let session = session::Session {
            arguments: &arguments(&self.host.layout, rung, answers),
            bounds: self.config.bounds,
            transcript: &mut self.transcript,
            answer: &mut |prompt, stop| answers.give(prompt, stop),
        };
        let heard = session::run(self.host, session, &mut |said| match said {
            Said::Event(event) => progress.event(event),
            Said::Quiet(how_long) => progress.quiet(how_long),
        });
        let how = heard.as_ref().map_or("interrupted".into(), |heard| format!("ended with {:?}", heard.exit));
        self.transcript.end(&how)?;
        let verdict = self.verdict_of(rung, &heard?)?;
        progress.rung_ended(verdict.is_ok());
        Ok(verdict)
    }

    fn verdict_of(&self, rung: Rung, heard: &Heard) -> Result<Result<(), Failure>> {
        if let Exit::Signal(signal @ (2 | 15)) = heard.exit {
            return Ok(Err(Failure::Interrupted(signal)));
        }
        let verdict = match rung {
            Rung::Bootstrap => judge_bootstrap(&heard.events, heard.exit),
            Rung::Windows | Rung::Linux { .. } => judge(&heard.events, heard.exit),
        };
        match (rung, verdict) {
            (Rung::Linux { .. }, Ok(())) => {
                Ok(look(self.host)?.map(drop).map_err(|missing| Failure::NoProof(missing.to_string())))
            }
            (_, verdict) => Ok(verdict),
        }
    }

    fn explain(&self, failure: &Failure) -> Error {
        let reason = match failure {
            Failure::Bootstrap(_) => {
                bootstrap_reason(self.host).map(|r| format!("; {r}")).unwrap_or_default()
            }
            _ => String::new(),
        };
        let hint = match failure {
            Failure::RateLimit => {
                let until = clock_time(SystemTime::now() + self.config.pauses.back_off);
                format!("{}; not before {until}", failure.remedy())
            }
            _ => failure.remedy().to_owned(),
        };
        Error::new(format!(
            "{}: {failure}{reason} (tried: {}; transcript: {})",
            self.verdict,
            self.rungs.join("; "),
            self.transcript_path.display()
        ))
        .hint(hint)
    }
}

/// The order is Valve's: directory, login, platform, app.
fn arguments(layout: &Layout, rung: Rung, answers: &Answers) -> Vec<String> {
    let (platform, validate) = match rung {
        Rung::Bootstrap => return vec!["+quit".into()],
        Rung::Windows => ("windows", true),
        Rung::Linux { validate } => ("linux", validate),
    };
    let mut arguments: Vec<String> =
        vec!["+force_install_dir".into(), layout.installation().display().to_string()];
    arguments.extend(answers.arguments());
    arguments.extend([
        "+@sSteamCmdForcePlatformType".into(),
        platform.into(),
        "+app_update".into(),
        APP.to_string(),
    ]);
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
pub fn lock_steam(host: &Host, progress: &Progress, wait: bool) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.steamcmd_lock()), wait, |line| progress.note(line))
    })
}

/// A new transcript below `LEFT4ME_ROOT`; the last ones are kept beside it as `.1` to `.4`.
fn open_transcript(host: &Host) -> Result<(Transcript, PathBuf)> {
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

/// Every failed self-update reads "needs to be online"; the true reason is in a log file.
fn bootstrap_reason(host: &Host) -> Option<String> {
    let path = host.path(&host.layout.root().join("Steam/logs/bootstrap_log.txt"));
    let text = host.as_runtime_user(|| Ok(read::text(&path, 16 << 20))).ok()??;
    let line = text.lines().rev().find(|l| l.contains("rror") || l.contains("ailed"))?;
    Some(format!("bootstrap_log.txt: {}", printable::bounded(line.trim(), 300)))
}

/// How long a pause takes; of a long one also until when.
fn after(pause: Duration) -> String {
    match pause.as_secs() {
        0 => String::new(),
        seconds if seconds < 120 => format!(", in {seconds} s"),
        seconds => format!(", at {} (in {} minutes)", clock_time(SystemTime::now() + pause), seconds / 60),
    }
}

/// `12:34 UTC`
fn clock_time(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()) % 86_400;
    format!("{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60)
}
