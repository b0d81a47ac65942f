//! `game update --canary NAME` and `game import --canary NAME`: an instance's copy tries an update before it is published.

use left4me::name::InstanceName;
use left4me::{Context, Error, Result, child};
use std::process::Stdio;

const L4D2CTL: &str = "/usr/bin/l4d2ctl";

/// Has l4d2ctl start a copy of the instance over what is staged; an error keeps that from being published, and says that
/// `again` would publish it.
pub fn judge(name: &InstanceName, again: &str) -> Result<()> {
    let mut canary = child::command(L4D2CTL);
    // Its steps are no result of ours.
    canary.args(["canary", "--staged", name.as_str()]).stdin(Stdio::null()).stdout(Stdio::null());
    let ended = canary.status().context(|| format!("cannot run {L4D2CTL}"))?;
    if ended.success() {
        return Ok(());
    }
    Err(Error::new(format!(
        "nothing was published: the canary of '{name}' failed ({})",
        child::ending(ended)
    ))
    .hint(format!("the update stays staged for the next run; {again} publishes it all the same")))
}
