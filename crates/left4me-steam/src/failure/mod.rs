//! What went wrong in a SteamCMD session, in plain words, and what helps.
//!
//! The table comes from public logs. Exit codes alone prove nothing (SteamCMD exits with 0 after failures too), so
//! its messages decide, and the exit code counts only if there was no message.

mod login;
mod messages;

use crate::output::{Cause, Event};
use left4me::app_state::AppState;

pub use login::Refusal;

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
    TimedOut(u64),
    /// We ended it: it had printed that many bytes.
    OutputLimit(u64),
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
    /// Steam may not write where it has to.
    Permissions,
    /// Another reason in `Failed to install app`.
    Refused(String),
    /// `state is 0x… after update job`.
    State {
        /// What the state's bits say.
        state: AppState,
        /// Anything was downloaded, staged or even reserved before.
        moved: bool,
    },
    /// `Timed out waiting for update to start`; a "Success!" after it is false.
    NotStarted,
    /// No connection to Steam, or it broke.
    Connection(String),
    /// Too many logins from here.
    RateLimit,
    /// The login was refused, or needs something only a person has.
    Login(Refusal, String),
    /// It waits for a password or code that it was not given.
    PromptUnanswered,
    /// The client could not update itself.
    Bootstrap(String),
    /// The client has no room to update itself.
    BootstrapDisk(String),
    /// Something on this host or on the way to Steam, which the failure that follows does not name.
    Cause(Cause),
    /// The 32-bit loader is missing (exit 127).
    LoaderMissing,
    /// The script or the client cannot be executed (exit 126).
    NotExecutable,
    /// The client crashed with this signal.
    Crashed(i32),
    /// Nothing moved for that many seconds.
    Stalled(u64),
    /// It ran for this many seconds and did not end.
    TimedOut(u64),
    /// It printed this many bytes, which no healthy SteamCMD does.
    OutputLimit(u64),
    /// Ended by a signal from outside.
    Interrupted(i32),
    /// It ended without saying that the game is installed; its exit code.
    Unexplained(i32),
    /// It said "Success", but the tree does not hold the game: what is missing.
    NotVerified(String),
    /// It said "Success", but the build is the old one.
    OldBuild {
        /// What is installed.
        installed: String,
        /// What Steam offers.
        offered: String,
    },
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Install by a detour: a seeded manifest, then the Windows files first.
    Detour,
    /// Try again, up to that many times; a download resumes.
    Retry(u32),
    /// Try again with `validate`.
    Validate,
    /// Try again once, then without Steam's manifest.
    ReplaceManifest,
    /// Wait long before the next login.
    BackOff,
    /// Trying again will not help.
    Final,
}

impl Failure {
    /// The failure that one message of SteamCMD's means, if any. `confirming`: it waits for somebody to
    /// confirm the login in the app. `moved`: some of the update was already under way.
    pub(super) fn from_event(event: &Event, confirming: bool, moved: bool) -> Option<Failure> {
        Some(match event {
            Event::BootstrapFatal(text) if text.contains("free disk space") => {
                Failure::BootstrapDisk(text.clone())
            }
            Event::BootstrapFatal(text) => Failure::Bootstrap(text.clone()),
            Event::StateAfterUpdate(bits) => Failure::State { state: AppState(*bits), moved },
            Event::ConfirmationTimedOut => Failure::Login(Refusal::Unconfirmed, "it timed out".into()),
            Event::LoginFailed(reason) => login::failure(reason, confirming),
            Event::InstallFailed { reason, .. } => match reason.to_ascii_lowercase().as_str() {
                "invalid platform" => Failure::InvalidPlatform,
                "missing configuration" => Failure::MissingConfiguration,
                "no subscription" => Failure::NoSubscription,
                "disk write failure" => Failure::DiskWrite,
                "missing file permissions" => Failure::Permissions,
                "no connection" | "timeout" | "timed out" => Failure::Connection(reason.clone()),
                _ => Failure::Refused(reason.clone()),
            },
            Event::Error(text) if text.contains("AppInfo") => Failure::Connection(text.clone()),
            _ => return None,
        })
    }

