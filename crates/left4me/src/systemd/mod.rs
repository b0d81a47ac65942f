//! What the service manager says about units.
//!
//! It is asked in its own protocol, D-Bus, which takes a list of all loaded units and then a property each:
//! `systemctl show` asks for hundreds of properties of every unit to print a few, and a process costs more than all
//! our questions. Two calls are all that is needed of D-Bus, so [`message`] and [`bus`] have those and no more; the
//! crates for it bring an asynchronous runtime, or old copies of what we have.
//!
//! Where there is neither systemd's socket nor a bus, `systemctl show` through the helper says the same ([`show`]).

mod bus;
mod message;
pub mod server;
pub mod show;

use crate::Result;
use bus::Connection;
use message::Argument;

const MANAGER: &str = "/org/freedesktop/systemd1";
const MANAGER_INTERFACE: &str = "org.freedesktop.systemd1.Manager";
const UNIT_INTERFACE: &str = "org.freedesktop.systemd1.Unit";
const SERVICE_INTERFACE: &str = "org.freedesktop.systemd1.Service";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Those that every kind of unit has; the others we ask for are a service's.
const OF_ANY_UNIT: [&str; 8] = [
    "ActiveEnterTimestamp",
    "DropInPaths",
    "FragmentPath",
    "Id",
    "LoadError",
    "LoadState",
    "NeedDaemonReload",
    "UnitFileState",
];
/// What a list of units consists of.
const LIST: &str = "a(ssssssouso)";

/// A unit that the manager has loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// `left4me-server@a.service`
    pub id: String,
    /// `loaded`, `not-found`, `bad-setting`, `error`, `masked`
    pub load: String,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`, …
    pub active: String,
    /// `running`, `dead`, `auto-restart`, …
    pub sub: String,
}

/// The service manager, asked as often as wanted.
#[derive(Debug)]
pub struct Manager {
    connection: Connection,
}

impl Manager {
    /// Connects to the manager of this machine.
    pub fn connect() -> Result<Manager> {
        Ok(Manager { connection: Connection::open()? })
    }

    /// The loaded units whose names match one of these patterns. No unit is loaded for the question.
    pub fn units(&mut self, patterns: &[&str]) -> Result<Vec<Unit>> {
        let arguments = [Argument::Texts(&[]), Argument::Texts(patterns)];
        let call = (MANAGER, MANAGER_INTERFACE, "ListUnitsByPatterns", &arguments[..]);
        let replies = self.connection.call(&[call])?;
        let Some(reply) = replies.first() else { return Ok(Vec::new()) };
        reply.body(LIST)?.structs(|unit| {
            let id = unit.text()?.to_owned();
            // Its description.
            unit.text()?;
            let [load, active, sub] = [unit.text()?, unit.text()?, unit.text()?].map(str::to_owned);
            // The unit it follows, its path; the number, kind and path of its job.
            unit.text()?;
            unit.text()?;
            unit.number()?;
            unit.text()?;
            unit.text()?;
            Ok(Unit { id, load, active, sub })
        })
    }

    /// Properties of units, `(unit, property)`, in the words of `systemctl show`; of times, the microseconds since
    /// 1970. `None` where systemd does not say. A unit that is not loaded is loaded for the question.
    pub fn properties(&mut self, questions: &[(&str, &str)]) -> Result<Vec<Option<String>>> {
        let paths: Vec<String> = questions.iter().map(|(unit, _)| object_path(unit)).collect();
        let arguments: Vec<[Argument; 2]> = questions
            .iter()
            .map(|(_, property)| [Argument::Text(interface_of(property)), Argument::Text(property)])
            .collect();
        let calls: Vec<_> = paths
            .iter()
            .zip(&arguments)
            .map(|(path, arguments)| (path.as_str(), PROPERTIES, "Get", &arguments[..]))
            .collect();
        let replies = self.connection.call(&calls)?;
        Ok(replies.iter().map(|reply| reply.body("v").and_then(|mut body| body.variant()).ok()).collect())
    }

    /// One property of each of these units.
    pub fn property(&mut self, units: &[Unit], property: &str) -> Result<Vec<Option<String>>> {
        self.properties(&units.iter().map(|unit| (unit.id.as_str(), property)).collect::<Vec<_>>())
    }
}

fn interface_of(property: &str) -> &'static str {
    if OF_ANY_UNIT.contains(&property) { UNIT_INTERFACE } else { SERVICE_INTERFACE }
}

/// The object that stands for a unit: everything but letters and digits is escaped.
fn object_path(unit: &str) -> String {
    let mut path = format!("{MANAGER}/unit/");
    for (at, byte) in unit.bytes().enumerate() {
        if byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit() {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    path
}

#[cfg(test)]
mod tests;
