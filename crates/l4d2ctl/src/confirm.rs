//! The question before `delete` and `reset`. Only a person at a terminal is asked, not the web app or a script.

use crate::batch::Batch;
use crate::units::{self, Unit};
use crate::{instances, layers, stop, table};
use left4me::name::InstanceName;
use left4me::{Error, Result, ask, walk};

/// Lists the servers and files that the command would stop and delete, and asks; an error if the answer is no.
///
/// On a terminal, an unknown name is more likely a typing error than an instance that was deleted before.
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
    let what = format!("{verb} stops these servers and deletes the files they wrote:\n{}", losses.join("\n"));
    if ask::yes(&what, &format!("l4d2ctl {verb} --yes"))? {
        return Ok(());
    }
    Err(Error::new("nothing was changed"))
}

/// A line for each instance that is running or has written files.
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
