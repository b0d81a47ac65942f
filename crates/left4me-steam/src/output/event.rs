//! What SteamCMD's messages are about.

/// A message of SteamCMD's that matters.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The client updates itself before it does anything else.
    Bootstrap {
        /// What it is doing, in its own words.
        phase: String,
        /// Whole percent, when it says so.
        percent: Option<u8>,
        /// KiB done and to do, when it says so.
        kib: Option<(u64, u64)>,
    },
    /// The client could not update itself; nearly always "needs to be online".
    BootstrapFatal(String),
    /// The client runs; its version number.
    Client(String),
    /// The start script runs the client again after a self-update (exit code 42).
    Restart,
    /// The connection to Steam is being tried again.
    Retrying,
    /// The account's data is there; commands can be run.
    LoggedIn,
    /// A login or connection step was refused, with Steam's reason.
    LoginFailed(String),
    /// It waits for input; no newline follows a prompt.
    Prompt(Prompt),
    /// A confirmation in the Steam mobile app is awaited.
    ConfirmInApp,
    /// Nobody gave that confirmation.
    ConfirmationTimedOut,
    /// Progress of an app update.
    Update {
        /// `EAppUpdateState` bits.
        state: u32,
        /// The phase in SteamCMD's words, such as "downloading".
        phase: String,
        /// Hundredths of a percent, 0 to 10000.
        basis_points: u16,
        /// Bytes done.
        done: u64,
        /// Bytes to do; 0 when not known yet.
        total: u64,
    },
    /// `Success! App 'N' …`; `already` when there was nothing to do.
    Success {
        /// The app's number.
        app: u32,
        /// It was up to date before.
        already: bool,
    },
    /// `ERROR! Failed to install app 'N' (reason)`.
    InstallFailed {
        /// The app's number.
        app: u32,
        /// Steam's reason, such as "Invalid platform".
        reason: String,
    },
    /// `Error! App 'N' state is 0x… after update job.`
    StateAfterUpdate(u32),
    /// `Timed out waiting for update to start`: what is printed after it is meaningless.
    NotStarted,
    /// Something that explains a failure, but is not one by itself.
    Mentioned(Cause),
    /// The whole answer to `app_info_print`.
    AppInfo {
        /// The app's number.
        app: u32,
        /// The build of the public branch, if the answer names one.
        build: Option<String>,
    },
    /// An error line of another form.
    Error(String),
}

/// What SteamCMD mentions in passing, and then fails for another reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The file system is too large for 32-bit figures.
    LargeFileSystem,
    /// A web page came instead of Steam's answer.
    WebPage,
    /// No thread could be started.
    NoThreads,
}

/// What SteamCMD asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// The account's password.
    Password,
    /// A Steam Guard code from an e-mail.
    GuardCode,
    /// A code from the mobile authenticator.
    TwoFactorCode,
}
