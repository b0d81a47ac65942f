//! What systemd says about the servers, for any number of them at once.

use crate::helper;
use left4me::Result;
use left4me::name::InstanceName;
use left4me::systemd::{Manager, server};
use std::collections::BTreeMap;

pub use left4me::systemd::server::ServerUnit as Unit;

/// The units of these instances. Anyone may ask on the system bus; where there is none, the helper asks as root.
pub fn show(names: &[&InstanceName]) -> Result<BTreeMap<String, Unit>> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked = Manager::connect().and_then(|mut manager| server::servers(&mut manager, names));
    asked.or_else(|_| Ok(server::from_show(names, &helper::systemctl_ok("show", names)?)))
}

/// One instance's unit; stopped when systemd does not mention it.
pub fn show_one(name: &InstanceName) -> Result<Unit> {
    Ok(show(&[name])?.remove(name.as_str()).unwrap_or_default())
}
