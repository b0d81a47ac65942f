//! `canary`: a copy of an instance tries the game that its next start would have, or the one that is staged. It is not
//! announced to Steam, nobody may join it, and nothing of it is left.

mod trial;

use crate::batch::Batch;
use crate::helper::{self, Journal};
use crate::progress::Progress;
use crate::{initialize, instance_spec, instances, port_check, ready, staged_changes, stop};
use left4me::game_layers::GameLayers;
use left4me::host_file::{HOST_FILE, HostFile, Ports};
use left4me::layout::Layout;
use left4me::lock;
use left4me::name::InstanceName;
use left4me::output::note;
use left4me::spec::Spec;
use left4me::{Context, Error, Result, atomic, read};
use nix::sys::signal::{SigSet, Signal};
use std::path::Path;
use std::time::Duration;

/// Longest name of an instance.
const LONGEST_NAME: usize = 64;
/// Where a port is looked for if host.yaml limits none: apart from those that people choose.
const PORTS: Ports = Ports { first: 27900, last: 27999 };
/// How long its console may take, once it answers players.
const CONSOLE: Duration = Duration::from_secs(10);
/// How long it has to keep running after its first answers. An engine answers before it has loaded its map and all
/// plugins, and one that another build breaks ends within seconds of that.
const SETTLE: Duration = Duration::from_secs(10);
/// Of its log, when it fails.
const LINES: u32 = 30;

/// Tries the game with a copy of `name`; with `staged`, the update that is not published yet. Ctrl-C takes effect once
/// the copy is gone.
pub fn canary(layout: &Layout, name: &InstanceName, staged: bool, seconds: u64) -> Result<()> {
    instances::require(layout, name)?;
    let canary = name_for(name)?;
    let _alone = lock::take(&layout.root().join(".canary.lock"), true, note)?;
    remove_leftover(layout, &canary)?;
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    signals.thread_block().context(|| "cannot hold signals back".into())?;
    let tried =
        make(layout, name, &canary, staged).and_then(|()| trial::try_out(layout, &canary, staged, seconds));
    if tried.is_err() {
        ready::print_tail(&helper::last_lines(Journal::Server, &canary, LINES));
    }
    let gone = delete(layout, &canary);
    let _ = signals.thread_unblock();
    tried.map_err(|error| explain(layout, name, staged, &error))?;
    gone?;
    Progress::default().step("the canary is well.");
    Ok(())
}

/// Its own instance, so that no file of the real one is touched.
fn name_for(name: &InstanceName) -> Result<InstanceName> {
    let text = format!("canary-{name}");
    InstanceName::parse(&text[..text.len().min(LONGEST_NAME)])
}

fn remove_leftover(layout: &Layout, canary: &InstanceName) -> Result<()> {
    if !stop::has_files(layout, canary) {
        return Ok(());
    }
    if !instances::is_canary(layout, canary) {
        return Err(Error::new(format!("the instance '{canary}' is not a canary, but has the name of one"))
            .hint(format!("sudo l4d2ctl show {canary} shows what it is; a canary needs that name")));
    }
    note(&format!("'{canary}' was left behind by a run that was killed; it is removed first"));
    delete(layout, canary)
}

fn delete(layout: &Layout, canary: &InstanceName) -> Result<()> {
    if !stop::has_files(layout, canary) {
        return Ok(());
    }
    let mut batch = Batch::of(layout.clone(), [canary.clone()]);
    stop::delete(&mut batch)?;
    if batch.names().is_empty() {
        return Err(Error::new(format!("the canary '{canary}' could not be removed"))
            .hint(format!("sudo l4d2ctl status {canary} shows it; the next canary removes it first")));
    }
    Ok(())
}

fn make(layout: &Layout, name: &InstanceName, canary: &InstanceName, staged: bool) -> Result<()> {
    let spec = instance_spec::current(layout, name).ok_or_else(|| {
        Error::new(format!("the specification of '{name}' cannot be read"))
            .hint(format!("sudo l4d2ctl show {name} says why"))
    })?;
    let spec = changed(spec, name, free_port(layout, canary)?, &secret()?);
    instances::make_directory(&layout.instance(canary))?;
    atomic::write(&instances::canary_mark(layout, canary), b"", 0o640, None)?;
    initialize::initialize(layout, canary, &spec, &spec.to_yaml())?;
    if staged { put_staged_above(layout, canary) } else { Ok(()) }
}

