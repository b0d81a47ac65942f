//! What a tree of the game holds.

use super::LEFT_OUT;
use super::check;
use super::manifest::{Directory, File, Link};
use left4me::walk::{self, Entry, Next, Stat, Visitor};
use left4me::{Context, Error, Result, beneath, printable};
use rustix::fs::FileType;
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::Path;

/// The entries of a tree, each list in the order of paths; digests and offsets are empty.
#[derive(Debug, Default)]
pub struct Contents {
    /// All directories but the top.
    pub directories: Vec<Directory>,
    /// Symbolic links that stay in the tree.
    pub links: Vec<Link>,
    /// Regular files.
    pub files: Vec<File>,
    /// What is no part of an archive, and why.
    pub left_out: Vec<String>,
}

impl Contents {
    fn entries(&self) -> usize {
        self.directories.len() + self.links.len() + self.files.len() + self.left_out.len()
    }
}

/// Lists the tree below `top`, which the calling user must be able to read.
pub fn list(top: &OwnedFd) -> Result<Contents> {
    let opened = beneath::directory_to_list(top, "").map_err(std::io::Error::from);
    let opened = opened.context(|| "cannot read the game".into())?;
    let mut listing = Listing { contents: Contents::default(), result: Ok(()) };
    walk::walk(opened, (), &mut listing);
    listing.result?;
    let mut contents = listing.contents;
    contents.directories.sort_by(|a, b| a.path.cmp(&b.path));
    contents.links.sort_by(|a, b| a.path.cmp(&b.path));
    contents.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(contents)
}

struct Listing {
    contents: Contents,
    result: Result<()>,
}

impl Listing {
    fn add(&mut self, path: &str, entry: &Entry, stat: &Stat) -> rustix::io::Result<Next<()>> {
        let contents = &mut self.contents;
        let path = path.to_owned();
        match stat.kind() {
            FileType::Directory => {
                contents.directories.push(Directory { path, mode: stat.permissions() & 0o777 | 0o700 });
                return Ok(Next::Enter(()));
            }
            FileType::RegularFile => {
                let mode = stat.permissions() & 0o777 | 0o400;
                contents.files.push(File {
                    path,
                    mode,
                    size: stat.length(),
                    sha256: String::new(),
                    offset: 0,
                });
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(entry.directory, entry.name, Vec::new())?;
                match target.to_str().ok().filter(|target| check::target(&path, target).is_ok()) {
                    Some(target) => contents.links.push(Link { path, target: target.to_owned() }),
                    None => self.leave_out(&path, "is a link that leads out of the game"),
                }
            }
            _ => self.leave_out(&path, "is no file"),
        }
        Ok(Next::Skip)
    }

    fn leave_out(&mut self, path: &str, why: &str) {
        self.contents.left_out.push(format!("{} {why}", printable::bounded(path, 200)));
    }

    fn fail(&mut self, error: Error) -> Next<()> {
        self.result = Err(error);
        Next::Stop
    }
}

impl Visitor for Listing {
    type Data = ();

    fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
        let Some(path) = entry.path.to_str().filter(|path| check::path(path).is_ok()) else {
            let shown = printable::line_of_bytes(entry.path.as_os_str().as_encoded_bytes());
            return self.fail(Error::new(format!("the game holds a path that no archive can hold: {shown}")));
        };
        if LEFT_OUT.contains(&path) {
            return Next::Skip;
        }
        if self.contents.entries() == check::MAX_ENTRIES {
            // Its owner can make more than there is memory for.
            let most = check::MAX_ENTRIES;
            return self.fail(Error::new(format!(
                "the game has more than {most} entries, the most that an archive holds"
            )));
        }
        let added = entry.stat().and_then(|stat| {
            if stat.is_mount_point() { Err(Errno::XDEV) } else { self.add(path, entry, &stat) }
        });
        added.unwrap_or_else(|cause| self.fail(cannot_read("read", entry.path, cause)))
    }

    fn failed(&mut self, verb: &str, path: &Path, cause: Errno) -> ControlFlow<()> {
        self.result = Err(cannot_read(verb, path, cause));
        ControlFlow::Break(())
    }
}

fn cannot_read(verb: &str, path: &Path, cause: Errno) -> Error {
    let shown = printable::line_of_bytes(path.as_os_str().as_encoded_bytes());
    Error::new(format!("cannot {verb} {shown} of the game: {}", std::io::Error::from(cause)))
}
