//! The account that SteamCMD logs in with, and the answers to its prompts.

use super::secret::Secret;
use crate::output::Prompt;
use left4me::report::Reporter;
use left4me::{Error, Result, printable};
use std::cell::Cell;
use std::fs::File;
use std::os::fd::BorrowedFd;
use std::path::Path;

/// A Steam account.
#[derive(Debug, Clone)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// From a file or credential; else it is asked for on the terminal.
    pub password: Option<Secret>,
    /// SteamCMD has logged in as this user here before, and so keeps a token.
    pub has_token: bool,
}

/// How often a prompt is put to the operator again after a wrong answer.
const RETRIES: u32 = 3;

impl Login {
    /// Validates a user name, which becomes an argument of SteamCMD, and reads the password's file.
    pub fn new(user: &str, file: Option<&Path>, credentials: Option<&Path>) -> Result<Login> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '-');
        if user.is_empty() || user.len() > 64 || user.starts_with('-') || !user.chars().all(plain) {
            return Err(Error::usage(format!("'{}' is no Steam account", printable::bounded(user, 64)))
                .hint("the account's name, not the name that players see"));
        }
        if user == "anonymous" {
            return Err(Error::usage("'anonymous' needs no --login").hint("leave --login out"));
        }
        let credential = credentials.map(|dir| dir.join("steam-password")).filter(|path| path.exists());
        let password = match (file, credential) {
            (Some(file), _) => Some(Secret::from_file(file)?),
            (None, Some(credential)) => Some(Secret::from_credential(&credential)?),
            (None, None) => None,
        };
        Ok(Login { user: user.to_owned(), password, has_token: false })
    }
}

/// Answers the prompts of all sessions of one install.
pub struct Answers<'a> {
    login: Option<&'a Login>,
    terminal: Option<File>,
    reporter: &'a dyn Reporter,
    asked: Cell<u32>,
    typed: Cell<bool>,
}

impl<'a> Answers<'a> {
    /// Fails at once if SteamCMD would ask for a password that nobody can type.
    pub fn new(login: Option<&'a Login>, reporter: &'a dyn Reporter) -> Result<Answers<'a>> {
        let terminal = match login {
            Some(_) => File::options().read(true).write(true).open("/dev/tty").ok(),
            None => None,
        };
        Answers::with(login, reporter, terminal)
    }

    /// The same, with this terminal to ask on.
    pub fn with(
        login: Option<&'a Login>,
        reporter: &'a dyn Reporter,
        terminal: Option<File>,
    ) -> Result<Answers<'a>> {
        if let Some(login) = login
            && login.password.is_none()
            && terminal.is_none()
            && !login.has_token
        {
            return Err(Error::new(format!(
                "there is no terminal to ask for the password of {} on",
                login.user
            ))
            .hint(
                "--password-file FILE, the systemd credential steam-password, or log in once on a terminal",
            ));
        }
        Ok(Answers { login, terminal, reporter, asked: Cell::new(0), typed: Cell::new(false) })
    }

    /// SteamCMD's arguments that log in.
    pub fn arguments(&self) -> Vec<String> {
        let user = self.login.map_or("anonymous", |login| login.user.as_str());
        let mut arguments = Vec::new();
        if self.login.is_some_and(|l| l.password.is_none()) && self.terminal.is_none() {
            // A kept login that has expired is then an error and not a question.
            arguments.extend(["+@NoPromptForPassword".to_owned(), "1".to_owned()]);
        }
        arguments.extend(["+login".to_owned(), user.to_owned()]);
        arguments
    }

    /// The answer to one prompt, if there is one.
    pub fn answer(&self, prompt: Prompt, stop: BorrowedFd) -> Result<Option<Secret>> {
        let Some(login) = self.login else { return Ok(None) };
        if let (Prompt::Password, Some(password)) = (prompt, &login.password) {
            // A second prompt means that it was wrong.
            return Ok((!self.typed.replace(true)).then(|| password.clone()));
        }
        let Some(terminal) = &self.terminal else { return Ok(None) };
        self.asked.set(self.asked.get() + 1);
        if self.asked.get() > RETRIES * 2 {
            return Ok(None);
        }
        let question = match prompt {
            Prompt::Password => format!("Steam password of {}: ", login.user),
            Prompt::GuardCode => format!("Steam Guard code for {} (from the e-mail): ", login.user),
            Prompt::TwoFactorCode => format!("Steam Guard code for {} (from the app): ", login.user),
        };
        let mut terminal =
            terminal.try_clone().map_err(|e| Error::new(format!("cannot ask on the terminal: {e}")))?;
        let mut answer = Ok(None);
        self.reporter.suspend(&mut || answer = Secret::ask(&mut terminal, &question, stop));
        answer
    }

    /// A new session may be asked for the same password again.
    pub fn new_session(&self) {
        self.typed.set(false);
    }
}
