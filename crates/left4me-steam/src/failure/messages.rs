//! Each failure as a sentence, and what the operator can do.

use super::{Failure, Refusal};
use crate::output::Cause;
use left4me::child::signal_name;
use std::fmt;

impl Failure {
    /// What the operator can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Failure::InvalidPlatform | Failure::MissingConfiguration => {
                "run it again later, or log in with an account that owns Left 4 Dead 2: --login USER"
            }
            Failure::NoSubscription => "log in with an account that owns Left 4 Dead 2: --login USER",
            Failure::Permissions => "sudo left4me-setup apply repairs owner and mode; then run it again",
            Failure::DiskWrite => {
                "check free space, quota and that the runtime user may write to the installation"
            }
            Failure::State { state, .. } if state.is_unwritable() => {
                "check free space, quota and that the runtime user may write to the installation"
            }
            Failure::State { state, .. } if state.is_disk_full() => {
                "free disk space (15 GB are enough) and run it again; it resumes"
            }
            Failure::State { state, .. } if state.is_damaged() => "sudo left4me-setup game verify --repair",
            Failure::State { state, moved: false } if state.is_paused() => {
                "check that the installation belongs to the runtime user (sudo left4me-setup apply repairs it), \
                 then the network"
            }
            Failure::State { state, moved: false } if state.wants_update() => {
                "run it again later, or log in with an account that owns Left 4 Dead 2: --login USER"
            }
            Failure::State { .. } | Failure::Connection(_) => {
                "check the network (outgoing TCP 80 and 443, 27015-27050) and run it again; it resumes"
            }
            Failure::NotStarted => "run it again in a few minutes; nothing was changed",
            Failure::Bootstrap(_) => {
                "SteamCMD needs outgoing HTTP (port 80) and HTTPS to Valve; its bootstrap_log.txt has the reason"
            }
            Failure::BootstrapDisk(_) => {
                "free disk space on the file system of LEFT4ME_ROOT and run it again"
            }
            Failure::Cause(Cause::LargeFileSystem) => {
                "put LEFT4ME_ROOT on a smaller file system, or set a quota below 16 TB on this one (zfs set refquota)"
            }
            Failure::Cause(Cause::WebPage) => {
                "a proxy or a login page is between this host and Steam; let it through, or set http_proxy"
            }
            Failure::Cause(Cause::NoThreads) => {
                "raise the limits of the service or container that runs this (TasksMax=, pids.max, seccomp)"
            }
            Failure::RateLimit => "wait half an hour; every further login makes it longer",
            Failure::Login(refusal, _) => refusal.remedy(),
            Failure::PromptUnanswered => {
                "run it once on a terminal with --login USER; the login is then saved"
            }
            Failure::LoaderMissing => "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
            Failure::NotExecutable => "the file system of LEFT4ME_ROOT must not be mounted noexec",
            Failure::Crashed(_) | Failure::Unexplained(_) | Failure::Refused(_) => {
                "run it again; if it fails again, the transcript shows what SteamCMD printed"
            }
            Failure::Stalled(_) => "check the network and run it again; it resumes",
            Failure::TimedOut(_) => "run it again; it resumes",
            Failure::OutputLimit(_) => "sudo left4me-setup steamcmd install --force",
            Failure::Interrupted(_) => "run it again; it resumes",
            Failure::NotVerified(_) => "run `left4me-setup game install` again; it validates and repairs",
            Failure::OldBuild { .. } => "run it again later; Steam may still be publishing this build",
        }
    }
}

