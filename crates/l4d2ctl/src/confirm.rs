//! The question before `delete` and `reset` take something away. Only a person at a terminal is asked: the web
//! app and scripts have none, and nothing changes for them.

use crate::batch::Batch;
use crate::units::{self, Unit};
use crate::{instances, layers, stop, table};
use left4me::name::InstanceName;
use left4me::{Error, Result, ask, walk};

/// Lists what the command would stop and lose, and asks; an error when the answer is no.
///
/// On a terminal a name that does not exist is more likely a slip than something deleted already.
pub fn removal(batch: &mut Batch, verb: &str, yes: bool) -> Result<()> {
    if !ask::is_possible() {
        return Ok(());
    }
    batch.each(
        |layout, name, _| {
            if stop::has_files(layout, name) { Ok(()) } else { instances::require(layout, name) }
        },
    );
    if yes {
        return Ok(());
    }
    let losses = losses(batch)?;
    if losses.is_empty() {
        return Ok(());
    }
    let what = format!("{verb} stops these servers, and what they wrote is lost:\n{}", losses.join("\n"));
    if ask::yes(&what, &format!("l4d2ctl {verb} --yes"))? {
        return Ok(());
    }
    Err(Error::new("nothing was changed"))
}

/// A line for each instance that runs or has files of its own.
fn losses(batch: &Batch) -> Result<Vec<String>> {
    let names = batch.names();
    let units = units::show(&names)?;
    let loss = |name: &&InstanceName| {
        let runs = units.get(name.as_str()).is_some_and(Unit::is_up);
        let bytes = layers::open_own(&batch.layout, name).map_or(0, walk::disk_bytes);
        let size = format!("{} on disk", table::bytes(bytes));
        match (runs, bytes) {
            (true, 0) => Some(format!("  {name}: running")),
            (true, _) => Some(format!("  {name}: running, {size}")),
            (false, 0) => None,
            (false, _) => Some(format!("  {name}: stopped, {size}")),
        }
    };
    Ok(names.iter().filter_map(loss).collect())
}
