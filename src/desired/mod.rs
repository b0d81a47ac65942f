//! The whole host, as one ordered list. Read this first.

mod base;
mod host_env;
mod predecessor;
mod state;
mod steam;
#[cfg(test)]
mod tests;
mod timers;
mod usr_local;

use crate::config::Config;
use crate::deployed::Deployed;
use crate::predecessor::neighbour::NEIGHBOUR;
use crate::resource::Resource;
use crate::resource::directory::Directory;
use crate::resource::file::File;
use crate::resource::owners::Owners;
use crate::resource::units::Units;
use left4me::host::Owner;

/// Every resource of a host with this configuration; each needs at most what stands before it.
pub fn desired(config: &Config) -> Vec<Box<dyn Resource>> {
    let mut host = base::resources(config);
    host.extend(state::resources(config));
    if config.with_usr_local {
        host.extend(usr_local::resources(config));
    }
    host.extend(predecessor::resources(config));
    host.push(timers::schedule(config));
    // Every unit file is in its place by now.
    host.push(Box::new(Units { neighbour: NEIGHBOUR }));
    host.extend(timers::resources(config));
    host.extend(steam::resources(config));
    if !config.can_own {
        host.push(Box::new(Owners));
    }
    host
}

/// A directory of root's that is ours alone.
fn directory(path: &str, why: &'static str) -> Box<dyn Resource> {
    Box::new(Directory {
        path: path.into(),
        owner: Owner::Root,
        mode: 0o755,
        inside_state: false,
        stays: false,
        why,
    })
}

fn file(deployed: &Deployed, config: &Config) -> Box<dyn Resource> {
    Box::new(File::from_deployed(deployed, &config.layout, config.reset_config))
}
