//! What systemd says about the servers, for any number of them at once.

use crate::helper;
use left4me::name::InstanceName;
use left4me::systemd::Manager;
use left4me::systemd::server::{self, Listing};
use left4me::{Error, Result};
use std::collections::BTreeMap;

pub use left4me::systemd::server::ServerUnit as Unit;

/// The units of these instances.
pub fn show(names: &[&InstanceName]) -> Result<BTreeMap<String, Unit>> {
    survey(names)?.complete()
}

/// Which servers run. What else there is to know of them can be asked while something else is done.
pub enum Survey<'n> {
    /// Anyone may ask on the system bus.
    Bus(Manager, Listing, &'n [&'n InstanceName]),
    /// Where there is none, the helper asks as root, and everything at once.
    Helper(BTreeMap<String, Unit>),
}

/// Asks which of these run.
pub fn survey<'n>(names: &'n [&'n InstanceName]) -> Result<Survey<'n>> {
    if names.is_empty() {
        return Ok(Survey::Helper(BTreeMap::new()));
    }
    let list = || {
        let mut manager = Manager::connect()?;
        let listing = server::list(&mut manager, names)?;
        Ok(Survey::Bus(manager, listing, names))
    };
    list().or_else(|_: Error| Ok(Survey::Helper(ask_helper(names)?)))
}

impl Survey<'_> {
    /// Whether the server of this instance runs or is on its way.
    pub fn is_up(&self, name: &InstanceName) -> bool {
        match self {
            Survey::Bus(_, listing, _) => listing.is_up(name),
            Survey::Helper(units) => units.get(name.as_str()).is_some_and(Unit::is_up),
        }
    }

    /// Everything about these units.
    pub fn complete(self) -> Result<BTreeMap<String, Unit>> {
        match self {
            Survey::Bus(mut manager, listing, names) => {
                listing.complete(&mut manager).or_else(|_| ask_helper(names))
            }
            Survey::Helper(units) => Ok(units),
        }
    }
}

fn ask_helper(names: &[&InstanceName]) -> Result<BTreeMap<String, Unit>> {
    Ok(server::from_show(names, &helper::systemctl_ok("show", names)?))
}

/// One instance's unit; stopped when systemd does not mention it.
pub fn show_one(name: &InstanceName) -> Result<Unit> {
    Ok(show(&[name])?.remove(name.as_str()).unwrap_or_default())
}
