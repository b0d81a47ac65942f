//! `start` and `restart`: configuration staged, port free, then systemd; optionally until the server answers.

use crate::batch::Batch;
use crate::helper::{self, Journal};
use crate::steps::{Steps, note};
use crate::units::{self, Unit};
use crate::{halt, instances, ready, stage};
use left4me_setup::layout::{Layout, environment_copy};
use left4me_setup::name::InstanceName;
use left4me_setup::{Error, Result};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Starts instances; one that runs already is only made to survive a reboot.
pub fn start(batch: &mut Batch) -> Result<()> {
    batch.each(|layout, name, _| require_runnable(layout, name));
    let (mut mounted, mut lost) = (Vec::new(), Vec::new());
    batch.each(|layout, name, _| {
        match instances::is_mounted(&layout.merged(name))? {
            true => mounted.push(name.clone()),
            // Gone without systemd's knowledge, which would not mount it again.
            false if environment_copy(name).exists() => lost.push(name.clone()),
            false => {}
        }
        Ok(())
    });
    // A server without its tree does not run: most starts need not ask systemd.
    let units = units::show(&mounted.iter().collect::<Vec<_>>())?;
    let runs = |name: &InstanceName| {
        units.get(name.as_str()).is_some_and(|unit| unit.is_up() && unit.active != "deactivating")
    };
    lost.extend(mounted.iter().filter(|name| !runs(name)).cloned());
    batch.each(|layout, name, _| if runs(name) { Ok(()) } else { require_described(layout, name) });
    // Left by a stop a moment ago or by a crash; staging needs them gone.
    halt::stop_overlays(&batch.layout, &lost.iter().collect::<Vec<_>>())?;
    batch.each(|layout, name, steps| match runs(name) {
        false => prepare(layout, name, steps),
        true => {
            if stage::is_outdated(layout, name) {
                note(&format!(
                    "'{name}' runs with an older configuration; sudo l4d2ctl restart {name} activates the new one"
                ));
            }
            Ok(())
        }
    });
    enable(batch)
}

/// Stops servers and their mounts, without changing what happens at a reboot, then starts them:
/// configuration, overlays and game updates are all read at the mount.
pub fn restart(batch: &mut Batch) -> Result<()> {
    // What would keep it from starting again is said while it still runs.
    batch.each(|layout, name, _| require_runnable(layout, name));
    batch.each(|layout, name, _| require_described(layout, name));
    batch.say("stopping systemd service...");
    halt::stop_overlays(&batch.layout, &batch.names())?;
    batch.each(prepare);
    enable(batch)
}

fn require_runnable(layout: &Layout, name: &InstanceName) -> Result<()> {
    instances::require(layout, name)?;
    match layout.installation().join("srcds_run").is_file() {
        true => Ok(()),
        false => Err(Error::new(format!("the game is not installed in {}", layout.installation().display()))
            .hint("sudo left4me-setup apply installs it")),
    }
}

fn prepare(layout: &Layout, name: &InstanceName, steps: &Steps) -> Result<()> {
    halt::require_unmounted(layout, name)?;
    require_free_port(layout, name)?;
    steps.say("copying server.cfg to runtime...");
    stage::stage(layout, name)
}

/// Its files must say what it needs, and that must be there.
fn require_described(layout: &Layout, name: &InstanceName) -> Result<()> {
    let facts = instances::facts(layout, name);
    if facts.port.is_none() {
        return Err(Error::new(format!("{} names no port", layout.instance_env(name).display()))
            .hint(format!("make it again: sudo l4d2ctl initialize {name} -f SPEC")));
    }
    match facts.overlays.iter().find(|overlay| !layout.overlay(overlay).is_dir()) {
        None => Ok(()),
        Some(gone) => {
            Err(Error::new(format!("the overlay '{gone}' of '{name}' does not exist")).hint(format!(
                "bring {} back, or leave it out: sudo l4d2ctl initialize {name} -f SPEC",
                layout.overlay(gone).display()
            )))
        }
    }
}

/// The engine silently takes the next port when its own is in use, so this is asked before.
fn require_free_port(layout: &Layout, name: &InstanceName) -> Result<()> {
    let Some(port) = instances::facts(layout, name).port else { return require_described(layout, name) };
    let udp = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port));
    let tcp = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port));
    let protocol = match (udp, tcp) {
        (Ok(_), Ok(_)) => return Ok(()),
        (Err(_), _) => "UDP",
        (_, Err(_)) => "TCP",
    };
    Err(match instances::holder_of(layout, port, name)? {
        Some(other) => Error::new(format!("{protocol} port {port} is in use by the instance '{other}'"))
            .hint(format!("stop it first: sudo l4d2ctl stop {other}")),
        None => Error::new(format!("{protocol} port {port} is in use by another program"))
            .hint(format!("sudo ss -lunpt 'sport = :{port}' shows which one")),
    })
}

fn enable(batch: &mut Batch) -> Result<()> {
    batch.say("starting systemd service...");
    let Some(output) = batch.together(|names| helper::systemctl("enable", names))? else { return Ok(()) };
    if output.status.success() {
        return Ok(());
    }
    // systemd's own words for a failed mount lead nowhere, the mount's journal says why; links come and go.
    let noise = |line: &str| {
        line.contains("dependency job") || ["Created ", "Removed "].iter().any(|w| line.starts_with(w))
    };
    for line in String::from_utf8_lossy(&output.stderr).lines().filter(|line| !noise(line)) {
        helper::pass_on(format!("{line}\n").as_bytes());
    }
    let units = match batch.names()[..] {
        [_] => Default::default(),
        ref names => units::show(names)?,
    };
    batch.each(|_, name, _| match units.get(name.as_str()).is_some_and(Unit::is_up) {
        true => Ok(()),
        false => Err(explain(name).code(helper::code_of(output.status))),
    });
    Ok(())
}

/// The error for a start that systemd refused, after the journal lines of the unit that failed.
fn explain(name: &InstanceName) -> Error {
    let overlay =
        helper::systemctl("show-overlay", &[name]).map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let overlay_failed = overlay.is_ok_and(|text| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.any(|(key, value)| {
            key == "ActiveState" && value == "failed" || key == "Result" && !["", "success"].contains(&value)
        })
    });
    match overlay_failed {
        true => {
            ready::print_tail(&helper::last_lines(Journal::Overlay, name, 5));
            Error::new(format!("'{name}' did not start: its file tree could not be mounted"))
                .hint(format!("sudo journalctl -u left4me-overlay@{name} shows more"))
        }
        false => {
            ready::print_tail(&helper::last_lines(Journal::Server, name, 15));
            Error::new(format!("'{name}' did not start"))
                .hint(format!("sudo l4d2ctl logs {name} --no-follow shows more"))
        }
    }
}
