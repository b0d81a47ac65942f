//! A password or code: where it may come from, and that it goes nowhere but to SteamCMD's terminal.

use left4me::read::{self, Links};
use left4me::{Context, Error, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Never shown: not by `{:?}`, not in an error.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// No password is longer, and no terminal accepts a longer line.
const LONGEST: usize = 1024;

impl Secret {
    /// One line, without its end; nothing in it may be taken for a key that edits a line.
    fn from_bytes(mut bytes: Vec<u8>, whence: &str) -> Result<Secret> {
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.is_empty() || bytes.len() > LONGEST || bytes.iter().any(|b| b.is_ascii_control()) {
            return Err(Error::new(format!("{whence} holds no password")).hint("one line, and nothing else"));
        }
        Ok(Secret(bytes))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// From a file that nobody but root and the caller can have read.
    pub fn from_file(path: &Path) -> Result<Secret> {
        let shown = path.display();
        let mut file = open(path)?;
        let found = file.metadata().context(|| format!("cannot inspect {shown}"))?;
        let me = rustix::process::geteuid().as_raw();
        if !found.is_file() || (found.uid() != 0 && found.uid() != me) {
            return Err(Error::new(format!("{shown} is not a file of root or of yours"))
                .hint(format!("chown root: {shown}")));
        }
        if found.mode() & 0o077 != 0 {
            return Err(Error::new(format!("others can read {shown} (mode {:04o})", found.mode() & 0o7777))
                .hint(format!("chmod 0600 {shown}")));
        }
        Secret::read(&mut file, &shown.to_string())
    }

    /// From a credential of systemd, which guards it in its own way.
    pub fn from_credential(path: &Path) -> Result<Secret> {
        Secret::read(&mut open(path)?, &path.display().to_string())
    }

    fn read(file: &mut File, whence: &str) -> Result<Secret> {
        let bytes = read::head(file, LONGEST as u64 + 3).context(|| format!("cannot read {whence}"))?;
        Secret::from_bytes(bytes, whence)
    }

    /// Asks on `terminal` without echo. `None`: `stop` became readable first.
    pub fn ask(terminal: &mut File, question: &str, stop: BorrowedFd) -> Result<Option<Secret>> {
        let cannot = || "cannot ask on the terminal".to_owned();
        let echo_off = EchoOff::new(terminal)?;
        let mut line = Vec::new();
        let mut shown = terminal.try_clone().context(cannot)?;
        shown.write_all(question.as_bytes()).context(cannot)?;
        let whole = loop {
            let mut fds =
                [PollFd::new(terminal.as_fd(), PollFlags::POLLIN), PollFd::new(stop, PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::NONE) {
                Ok(_) | Err(nix::Error::EINTR) => {}
                Err(e) => return Err(e).context(cannot),
            }
            if fds[1].revents().is_some_and(|r| !r.is_empty()) {
                break false;
            }
            let mut buffer = [0u8; LONGEST];
            let count = shown.read(&mut buffer).context(cannot)?;
            line.extend_from_slice(&buffer[..count]);
            if count == 0 || line.ends_with(b"\n") {
                break true;
            }
        };
        drop(echo_off);
        shown.write_all(b"\n").context(cannot)?;
        whole.then(|| Secret::from_bytes(line, "the answer")).transpose()
    }
}

fn open(path: &Path) -> Result<File> {
    let file = read::open(path, Links::Refuse).context(|| format!("cannot open {}", path.display()))?;
    Ok(file.into())
}

/// A terminal without echo, until it goes out of scope.
struct EchoOff {
    terminal: File,
    before: Termios,
}

impl EchoOff {
    fn new(terminal: &File) -> Result<EchoOff> {
        let cannot = || "cannot turn off the terminal's echo".to_owned();
        let before = tcgetattr(terminal).context(cannot)?;
        let mut mode = before.clone();
        mode.local_modes -= LocalModes::ECHO;
        tcsetattr(terminal, OptionalActions::Flush, &mode).context(cannot)?;
        Ok(EchoOff { terminal: terminal.try_clone().context(cannot)?, before })
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Strikes out secrets in a stream of bytes, however it is split.
#[derive(Debug, Default)]
pub struct Scrubber {
    secrets: Vec<Secret>,
    /// The end of the stream so far, which may be the beginning of a secret.
    held: Vec<u8>,
}

impl Scrubber {
    pub fn add(&mut self, secret: &Secret) {
        self.secrets.push(secret.clone());
    }

    /// The bytes that can be passed on.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.secrets.is_empty() {
            return bytes.to_vec();
        }
        self.held.extend_from_slice(bytes);
        let mut clean = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while at < self.held.len() {
            let rest = &self.held[at..];
            if let Some(found) = self.secrets.iter().find(|s| rest.starts_with(&s.0)) {
                clean.extend_from_slice(b"***");
                at += found.0.len();
            } else if self.secrets.iter().any(|s| s.0.starts_with(rest)) {
                break;
            } else {
                clean.push(rest[0]);
                at += 1;
            }
        }
        self.held.drain(..at);
        clean
    }

    /// The bytes that were held back, once nothing more follows.
    pub fn flush(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}
