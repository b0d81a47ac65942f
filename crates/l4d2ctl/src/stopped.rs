//! `--all` for `start` and `restart`: instances that were stopped on purpose are left out.

use crate::batch::Batch;
use crate::units::{self, Unit};
use left4me::Result;
use left4me::layout::boot_link;
use left4me::name::InstanceName;
use left4me::output::note;

/// Leaves out the instances that are not running and do not start at boot, and names them.
pub fn leave_out(batch: &mut Batch, verb: &str) -> Result<()> {
    let starts_at_boot = |name: &InstanceName| boot_link(name).symlink_metadata().is_ok();
    let others: Vec<&InstanceName> = batch.names().into_iter().filter(|name| !starts_at_boot(name)).collect();
    let units = units::show(&others)?;
    let runs = |name: &InstanceName| units.get(name.as_str()).is_some_and(Unit::is_up);
    let stopped: Vec<String> = others.iter().filter(|name| !runs(name)).map(ToString::to_string).collect();
    if stopped.is_empty() {
        return Ok(());
    }
    let (be, pronoun) = if stopped.len() == 1 { ("is", "it") } else { ("are", "them") };
    let names = stopped.join(" ");
    note(&match verb {
        "start" => format!(
            "{} {be} stopped; to start {pronoun} too: sudo l4d2ctl start --all --stopped",
            stopped.join(", ")
        ),
        _ => {
            format!("{} {be} stopped; to start {pronoun} too: sudo l4d2ctl start {names}", stopped.join(", "))
        }
    });
    batch.retain(|_, name| !stopped.iter().any(|left| left == name.as_str()));
    Ok(())
}
