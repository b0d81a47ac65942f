//! Which build each running instance has: what the manifest in its mounted tree says.

use left4me::Result;
use left4me::host::Host;
use left4me::name::InstanceName;
use left4me::{mounted, mountinfo};
use left4me_steam::install::users_of_the_game;

/// An instance whose tree is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The instance.
    pub name: InstanceName,
    /// Its build; `None` when the tree does not say.
    pub build: Option<String>,
}

/// Every instance whose tree is mounted, in reading order.
pub fn instances(host: &Host) -> Result<Vec<Running>> {
    if !host.is_running() {
        return Ok(Vec::new());
    }
    let names = users_of_the_game(&mountinfo::overlays()?, &host.layout.runtimes());
    let look = |name| Running { build: mounted::build(&host.layout, &name), name };
    host.as_runtime_user(|| Ok(names.into_iter().map(look).collect()))
}
