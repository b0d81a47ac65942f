//! A resource is one thing on the host with a name. It can be inspected, which only reads, and
//! converged, which makes it what it should be and is safe to interrupt and to repeat.

mod directory;
mod file;
pub mod file_list;
mod game;
mod hardening;
mod leftover;
mod link;
mod owners;
mod predecessor;
mod record;
mod steamcmd;
mod sysctl;
mod units;
mod user;

pub use directory::Directory;
pub use file::File;
pub use game::Game;
pub use leftover::{Leftover, Mark};
pub use link::Link;
pub use owners::Owners;
pub use predecessor::{Moved, SetAside};
pub use record::Record;
pub use steamcmd::SteamCmd;
pub use sysctl::Sysctl;
pub use units::Units;
pub use user::User;

use crate::deployed;
use crate::state::State;
use left4me::host::Host;
use left4me::layout::RUNTIME_USER;
use left4me::report::Reporter;
use left4me::{Result, printable};
use serde::Serialize;

/// Everything that a host consists of; `desired.rs` lists the instances.
#[derive(Debug)]
pub enum Resource {
    User(User),
    Directory(Directory),
    File(File),
    Link(Link),
    Leftover(Leftover),
    SetAside(SetAside),
    Moved(Moved),
    Record(Record),
    Units(Units),
    Sysctl(Sysctl),
    SteamCmd(SteamCmd),
    Game(Game),
    Owners(Owners),
}

/// One attribute that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub attribute: String,
    pub is: String,
    pub want: String,
}

impl Difference {
    pub fn new(attribute: &str, is: impl Into<String>, want: impl Into<String>) -> Self {
        Difference { attribute: attribute.into(), is: is.into(), want: want.into() }
    }

    pub fn mode(is: u32, want: u32) -> Option<Self> {
        (is != want).then(|| Difference::new("mode", format!("{is:04o}"), format!("{want:04o}")))
    }
}

/// What an inspection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    InSync,
    /// Not there.
    Absent,
    /// There, but different.
    Differs(Vec<Difference>),
    /// A configuration file that an administrator changed: kept.
    Modified,
    /// Cannot be done here and now, for this reason; a later run will.
    Deferred(String),
}

impl Finding {
    /// In sync when there is no difference.
    pub fn of(differences: Vec<Difference>) -> Finding {
        match differences.is_empty() {
            true => Finding::InSync,
            false => Finding::Differs(differences),
        }
    }

    /// Whether `apply` would change something.
    pub fn is_pending(&self) -> bool {
        matches!(self, Finding::Absent | Finding::Differs(_))
    }
}

/// What became of a resource that shall go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    Removed,
    Absent,
    /// It stays, for this reason.
    Kept(String),
}

/// What converging may use besides the host itself.
pub struct Tools<'a> {
    pub reporter: &'a dyn Reporter,
    pub settings: &'a left4me_steam::settings::Settings,
    pub state: &'a mut State,
}

impl Resource {
    /// Unique, in the words of the plan: `file /etc/sudoers.d/left4me-setup`.
    pub fn name(&self) -> String {
        match self {
            Resource::User(_) => format!("user {RUNTIME_USER}"),
            Resource::Directory(d) => format!("directory {}", d.path.display()),
            Resource::File(f) => format!("file {}", f.path.display()),
            Resource::Link(l) => format!("link {}", l.path.display()),
            Resource::Leftover(l) => format!("leftover {}", l.path.display()),
            Resource::SetAside(s) => format!("predecessor's {}", s.path.display()),
            Resource::Moved(m) => format!("predecessor's {}", m.from.display()),
            Resource::Record(_) => format!("record {}", State::PATH),
            Resource::Units(_) => "systemd units".into(),
            Resource::Sysctl(_) => "kernel settings".into(),
            Resource::SteamCmd(_) => "SteamCMD".into(),
            Resource::Game(_) => "game Left 4 Dead 2".into(),
            Resource::Owners(_) => "owners".into(),
        }
    }

