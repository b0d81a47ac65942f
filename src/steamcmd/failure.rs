//! What went wrong in a SteamCMD session, in plain words, and what helps.
//!
//! The table is `steamcmd.md`'s, gathered from public logs: exit codes alone prove nothing (0 can
//! lie), so the lines decide and the code only fills in where no line was seen.

use super::APP;
use super::output::Event;
use crate::child::signal_name;
use std::fmt;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It exited by itself.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// We ended it: nothing had moved for that many seconds.
    Stalled(u64),
    /// We ended it: it ran for that many seconds and had not ended.
    Overran(u64),
    /// We ended it: it had printed that many bytes.
    Flooded(u64),
    /// We ended it: it waits for an answer that nobody gave.
    Unanswered,
}

/// Why an attempt did not install the game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// `Invalid platform`: no Linux depot in this account's view of the app.
    InvalidPlatform,
    /// `Missing configuration`: the app's data is not cached yet, or the same as [`Self::InvalidPlatform`].
    MissingConfiguration,
    /// The account does not own the game.
    NoSubscription,
    /// Steam could not write to the disk.
    DiskWrite,
    /// Another reason in `Failed to install app`.
    Refused(String),
    /// `state is 0x… after update job`.
    State(u32),
    /// No connection to Steam, or it broke.
    Connection(String),
    /// Too many logins from here.
    RateLimit,
    /// The login was refused, or needs something only a person has.
    Login(String),
    /// It waits for a password or code that it was not given.
    PromptUnanswered,
    /// The client could not update itself.
    Bootstrap(String),
    /// The 32-bit loader is missing (exit 127).
    LoaderMissing,
    /// The script or the client cannot be executed (exit 126).
    NotExecutable,
    /// The client crashed with this signal.
    Crashed(i32),
    /// Nothing moved for that many seconds.
    Stalled(u64),
    /// It ran for this many seconds and did not end.
    Overran(u64),
    /// It printed this many bytes, as no SteamCMD does.
    Flooded(u64),
    /// Ended by a signal from outside.
    Interrupted(i32),
    /// It ended without saying that the game is installed; its exit code.
    Silent(i32),
    /// It said "Success", but the tree does not hold the game: what is missing.
    NoProof(String),
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Install the Windows files first, then the Linux ones.
    WindowsFirst,
    /// Try again, up to that many times; a download resumes.
    Retry(u32),
    /// Try again with `validate`.
    Validate,
    /// Wait long before the next login.
    BackOff,
    /// Trying again will not help.
    Final,
}

/// Decides a session that should have installed the app: the success line, and no error after it.
pub fn judge(events: &[Event], exit: Exit) -> Result<(), Failure> {
    without_end(exit)?;
    let mut verdict: Option<Result<(), Failure>> = None;
    for event in events {
        match event {
            Event::Success { app: APP, .. } => verdict = Some(Ok(())),
            // A success for another app is none, and a restart begins anew.
            Event::Restart => verdict = None,
            _ => {
                if let Some(failure) = named(event) {
                    // The first reason is the cause; what follows are its consequences.
                    if !matches!(verdict, Some(Err(_))) {
                        verdict = Some(Err(failure));
                    }
                }
            }
        }
    }
    match (verdict, exit) {
        (_, Exit::Unanswered) => Err(Failure::PromptUnanswered),
        (_, Exit::Stalled(seconds)) => match ends_at_prompt(events) {
            true => Err(Failure::PromptUnanswered),
            false => Err(Failure::Stalled(seconds)),
        },
        (Some(verdict), _) => verdict,
        (None, exit) => Err(unnamed(exit)),
    }
}

/// Decides a run without an app update (the self-update alone).
pub fn judge_bootstrap(events: &[Event], exit: Exit) -> Result<(), Failure> {
    without_end(exit)?;
    if let Some(failure) = events.iter().find_map(named) {
        return Err(failure);
    }
    match exit {
        Exit::Code(0) => Ok(()),
        Exit::Stalled(seconds) => Err(Failure::Stalled(seconds)),
        exit => Err(unnamed(exit)),
    }
}

/// Whatever it said: its words are no more to be believed than its end.
fn without_end(exit: Exit) -> Result<(), Failure> {
    match exit {
        Exit::Overran(seconds) => Err(Failure::Overran(seconds)),
        Exit::Flooded(bytes) => Err(Failure::Flooded(bytes)),
        _ => Ok(()),
    }
}

