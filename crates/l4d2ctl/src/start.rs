//! `start` and `restart`: checks the port, copies the configuration, and has systemd start the server.

use crate::batch::Batch;
use crate::game_lock;
use crate::helper::{self, Journal};
use crate::port_check::{self, Ports};
use crate::progress::Progress;
use crate::running::Running;
use crate::units::{self, Unit};
use crate::{initialize, instances, ownership, ready, server_cfg, stop, warnings};
use left4me::game_layers::GameLayers;
use left4me::layout::{Layout, boot_link, environment_copy};
use left4me::lock::Lock;
use left4me::name::InstanceName;
use left4me::output::note;
use left4me::{Error, Result};
use std::process::ExitStatus;

/// Starts instances, now and at boot; one that is already running is only enabled at boot.
pub fn start(batch: &mut Batch) -> Result<()> {
    batch.each(|layout, name, _| require_runnable(layout, name));
    let (mut mounted, mut lost) = (Vec::new(), Vec::new());
    batch.each(|layout, name, _| {
        if instances::is_mounted(&layout.merged(name))? {
            mounted.push(name.clone());
        } else if environment_copy(name).exists() {
            // Unmounted without systemd's knowledge, which would not mount it again.
            lost.push(name.clone());
        }
        Ok(())
    });
    // A server without its tree does not run: most starts need not ask systemd.
    let units = units::show(&mounted.iter().collect::<Vec<_>>())?;
    let runs = |name: &InstanceName| {
        units.get(name.as_str()).is_some_and(|unit| unit.is_up() && unit.active != "deactivating")
    };
    lost.extend(mounted.iter().filter(|name| !runs(name)).cloned());
    let mut reserved = Reserved::default();
    batch.each(|layout, name, _| if runs(name) { Ok(()) } else { reserved.add(layout, name) });
    let running = Running::new(&batch.layout)?;
    // A stop a moment ago or a crash left these mounted; nothing may be copied into a mounted layer.
    stop::stop_overlays(&batch.layout, &lost.iter().collect::<Vec<_>>())?;
    batch.each(|layout, name, progress| {
        if !runs(name) {
            return prepare(layout, name, progress);
        }
        let restart = format!("sudo l4d2ctl restart {name}");
        if running.facts(layout, name).pending.is_empty() {
            note(&format!("'{name}' is already running; to restart it: {restart}"));
        } else {
            note(&format!(
                "'{name}' is running with an older configuration; to apply the new one: {restart}"
            ));
        }
        Ok(())
    });
    start_units(batch, "enable")
}

/// Stops servers and their mounts, without changing what happens at a reboot, then starts them:
/// configuration, overlays and game updates are all read at the mount.
pub fn restart(batch: &mut Batch) -> Result<()> {
    restart_unless(batch, |_| Ok(()))
}

/// [`restart`], of which `last_look` may leave out instances right before they are stopped.
pub fn restart_unless(batch: &mut Batch, last_look: impl FnOnce(&mut Batch) -> Result<()>) -> Result<()> {
    // Anything that would prevent the new start is reported while the server still runs.
    batch.each(|layout, name, _| require_runnable(layout, name));
    let mut reserved = Reserved::default();
    batch.each(|layout, name, _| reserved.add(layout, name));
    last_look(batch)?;
    batch.step("stopping systemd service...");
    stop::stop_overlays(&batch.layout, &batch.names())?;
    batch.each(prepare);
    start_units(batch, "restart")
}

/// What the servers of one command need for themselves, until they are started.
#[derive(Default)]
struct Reserved {
    ports: Ports,
    game: Option<Lock>,
}

impl Reserved {
    fn add(&mut self, layout: &Layout, name: &InstanceName) -> Result<()> {
        self.ports.add(name, require_usable_files(layout, name)?)?;
        if self.game.is_none() {
            self.game = game_lock::take(layout)?;
        }
        Ok(())
    }
}

