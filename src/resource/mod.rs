//! A resource is one thing on the host with a name. It can be inspected, which only reads, and
//! converged, which makes it what it should be and is safe to interrupt and to repeat.
//!
//! One kind is one file with one `impl Resource`; `desired` lists what a host has.

pub mod directory;
pub mod file;
mod file_list;
mod finding;
pub mod foreign_root;
pub mod game;
mod id;
pub mod leftover;
pub mod link;
pub mod made_list;
pub mod owners;
pub mod record;
pub mod steamcmd;
pub mod sysctl;
pub mod timer;
pub mod units;
pub mod user;

pub use finding::{Difference, Finding, Removal, differences_text};
pub use id::ResourceId;

use crate::made::Made;
use crate::state::State;
use left4me::Result;
use left4me::host::Host;
use left4me::report::Reporter;
use left4me_steam::settings::SessionSettings;
use std::collections::HashSet;
use std::fmt::Debug;
use std::path::PathBuf;

/// One thing on the host.
pub trait Resource: Debug {
    /// Unique on a host; as text it is the resource's name in the plan.
    fn id(&self) -> ResourceId;

    /// Why a host has it, for a person who is about to say yes.
    fn why(&self) -> &'static str;

    /// Reads the host and says what differs. Changes nothing.
    fn inspect(&self, host: &Host) -> Result<Finding>;

    /// Makes it what it should be.
    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()>;

    /// Takes it off the host again, when it is still as it was made.
    ///
    /// Nothing of the state tree goes here: that is one tree, and one decision (`uninstall --purge`).
    fn remove(&self, _host: &Host, _uninstall: &Uninstall) -> Result<Removal> {
        Ok(Removal::Absent)
    }

    /// The resources without which this one cannot be made; each stands before it in the list.
    fn needs(&self, _host: &Host) -> Vec<ResourceId> {
        Vec::new()
    }

    /// What a person should know of it and `apply` does not change.
    fn notes(&self, _host: &Host) -> Vec<String> {
        Vec::new()
    }

    /// How a file's content would change, line by line.
    fn diff(&self, _host: &Host) -> Option<String> {
        None
    }

    /// What an administrator made different in a file, line by line; it is kept.
    fn own_changes(&self, _host: &Host) -> Option<String> {
        None
    }

    /// What `doctor` warns of when this difference keeps no server from running; nothing when it may keep one.
    fn warning(&self, _found: &Finding) -> Option<&'static str> {
        None
    }
}

/// What converging may use besides the host itself.
pub struct Tools<'a> {
    pub reporter: &'a dyn Reporter,
    pub settings: &'a SessionSettings,
    pub state: &'a mut State,
    pub made: &'a mut Made,
}

/// What removing has to know besides the host itself.
pub struct Uninstall {
    /// The runtime user is removed too, as nothing of its state is left.
    pub with_user: bool,
    /// Files that dpkg removes.
    pub packaged: HashSet<PathBuf>,
    /// What `apply` made; nothing where no list was kept.
    pub made: Option<Made>,
    /// The host was taken over from the predecessor.
    pub taken_over: bool,
}