fn ends_at_prompt(events: &[Event]) -> bool {
    matches!(events.last(), Some(Event::Prompt(_) | Event::ConfirmInApp))
}

fn named(event: &Event) -> Option<Failure> {
    match event {
        Event::BootstrapFatal(text) => Some(Failure::Bootstrap(text.clone())),
        Event::StateAfterUpdate(state) => Some(Failure::State(*state)),
        Event::LoginFailed(reason) => Some(login(reason)),
        Event::InstallFailed { reason, .. } => Some(match reason.to_ascii_lowercase().as_str() {
            "invalid platform" => Failure::InvalidPlatform,
            "missing configuration" => Failure::MissingConfiguration,
            "no subscription" => Failure::NoSubscription,
            "disk write failure" => Failure::DiskWrite,
            "no connection" | "timeout" | "timed out" => Failure::Connection(reason.clone()),
            _ => Failure::Refused(reason.clone()),
        }),
        Event::Error(text) if text.contains("AppInfo") => Some(Failure::Connection(text.clone())),
        _ => None,
    }
}

fn login(reason: &str) -> Failure {
    let low = reason.to_ascii_lowercase();
    if low.contains("rate limit") || low.contains("throttle") {
        Failure::RateLimit
    } else if low.contains("waiting for confirmation") {
        Failure::Login(reason.to_owned())
    } else if [
        "no connection",
        "timed out",
        "timeout",
        "not logged on",
        "service unavailable",
        "try another cm",
    ]
    .iter()
    .any(|word| low.contains(word))
    {
        Failure::Connection(reason.to_owned())
    } else {
        Failure::Login(reason.to_owned())
    }
}

fn unnamed(exit: Exit) -> Failure {
    const SIGABRT: i32 = 6;
    const SIGSEGV: i32 = 11;
    match exit {
        Exit::Code(126) => Failure::NotExecutable,
        Exit::Code(127) => Failure::LoaderMissing,
        Exit::Code(254) => Failure::Bootstrap("the client could not update itself".into()),
        Exit::Code(134) | Exit::Signal(SIGABRT) => Failure::Crashed(SIGABRT),
        Exit::Code(139) | Exit::Signal(SIGSEGV) => Failure::Crashed(SIGSEGV),
        Exit::Code(3 | 10) => Failure::Connection("no connection to Steam".into()),
        Exit::Code(5) => Failure::Login("login failed".into()),
        Exit::Code(63) => Failure::Login("a Steam Guard code is required".into()),
        Exit::Code(code @ 129..=159) => Failure::Interrupted(code - 128),
        Exit::Code(code) => Failure::Silent(code),
        Exit::Signal(signal) => Failure::Interrupted(signal),
        Exit::Stalled(seconds) => Failure::Stalled(seconds),
        Exit::Overran(seconds) => Failure::Overran(seconds),
        Exit::Flooded(bytes) => Failure::Flooded(bytes),
        Exit::Unanswered => Failure::PromptUnanswered,
    }
}

impl Failure {
    /// What helps. Bits of an app state: SteamTracking's `EAppState`.
    pub fn class(&self) -> Class {
        match self {
            Failure::InvalidPlatform => Class::WindowsFirst,
            Failure::MissingConfiguration => Class::Retry(5),
            Failure::Connection(_) | Failure::Bootstrap(_) | Failure::Stalled(_) => Class::Retry(5),
            Failure::Silent(_) => Class::Retry(3),
            Failure::Crashed(_) => Class::Retry(2),
            Failure::Refused(_) => Class::Retry(1),
            Failure::NoProof(_) => Class::Validate,
            Failure::RateLimit => Class::BackOff,
            Failure::State(state) => match state {
                0x202 | 0x212 => Class::Final,
                0x2 | 0x606 => Class::Retry(1),
                0x626 | 0x6a6 => Class::Validate,
                _ => Class::Retry(5),
            },
            Failure::NoSubscription
            | Failure::DiskWrite
            | Failure::Login(_)
            | Failure::PromptUnanswered
            | Failure::LoaderMissing
            | Failure::NotExecutable
            | Failure::Overran(_)
            | Failure::Flooded(_)
            | Failure::Interrupted(_) => Class::Final,
        }
    }