fn require_runnable(layout: &Layout, name: &InstanceName) -> Result<()> {
    ownership::require_runtime_user(layout, name)?;
    initialize::complete(layout, name)?;
    instances::require(layout, name)?;
    let game = GameLayers::load(layout)?;
    if game.find("srcds_run").is_none() {
        let base = game.base().display();
        return Err(Error::new(format!("the game is not installed in {base}"))
            .hint("install it: sudo left4me-setup apply"));
    }
    Ok(())
}

fn prepare(layout: &Layout, name: &InstanceName, progress: &Progress) -> Result<()> {
    stop::require_unmounted(layout, name)?;
    port_check::require_free(layout, name, require_usable_files(layout, name)?)?;
    progress.step("copying server.cfg to runtime...");
    server_cfg::copy_into_layer(layout, name)
}

/// Refuses files that name no port, or an overlay that does not exist; returns the port.
fn require_usable_files(layout: &Layout, name: &InstanceName) -> Result<u16> {
    instances::require_single_keys(layout, name)?;
    let facts = instances::facts(layout, name);
    let Some(port) = facts.port else {
        return Err(Error::new(format!("{} has no port", layout.instance_env(name).display()))
            .hint(format!("make it again: sudo l4d2ctl initialize {name} -f SPEC")));
    };
    match facts.overlays.iter().find(|overlay| !layout.overlay(overlay).is_dir()) {
        None => Ok(port),
        Some(gone) => {
            Err(Error::new(format!("the overlay '{gone}' of '{name}' does not exist")).hint(format!(
                "restore {}, or remove it from the specification: sudo l4d2ctl initialize {name} -f SPEC",
                layout.overlay(gone).display()
            )))
        }
    }
}

/// Has the helper start them; with the verb `enable` they also start at boot, with `restart` that does not change.
fn start_units(batch: &mut Batch, verb: &str) -> Result<()> {
    warnings::non_ascii(&batch.layout, batch.names());
    batch.step("starting systemd service...");
    let Some(output) = batch.together(|names| helper::systemctl(verb, names))? else { return Ok(()) };
    if output.status.success() {
        return Ok(());
    }
    helper::pass_on_start(&output.stderr);
    if !helper::is_reachable() {
        // Nothing was done, whatever is running.
        batch.each(|_, _, _| Err(helper::unreachable(output.status)));
        return Ok(());
    }
    // systemd may not answer this question either.
    let units = match units::show(&batch.names()) {
        Err(_) if helper::is_own_failure(output.status) => Default::default(),
        shown => shown?,
    };
    batch.each(|_, name, _| {
        let unit = units.get(name.as_str());
        if !unit.is_some_and(Unit::is_up) {
            return Err(failed_start(name, unit, output.status));
        }
        if verb != "enable" || boot_link(name).symlink_metadata().is_ok() {
            return Ok(());
        }
        Err(Error::new(format!("'{name}' is running, but will not start at the next boot"))
            .hint(format!("fix the problem above, then run: sudo l4d2ctl start {name}"))
            .with_kind(helper::kind(output.status)))
    });
    Ok(())
}

/// The error for a server that did not start, after the journal lines of the unit that failed.
fn failed_start(name: &InstanceName, unit: Option<&Unit>, helper_status: ExitStatus) -> Error {
    if helper::is_own_failure(helper_status) {
        // systemd was not asked; what its units said last time would mislead.
        return helper::failed("left4me-systemctl", helper_status);
    }
    let error = if unit.is_some_and(|unit| unit.active == "failed") {
        ready::print_tail(&helper::last_lines(Journal::Server, name, 15));
        Error::new(format!("'{name}' did not start"))
            .hint(format!("sudo l4d2ctl logs {name} --no-follow shows more"))
    } else {
        // The server's unit did not fail, so the one that it needs did; systemd forgets that one when it fails.
        ready::print_tail(&helper::last_lines(Journal::Overlay, name, 5));
        Error::new(format!("'{name}' did not start: its file tree could not be mounted"))
            .hint(format!("sudo journalctl -u left4me-overlay@{name} shows more"))
    };
    error.with_kind(helper::kind(helper_status))
}
