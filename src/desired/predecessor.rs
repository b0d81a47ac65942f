//! What a host needs that was the predecessor's.

use super::file;
use crate::config::Config;
use crate::predecessor::moved::Moved;
use crate::predecessor::set_aside::SetAside;
use crate::predecessor::sudoers::{SCRIPT_SANDBOX, old_rules};
use crate::resource::Resource;

pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    let predecessor = &config.predecessor;
    // Any host may have had our rules under their old name.
    let mut list: Vec<Box<dyn Resource>> = vec![Box::new(old_rules())];
    if predecessor.script_sandbox {
        list.push(file(&SCRIPT_SANDBOX, config));
    }
    if predecessor.was_here && config.with_usr_local {
        list.extend(SetAside::for_each_unit().map(|unit| Box::new(unit) as _));
    }
    for from in &predecessor.steamcmd {
        list.push(Box::new(Moved { from: from.clone(), to: config.layout.steam() }));
    }
    list
}