    /// What the operator can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Failure::InvalidPlatform | Failure::MissingConfiguration => {
                "run it again later, or log in with an account that owns Left 4 Dead 2: --login USER"
            }
            Failure::NoSubscription => "log in with an account that owns Left 4 Dead 2: --login USER",
            Failure::DiskWrite | Failure::State(0x606) => {
                "check free space, quota and that the runtime user may write to the installation"
            }
            Failure::State(0x202 | 0x212) => {
                "free disk space (15 GB are enough) and run it again; it resumes"
            }
            Failure::State(_) | Failure::Connection(_) => {
                "check the network (outgoing TCP 80 and 443, 27015-27050) and run it again; it resumes"
            }
            Failure::Bootstrap(_) => {
                "SteamCMD needs outgoing HTTP (port 80) and HTTPS to Valve; its bootstrap_log.txt has the reason"
            }
            Failure::RateLimit => "wait half an hour; every further login makes it longer",
            Failure::Login(_) => "check the account's name, password and Steam Guard code",
            Failure::PromptUnanswered => {
                "run it once on a terminal with --login USER; the login is then kept"
            }
            Failure::LoaderMissing => "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
            Failure::NotExecutable => "the file system of LEFT4ME_ROOT must not be mounted noexec",
            Failure::Crashed(_) | Failure::Silent(_) | Failure::Refused(_) => {
                "run it again; if it stays, the transcript shows what SteamCMD said"
            }
            Failure::Stalled(_) => "check the network and run it again; it resumes",
            Failure::Overran(_) => "run it again; it resumes",
            Failure::Flooded(_) => "sudo left4me-setup steamcmd install --force",
            Failure::Interrupted(_) => "run it again; it resumes",
            Failure::NoProof(_) => "run `left4me-setup game install` again; it validates and repairs",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::InvalidPlatform => {
                write!(f, "Steam shows this login no Linux version (Invalid platform)")
            }
            Failure::MissingConfiguration => {
                write!(f, "Steam sent no data for the game (Missing configuration)")
            }
            Failure::NoSubscription => write!(f, "the account does not own the game (No subscription)"),
            Failure::DiskWrite => write!(f, "SteamCMD could not write to the disk (Disk write failure)"),
            Failure::Refused(reason) => write!(f, "Steam refused the installation ({reason})"),
            Failure::State(state @ (0x202 | 0x212)) => write!(f, "the disk is full (app state 0x{state:X})"),
            Failure::State(0x606) => write!(f, "SteamCMD could not write its files (app state 0x606)"),
            Failure::State(state @ (0x626 | 0x6a6)) => {
                write!(f, "game files are missing or damaged (app state 0x{state:X})")
            }
            Failure::State(state) => write!(f, "the update did not complete (app state 0x{state:X})"),
            Failure::Connection(reason) => write!(f, "no working connection to Steam ({reason})"),
            Failure::RateLimit => write!(f, "Steam limits the rate of logins from here"),
            Failure::Login(reason) => write!(f, "Steam refused the login ({reason})"),
            Failure::PromptUnanswered => write!(f, "SteamCMD asks for a password or code that was not given"),
            Failure::Bootstrap(text) => write!(f, "SteamCMD could not update itself ({text})"),
            Failure::LoaderMissing => write!(f, "SteamCMD cannot start: the 32-bit loader is missing"),
            Failure::NotExecutable => write!(f, "SteamCMD cannot be executed"),
            Failure::Crashed(signal) => write!(f, "SteamCMD crashed ({})", signal_name(*signal)),
            Failure::Stalled(seconds) => write!(f, "SteamCMD made no progress for {seconds} s and was ended"),
            Failure::Overran(seconds) => {
                write!(f, "SteamCMD ran for {} hours and was ended", seconds / 3600)
            }
            Failure::Flooded(bytes) => {
                write!(f, "SteamCMD printed more than {} MiB and was ended", bytes >> 20)
            }
            Failure::Interrupted(signal) => write!(f, "SteamCMD was interrupted ({})", signal_name(*signal)),
            Failure::Silent(code) => {
                write!(f, "SteamCMD ended (exit code {code}) without installing the game")
            }
            Failure::NoProof(missing) => write!(f, "SteamCMD reported success, but {missing}"),
        }
    }
}
