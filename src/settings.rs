//! What the host shall be, each value with where it comes from: a flag, the environment,
//! `/etc/left4me/host.yaml`, the record of the last `apply`, or a default. The first of these that names it wins.

pub mod initial;

use left4me::calendar::{Schedule, TimeOfDay};
use left4me::host_file::{self, HostFile, Place, Placed, Ports, Update};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::{Error, Result};
use left4me_steam::download::source::Source;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This environment variable.
    Environment(&'static str),
    /// This place in host.yaml.
    File(Place),
    /// host.env, in which `apply` recorded it.
    Recorded,
    Default,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    fn default(value: T) -> Setting<T> {
        Setting { value, origin: Origin::Default }
    }
}

/// What the command line and the environment say. They outrank the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub root: Option<Setting<PathBuf>>,
    pub mirror: Option<Setting<String>>,
    pub digest: Option<Setting<String>>,
    pub game: Option<Setting<bool>>,
}

/// The values in effect.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `LEFT4ME_ROOT`.
    pub root: Setting<Layout>,
    /// The URL of SteamCMD's tarball; `None`: Valve's mirrors.
    pub mirror: Setting<Option<String>>,
    /// The tarball's SHA-256; `None`: the known one.
    pub digest: Setting<Option<String>>,
    /// The game is part of the host.
    pub game: Setting<bool>,
    /// The ports that instances may use.
    pub ports: Setting<Ports>,
    /// Whether and how a timer updates the game.
    pub update: UpdateSettings,
}

/// Whether and how a timer updates the game.
#[derive(Debug, Clone)]
pub struct UpdateSettings {
    pub enabled: Setting<bool>,
    pub schedule: Setting<Schedule>,
    /// The instance that tries a build before it is published.
    pub canary: Setting<Option<InstanceName>>,
    /// How long players are warned before a restart, in seconds.
    pub warn: Setting<u32>,
    /// When servers that still have players are restarted all the same.
    pub deadline: Setting<Option<TimeOfDay>>,
}

impl UpdateSettings {
    /// Early in the morning, when fewest people play.
    pub const SCHEDULE: &str = "04:30";
    const WARN: u32 = 60;

    fn resolve(file: Update) -> Result<UpdateSettings> {
        Ok(UpdateSettings {
            enabled: from_file(file.enabled).unwrap_or(Setting::default(false)),
            schedule: match from_file(file.schedule) {
                Some(schedule) => schedule,
                None => Setting::default(Schedule::parse(UpdateSettings::SCHEDULE)?),
            },
            canary: optional(file.canary),
            warn: from_file(file.warn).unwrap_or(Setting::default(UpdateSettings::WARN)),
            deadline: optional(file.deadline),
        })
    }
}

impl Settings {
    /// Decides each value. `file` comes with the name that errors call it by; the recorded root is asked for only
    /// when nothing else names one, so that a damaged record can be overridden.
    pub fn resolve(
        overrides: Overrides,
        file: Option<(&str, HostFile)>,
        recorded: impl FnOnce() -> Result<Option<Layout>>,
    ) -> Result<Settings> {
        let (name, file) = file.unwrap_or_default();
        check_source(&overrides, name, &file)?;
        let root = match (overrides.root, from_file(file.root)) {
            (Some(root), _) => Setting { value: Layout::new(root.value)?, origin: root.origin },
            (None, Some(root)) => root,
            (None, None) => match recorded()? {
                Some(layout) => Setting { value: layout, origin: Origin::Recorded },
                None => Setting::default(Layout::default()),
            },
        };
        let text = |given: Option<Setting<String>>, written: Option<Placed<String>>| {
            // An empty one names nothing: a script passes on a variable that may not be set.
            let names_one = |setting: &Setting<String>| !setting.value.is_empty();
            match given.filter(names_one).or_else(|| from_file(written).filter(names_one)) {
                Some(setting) => Setting { value: Some(setting.value), origin: setting.origin },
                None => Setting::default(None),
            }
        };
        Ok(Settings {
            root,
            mirror: text(overrides.mirror, file.mirror),
            digest: text(overrides.digest, file.digest),
            game: overrides.game.or_else(|| from_file(file.game)).unwrap_or(Setting::default(true)),
            ports: from_file(file.ports).unwrap_or(Setting::default(Ports::UNRESTRICTED)),
            update: UpdateSettings::resolve(file.update)?,
        })
    }

    /// Where SteamCMD comes from.
    pub fn source(&self) -> Result<Source> {
        Source::new(self.mirror.value.clone(), self.digest.value.clone())
    }
}

fn from_file<T>(written: Option<Placed<T>>) -> Option<Setting<T>> {
    written.map(|written| Setting { value: written.value, origin: Origin::File(written.place) })
}

fn optional<T>(written: Option<Placed<T>>) -> Setting<Option<T>> {
    match from_file(written) {
        Some(setting) => Setting { value: Some(setting.value), origin: setting.origin },
        None => Setting::default(None),
    }
}

/// An error in the file names its place, also where a flag outranks the value: it would come up without the flag.
fn check_source(overrides: &Overrides, name: &str, file: &HostFile) -> Result<()> {
    let value = |given: &Option<Setting<String>>| given.as_ref().map(|given| given.value.clone());
    Source::new(value(&overrides.mirror), value(&overrides.digest))?;
    let at = |written: &Placed<String>, error: &Error| host_file::at(name, written.place, error);
    if let Some(mirror) = &file.mirror {
        Source::new(Some(mirror.value.clone()), None).map_err(|error| at(mirror, &error))?;
    }
    if let Some(digest) = &file.digest {
        Source::new(None, Some(digest.value.clone())).map_err(|error| at(digest, &error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