    /// Reads the host and says what differs. Changes nothing.
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        match self {
            Resource::User(r) => r.inspect(host),
            Resource::Directory(r) => r.inspect(host),
            Resource::File(r) => r.inspect(host),
            Resource::Link(r) => r.inspect(host),
            Resource::Leftover(r) => r.inspect(host),
            Resource::SetAside(r) => r.inspect(host),
            Resource::Moved(r) => r.inspect(host),
            Resource::Record(r) => r.inspect(host),
            Resource::Units(r) => r.inspect(host),
            Resource::Sysctl(r) => r.inspect(host),
            Resource::SteamCmd(r) => r.inspect(host),
            Resource::Game(r) => r.inspect(host),
            Resource::Owners(r) => r.inspect(),
        }
    }

    /// Makes it what it should be.
    pub fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        match self {
            Resource::User(r) => r.converge(host),
            Resource::Directory(r) => r.converge(host),
            Resource::File(r) => r.converge(host),
            Resource::Link(r) => r.converge(host),
            Resource::Leftover(r) => r.converge(host),
            Resource::SetAside(r) => r.converge(host),
            Resource::Moved(r) => r.converge(host),
            Resource::Record(r) => r.converge(host, tools),
            Resource::Units(r) => r.converge(host),
            Resource::Sysctl(r) => r.converge(host),
            Resource::SteamCmd(r) => r.converge(host, tools),
            Resource::Game(r) => r.converge(host, tools),
            // Deferred wherever it is in the list at all.
            Resource::Owners(_) => Ok(()),
        }
    }

    /// Takes it off the host again, when it is still as it was made.
    ///
    /// Of the state tree and what is in it nothing goes here: that is one tree, and one decision
    /// (`uninstall --purge`).
    pub fn remove(&self, host: &Host) -> Result<Removal> {
        match self {
            Resource::User(r) => r.remove(host),
            Resource::Directory(r) => r.remove(host),
            Resource::File(r) => r.remove(host),
            Resource::Link(r) => r.remove(host),
            Resource::Leftover(r) => r.remove(host),
            Resource::Record(_) => State::remove(host),
            Resource::Units(r) => r.remove(host),
            Resource::SetAside(r) => r.remove(host),
            Resource::Owners(_) | Resource::Moved(_) => Ok(Removal::Absent),
            Resource::Sysctl(_) if !host.is_running() => Ok(Removal::Absent),
            Resource::Sysctl(_) => {
                Ok(Removal::Kept("the running kernel has them until it boots again".into()))
            }
            Resource::SteamCmd(_) | Resource::Game(_) => Ok(Removal::Kept("it is part of the state".into())),
        }
    }

    /// Whether it is state: what a server's users made or 10 GB of download, and its owner.
    pub fn is_state(&self, host: &Host) -> bool {
        match self {
            Resource::User(_) | Resource::SteamCmd(_) | Resource::Game(_) => true,
            Resource::Directory(d) => d.inside_state || d.path == host.layout.root(),
            Resource::Link(l) => l.inside_state,
            _ => false,
        }
    }

    /// Why a host has it.
    pub fn why(&self) -> &'static str {
        match self {
            Resource::User(_) => "owns all state and runs SteamCMD and the servers; cannot log in",
            Resource::Directory(r) => r.why,
            Resource::File(r) => r.why,
            Resource::Link(r) => r.why,
            Resource::Leftover(l) => match l.mark {
                Mark::FirstLine => "it would outrank the unit that is right for this root",
                Mark::Text(_) => "the predecessor's bundle has this name for its own rules",
            },
            Resource::SetAside(_) => {
                "the predecessor's unit would be read instead of ours; a running server stays"
            }
            Resource::Moved(_) => "the predecessor's SteamCMD is used on; running servers keep their files",
            Resource::Record(_) => "what was downloaded and installed, and when",
            Resource::Units(_) => "the service manager must read the units again after they changed",
            Resource::Sysctl(_) => "the running kernel takes the values of the file at once",
            Resource::SteamCmd(_) => "Valve's downloader, the only way to the game; verified by its SHA-256",
            Resource::Owners(_) => "everything belongs to root but the state, which is left4me's",
            Resource::Game(_) => "the one installation of 10 GB that all instances share",
        }
    }

    /// What a person should know of it and `apply` does not change.
    pub fn notes(&self, host: &Host) -> Vec<String> {
        match self {
            Resource::User(r) => r.notes(host),
            Resource::Units(r) => r.notes(host),
            _ => self
                .rival(host)
                .map(|item| {
                    format!(
                        "the predecessor's bundle will undo this; remove its item {}",
                        printable::line(&item)
                    )
                })
                .into_iter()
                .collect(),
        }
    }

    /// The item of the predecessor's bundle that made it otherwise, and would again.
    pub fn rival(&self, host: &Host) -> Option<String> {
        match self {
            Resource::Link(r) => r.rival(host),
            Resource::SetAside(r) => r.rival(host),
            _ => None,
        }
    }

    /// The change of a file's content, line by line.
    pub fn diff(&self, host: &Host) -> Option<String> {
        match self {
            Resource::File(r) => r.diff(host).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// What an administrator made different in a file, line by line; it is kept.
    pub fn own_changes(&self, host: &Host) -> Option<String> {
        match self {
            Resource::File(r) => r.own_changes(host).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Names of the resources without which this one cannot be made.
    pub fn needs(&self, host: &Host) -> Vec<String> {
        let user = format!("user {RUNTIME_USER}");
        let top = format!("directory {}", host.layout.root().display());
        match self {
            Resource::User(u) => vec![format!("file {}", u.declared_in)],
            Resource::Directory(d) if d.inside_state => vec![user, top],
            Resource::Directory(d) if d.path == host.layout.root() => vec![user],
            Resource::Link(l) if l.inside_state => vec![user, top],
            Resource::File(f) if f.owner == left4me::host::Owner::RootForRuntime => vec![user],
            Resource::Sysctl(s) => vec![format!("file {}", s.file.display())],
            Resource::Leftover(l) if matches!(l.mark, Mark::Text(_)) => {
                vec![format!("file {}", deployed::SUDOERS.path)]
            }
            // It would leave the host without a unit.
            Resource::SetAside(_) => {
                deployed::units(&host.layout).map(|path| format!("file {path}")).collect()
            }
            Resource::Moved(_) | Resource::SteamCmd(_) => vec![user, top],
            Resource::Game(_) => vec![user, top, "SteamCMD".into()],
            _ => vec![],
        }
    }
}
