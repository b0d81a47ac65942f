//! Which build each running instance has: what the manifest in its mounted tree says.

use left4me::Result;
use left4me::host::Host;
use left4me::manifest::Manifest;
use left4me::mountinfo::{self, Mount};
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me_steam::verify::{MANIFEST, MAX_MANIFEST};

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
    let mut names: Vec<InstanceName> = mountinfo::overlays()?.iter().filter_map(instance).collect();
    names.sort();
    names.dedup();
    host.as_runtime_user(|| Ok(names.into_iter().map(|name| look(host, name)).collect()))
}

/// Whose tree it is: the source is `left4me:NAME:HASH`.
pub fn instance(mount: &Mount) -> Option<InstanceName> {
    let name = mount.source.strip_prefix("left4me:")?.split(':').next()?;
    InstanceName::parse(name).ok()
}

fn look(host: &Host, name: InstanceName) -> Running {
    let manifest = host.layout.merged(&name).join(MANIFEST);
    let text = read::text(&manifest, Links::Refuse, Limit::Whole(MAX_MANIFEST));
    let build = text.and_then(|text| Manifest::parse(&text).build).map(|build| read::word(&build));
    Running { name, build }
}