impl Refusal {
    fn remedy(self) -> &'static str {
        match self {
            Refusal::CodeMailed => {
                "Steam has sent a code by e-mail: run it on a terminal with --login USER and type that code"
            }
            Refusal::CodeNeeded => {
                "run it on a terminal with --login USER and type the code that the Steam app shows"
            }
            Refusal::CodeWrong => {
                "run it again and type the newest code: the next one in the app, or the one in the last e-mail"
            }
            Refusal::Unconfirmed => {
                "run it again when somebody can confirm it in the Steam app; each run sends one request"
            }
            Refusal::NotKept => "run it once on a terminal with --login USER; the login is then saved",
            Refusal::Other => {
                "check the account's name and password; a saved login that has expired fails like this too"
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::InvalidPlatform => {
                write!(f, "Steam offers this login no Linux version (Invalid platform)")
            }
            Failure::MissingConfiguration => {
                write!(f, "Steam sent no data for the game (Missing configuration)")
            }
            Failure::NoSubscription => write!(f, "the account does not own the game (No subscription)"),
            Failure::DiskWrite => write!(f, "SteamCMD could not write to the disk (Disk write failure)"),
            Failure::Permissions => {
                write!(
                    f,
                    "SteamCMD may not write to its own files or the installation (Missing file permissions)"
                )
            }
            Failure::Refused(reason) => write!(f, "Steam refused the installation ({reason})"),
            Failure::State { state, .. } if state.is_damaged() => {
                write!(f, "game files are missing or damaged ({state})")
            }
            Failure::State { state, .. } if state.is_disk_full() => {
                write!(f, "the update was paused, usually because the disk is full ({state})")
            }
            Failure::State { state, .. } if state.is_unwritable() => {
                write!(f, "SteamCMD could not write its files ({state})")
            }
            Failure::State { state, moved: false } if state.wants_update() => {
                write!(
                    f,
                    "Steam no longer serves the installed build, so that its update cannot begin ({state})"
                )
            }
            Failure::State { state, moved: false } => write!(f, "the update did not begin ({state})"),
            Failure::State { state, moved: true } => write!(f, "the update did not complete ({state})"),
            Failure::NotStarted => {
                write!(f, "the update did not start (Timed out waiting for update to start)")
            }
            Failure::Connection(reason) => write!(f, "no working connection to Steam ({reason})"),
            Failure::RateLimit => write!(f, "Steam limits the rate of logins from this address"),
            Failure::Login(Refusal::CodeMailed, reason) => {
                write!(f, "Steam wants the code that it has sent by e-mail ({reason})")
            }
            Failure::Login(Refusal::CodeNeeded, reason) => {
                write!(f, "Steam wants a code from the Steam app ({reason})")
            }
            Failure::Login(Refusal::CodeWrong, reason) => {
                write!(f, "Steam did not accept the code ({reason})")
            }
            Failure::Login(Refusal::Unconfirmed, reason) => {
                write!(f, "nobody confirmed the login in the Steam app ({reason})")
            }
            Failure::Login(Refusal::NotKept | Refusal::Other, reason) => {
                write!(f, "Steam refused the login ({reason})")
            }
            Failure::PromptUnanswered => write!(f, "SteamCMD asks for a password or code that was not given"),
            Failure::Bootstrap(text) => write!(f, "SteamCMD could not update itself ({text})"),
            Failure::BootstrapDisk(text) => write!(f, "SteamCMD has no room to update itself ({text})"),
            Failure::Cause(Cause::LargeFileSystem) => {
                write!(f, "the file system is too large for SteamCMD, a 32-bit program (statvfs64: errno 75)")
            }
            Failure::Cause(Cause::WebPage) => write!(f, "a web page answered instead of Steam"),
            Failure::Cause(Cause::NoThreads) => write!(f, "SteamCMD could not start a thread"),
            Failure::LoaderMissing => write!(f, "SteamCMD cannot start: the 32-bit loader is missing"),
            Failure::NotExecutable => write!(f, "SteamCMD cannot be executed"),
            Failure::Crashed(signal) => write!(f, "SteamCMD crashed ({})", signal_name(*signal)),
            Failure::Stalled(seconds) => write!(f, "SteamCMD made no progress for {seconds} s and was ended"),
            Failure::TimedOut(seconds) => {
                write!(f, "SteamCMD ran for {} hours and was ended", seconds / 3600)
            }
            Failure::OutputLimit(bytes) => {
                write!(f, "SteamCMD printed more than {} MiB and was ended", bytes >> 20)
            }
            Failure::Interrupted(signal) => write!(f, "SteamCMD was interrupted ({})", signal_name(*signal)),
            Failure::Unexplained(code) => {
                write!(f, "SteamCMD ended (exit code {code}) without installing the game")
            }
            Failure::NotVerified(missing) => write!(f, "SteamCMD reported success, but {missing}"),
            Failure::OldBuild { installed, offered } => {
                write!(
                    f,
                    "SteamCMD reported success, but build {installed} is installed and Steam offers {offered}"
                )
            }
        }
    }
}