    /// The failure of a session that gave no reason.
    pub(super) fn from_exit(exit: Exit) -> Failure {
        const SIGABRT: i32 = 6;
        const SIGSEGV: i32 = 11;
        match exit {
            Exit::Code(126) => Failure::NotExecutable,
            Exit::Code(127) => Failure::LoaderMissing,
            Exit::Code(254) => Failure::Bootstrap("the client could not update itself".into()),
            Exit::Code(134) | Exit::Signal(SIGABRT) => Failure::Crashed(SIGABRT),
            Exit::Code(139) | Exit::Signal(SIGSEGV) => Failure::Crashed(SIGSEGV),
            Exit::Code(3 | 10) => Failure::Connection("no connection to Steam".into()),
            Exit::Code(5) => Failure::Login(Refusal::Other, "login failed".into()),
            Exit::Code(63) => Failure::Login(Refusal::CodeMailed, "a Steam Guard code is required".into()),
            Exit::Code(code @ 129..=159) => Failure::Interrupted(code - 128),
            Exit::Code(code) => Failure::Unexplained(code),
            Exit::Signal(signal) => Failure::Interrupted(signal),
            Exit::Stalled(seconds) => Failure::Stalled(seconds),
            Exit::TimedOut(seconds) => Failure::TimedOut(seconds),
            Exit::OutputLimit(bytes) => Failure::OutputLimit(bytes),
            Exit::Unanswered => Failure::PromptUnanswered,
        }
    }

    /// What helps.
    pub fn class(&self) -> Class {
        match self {
            Failure::InvalidPlatform => Class::Detour,
            Failure::MissingConfiguration => Class::Retry(5),
            Failure::Connection(_) | Failure::Bootstrap(_) | Failure::Stalled(_) => Class::Retry(5),
            Failure::Unexplained(_) | Failure::NotStarted => Class::Retry(3),
            Failure::Crashed(_) => Class::Retry(2),
            Failure::Refused(_) => Class::Retry(1),
            Failure::NotVerified(_) | Failure::OldBuild { .. } => Class::Validate,
            Failure::RateLimit => Class::BackOff,
            Failure::State { state, moved } => class_of(*state, *moved),
            Failure::NoSubscription
            | Failure::DiskWrite
            | Failure::Permissions
            | Failure::Login(..)
            | Failure::PromptUnanswered
            | Failure::BootstrapDisk(_)
            | Failure::Cause(_)
            | Failure::LoaderMissing
            | Failure::NotExecutable
            | Failure::TimedOut(_)
            | Failure::OutputLimit(_)
            | Failure::Interrupted(_) => Class::Final,
        }
    }

    /// Whether it may come from writing into an overlay, which refuses what a plain file system allows. Whatever is
    /// the network's, the login's or Steam's own is not.
    pub fn may_be_the_overlays(&self) -> bool {
        match self {
            Failure::DiskWrite
            | Failure::Permissions
            | Failure::NotStarted
            | Failure::Crashed(_)
            | Failure::NotVerified(_) => true,
            Failure::State { state, .. } => state.is_unwritable() || state.is_damaged(),
            _ => false,
        }
    }

    /// Whether another kind of attempt may succeed. A fault of this host, the connection or the login affects
    /// all of them.
    pub fn is_refusal(&self) -> bool {
        match self {
            Failure::InvalidPlatform
            | Failure::MissingConfiguration
            | Failure::NoSubscription
            | Failure::Refused(_)
            | Failure::NotStarted
            | Failure::Unexplained(_)
            | Failure::Crashed(_)
            | Failure::NotVerified(_) => true,
            Failure::State { state, moved } => !moved && !state.is_disk_full() && !state.is_unwritable(),
            _ => false,
        }
    }
}

fn class_of(state: AppState, moved: bool) -> Class {
    if state.is_damaged() {
        Class::Validate
    } else if state.is_disk_full() {
        Class::Final
    } else if state.wants_update() && !moved {
        Class::ReplaceManifest
    } else if state.is_blank() || state.is_unwritable() || state.is_paused() && !moved {
        Class::Retry(1)
    } else {
        Class::Retry(5)
    }
}

#[cfg(test)]
pub(crate) mod tests;
