//! The transcript of SteamCMD's sessions: the beginning and the end of each, however much was printed.

use left4me::host::Host;
use left4me::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How much of the beginning of a session is written; hours of a download need no more.
const HEAD: usize = 2 << 20;
/// How much of its end is written, where the reason for the end is.
const TAIL: usize = 256 << 10;
/// Kept transcripts of earlier installs.
const KEPT: usize = 4;

pub struct Transcript {
    file: File,
    /// What of [`HEAD`] is left.
    room: usize,
    /// The end of what had no room, and a little more.
    tail: Vec<u8>,
    /// How much had no room.
    overflow: u64,
}

impl Transcript {
    /// A new transcript below `LEFT4ME_ROOT`; the last ones are kept beside it as `.1` to `.4`.
    pub fn create(host: &Host) -> Result<(Transcript, PathBuf)> {
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

    pub fn new(file: File) -> Transcript {
        Transcript { file, room: HEAD, tail: Vec::new(), overflow: 0 }
    }

    /// Writes what SteamCMD printed.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let (fits, rest) = bytes.split_at(bytes.len().min(self.room));
        self.room -= fits.len();
        self.write(fits)?;
        self.overflow += rest.len() as u64;
        self.tail.extend_from_slice(rest);
        // Not at every call: most of it would be moved each time.
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
        Ok(())
    }

    /// Writes a line of our own.
    pub fn note(&mut self, text: &str) -> Result<()> {
        self.write(format!("\n--- left4me-setup: {text}\n").as_bytes())
    }

    /// Ends a session; the next one has room anew.
    pub fn end(&mut self, how: &str) -> Result<()> {
        let tail = std::mem::take(&mut self.tail);
        let tail = &tail[tail.len().saturating_sub(TAIL)..];
        let left_out = std::mem::take(&mut self.overflow) - tail.len() as u64;
        if left_out > 0 {
            self.note(&format!("{left_out} bytes are left out here"))?;
        }
        self.write(tail)?;
        self.room = HEAD;
        self.note(how)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).context(|| "cannot write SteamCMD's transcript".into())
    }
}

fn rotate(path: &Path) -> std::io::Result<()> {
    let numbered = |n: usize| match n {
        0 => path.to_owned(),
        n => PathBuf::from(format!("{}.{n}", path.display())),
    };
    for n in (0..KEPT).rev() {
        match std::fs::rename(numbered(n), numbered(n + 1)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    fn written(sessions: &[&[u8]]) -> Vec<u8> {
        let mut file = tempfile::tempfile().unwrap();
        let mut transcript = Transcript::new(file.try_clone().unwrap());
        for session in sessions {
            session.chunks(4000).for_each(|chunk| transcript.add(chunk).unwrap());
            transcript.end("ended").unwrap();
        }
        let mut text = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn what_is_short_is_there_whole() {
        assert_eq!(
            written(&[b"one\n", b""]),
            b"one\n\n--- left4me-setup: ended\n\n--- left4me-setup: ended\n"
        );
        let full: Vec<u8> = (0..HEAD + TAIL).map(|n| (n % 251) as u8).collect();
        assert_eq!(written(&[&full]), [&full[..], b"\n--- left4me-setup: ended\n"].concat());
    }

    #[test]
    fn what_is_long_keeps_its_beginning_and_its_end_in_each_session() {
        let long: Vec<u8> = (0..9 * HEAD + 7).map(|n| (n % 251) as u8).collect();
        let left_out = long.len() - HEAD - TAIL;
        let mark = format!("\n--- left4me-setup: {left_out} bytes are left out here\n");
        let kept =
            [&long[..HEAD], mark.as_bytes(), &long[long.len() - TAIL..], b"\n--- left4me-setup: ended\n"]
                .concat();
        assert!(written(&[&long, &long]) == [&kept[..], &kept].concat());
    }
}