/// The same server, where no player finds it or may join it.
fn changed(mut spec: Spec, name: &InstanceName, port: u16, secret: &str) -> Spec {
    spec.port = port;
    // Not on Steam's list of servers.
    spec.arguments.push("-nomaster".into());
    // The last line of a setting counts.
    spec.config.extend([
        format!("hostname \"canary of {name}, not for players\""),
        "sv_steamgroup 0".into(),
        format!("sv_password {secret}"),
        format!("rcon_password {secret}"),
    ]);
    spec
}

fn secret() -> Result<String> {
    let random = std::fs::File::open("/dev/urandom").and_then(|file| read::head(file, 16));
    let random = random.context(|| "cannot read /dev/urandom".into())?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A port that no instance has and no program uses.
fn free_port(layout: &Layout, canary: &InstanceName) -> Result<u16> {
    let ports = HostFile::load(Path::new(HOST_FILE))?.and_then(|file| file.ports);
    let ports = ports.map_or(PORTS, |ports| ports.value);
    let is_free = |port: &u16| {
        instances::holder_of(layout, *port, canary).is_ok_and(|holder| holder.is_none())
            && port_check::require_free(layout, canary, *port).is_ok()
    };
    (ports.first..=ports.last).rev().find(is_free).ok_or_else(|| {
        Error::new(format!("no port from {ports} is free for a canary"))
            .hint(format!("allow one more: ports: in {HOST_FILE}"))
    })
}

/// What is staged lies right above the game, below the instance's overlays, as it will once it is published.
fn put_staged_above(layout: &Layout, canary: &InstanceName) -> Result<()> {
    let staged = staged_changes::directory(layout);
    if !staged.is_dir() {
        return Err(Error::new("no update is staged").hint("sudo left4me-setup game update stages one"));
    }
    let file = layout.instance_env(canary);
    let text = std::fs::read_to_string(&file).context(|| format!("cannot read {}", file.display()))?;
    let base = GameLayers::base_alone(layout).base().display().to_string();
    let with_staged = |line: &str| match line.split_once('=') {
        Some(("L4D2_LOWERDIRS", layers)) if layers.trim_matches('"').ends_with(&base) => {
            line.replacen(&base, &format!("{}:{base}", staged.display()), 1) + "\n"
        }
        _ => format!("{line}\n"),
    };
    let text: String = text.lines().map(with_staged).collect();
    atomic::write(&file, text.as_bytes(), 0o640, None)
}

/// The same error, with the layer that may be the cause.
fn explain(layout: &Layout, name: &InstanceName, staged: bool, error: &Error) -> Error {
    let overlays = instances::facts(layout, name).overlays;
    let hint = staged.then(|| staged_changes::explain(layout, &overlays)).flatten();
    let hint = hint.unwrap_or_else(|| match error.remedy() {
        Some(hint) if !hint.contains("canary-") => hint.to_owned(),
        _ => format!("compare with how the real one starts: sudo l4d2ctl logs {name} --no-follow"),
    });
    Error::new(format!("the canary of '{name}' failed: {}", error.message())).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit() {
        let of = |name: &str| name_for(&InstanceName::parse(name).unwrap()).unwrap().to_string();
        assert_eq!(of("versus"), "canary-versus");
        assert_eq!(of(&"a".repeat(64)).len(), 64);
    }

    #[test]
    fn nobody_finds_or_joins_it() {
        let spec = "port: 27015\narguments: ['+map c1m1_hotel']\nconfig: [hostname x, rcon_password old]\n";
        let spec = Spec::parse(spec, "f").unwrap();
        let changed = changed(spec, &InstanceName::parse("versus").unwrap(), 27999, "s3cret");
        let again = Spec::parse(&changed.to_yaml(), "f").unwrap();
        assert_eq!(again, changed);
        assert_eq!(changed.port, 27999);
        assert_eq!(changed.arguments.last().unwrap(), "-nomaster");
        assert_eq!(
            changed.config[changed.config.len() - 2..],
            ["sv_password s3cret", "rcon_password s3cret"]
        );
    }
}
