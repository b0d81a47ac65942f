//! Which names are instances: a unit that never had one would stay in PID 1's memory as failed.

use crate::boot::{HOST, on_host};
use left4me::layout::{HOST_ENV, Layout};
use left4me::name::InstanceName;
use left4me::{Error, Result, beneath};
use rustix::io::Errno;
use std::path::Path;

/// Refuses names without an instance, before anything is asked of systemd.
pub fn require(names: &[InstanceName]) -> Result<()> {
    let layout = Layout::from_host_env(&on_host(Path::new(HOST_ENV)))?;
    let all = beneath::open_absolute_in(Path::new(HOST), layout.root())
        .and_then(|root| beneath::directory_on_any_mount(root, "instances"));
    for name in names {
        let found = match &all {
            Ok(all) => beneath::entry(all, format!("{name}/instance.env")).map(drop),
            Err(cause) => Err(*cause),
        };
        // What is there, and whatever is wrong with it, left4me-overlay says in its journal.
        if found == Err(Errno::NOENT) {
            return Err(Error::new(format!("there is no instance '{name}'"))
                .hint(format!("sudo l4d2ctl initialize {name} -f SPEC makes it")));
        }
    }
    Ok(())
}
