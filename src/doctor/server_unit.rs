//! The unit of the servers, as systemd has loaded it.

use left4me::check::Check;
use left4me::helper::MANY;
use left4me::host::Host;
use left4me::name::InstanceName;
use left4me::systemd::Manager;

/// What may be wrong with a unit.
const PROPERTIES: [&str; 7] = [
    "LoadState",
    "LoadError",
    "MemoryDenyWriteExecute",
    "ProcSubset",
    "PrivateNetwork",
    "DropInPaths",
    "FragmentPath",
];

/// Whether a setting of the units, drop-ins included, stops the 32-bit engine or hides Steam from it.
pub fn check(host: &Host, instances: &[InstanceName]) -> Check {
    let name = "server unit";
    if !host.has_systemd() {
        return Check::ok(name, "systemd does not run here");
    }
    // An instance that never runs stands for the templates; a real one may have drop-ins of its own.
    let mut names = vec!["never-started"];
    let instances = instances.iter().map(InstanceName::as_str);
    if instances.len() > MANY {
        let own = units_of_single_instances();
        let has_own = |name: &&str| own.iter().any(|file| file.contains(&format!("@{name}.service")));
        names.extend(instances.filter(has_own));
    } else {
        names.extend(instances);
    }
    let ids: Vec<String> = names
        .iter()
        .flat_map(|name| ["overlay", "server"].map(|kind| format!("left4me-{kind}@{name}.service")))
        .collect();
    let wanted: Vec<_> =
        ids.iter().flat_map(|id| PROPERTIES.map(|property| (id.as_str(), property))).collect();
    match Manager::connect().and_then(|mut manager| manager.properties(&wanted)) {
        Err(error) => Check::fail(name, error.message(), "systemctl status"),
        Ok(values) => {
            let units = ids.iter().zip(values.chunks(PROPERTIES.len()));
            // The first of equally bad ones: what is wrong with a template is wrong with all instances.
            let worst =
                units.rev().map(|(id, values)| check_unit(id, values)).max_by_key(|check| check.status);
            worst.unwrap_or(Check::fail(name, "systemd says nothing about our units", "systemctl status"))
        }
    }
}

/// Names of systemd's files and directories that may be about a single instance.
fn units_of_single_instances() -> Vec<String> {
    let places = [
        "/etc/systemd/system",
        "/etc/systemd/system.control",
        "/run/systemd/system.control",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
    ];
    let entries = places.iter().flat_map(std::fs::read_dir).flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with("left4me-")).collect()
}

/// `values` are those of [`PROPERTIES`].
fn check_unit(id: &str, values: &[Option<String>]) -> Check {
    let name = "server unit";
    let value = |key: &str| {
        let mut pairs = PROPERTIES.iter().zip(values);
        pairs.find(|(property, _)| **property == key).and_then(|(_, value)| value.as_deref()).unwrap_or("")
    };
    if !["loaded", ""].contains(&value("LoadState")) {
        let state = value("LoadState");
        let sentence = format!("systemd cannot use {id}: {state} {}", value("LoadError"));
        return Check::fail(
            name,
            sentence.trim(),
            format!("systemd-analyze verify {id}; systemctl cat {id}"),
        );
    }
    let bad = [
        ("MemoryDenyWriteExecute", "yes", "the engine relocates its own code and cannot load"),
        ("ProcSubset", "pid", "Steam finds no /proc/cpuinfo and the server is LAN-only"),
        ("PrivateNetwork", "yes", "the server has no network"),
    ];
    let runs_the_engine = !id.starts_with("left4me-overlay@");
    for (key, wrong, then) in bad {
        if runs_the_engine && value(key) == wrong {
            let sentence = format!("{key}={wrong} is set: {then}");
            let whose = format!("{} {}", value("FragmentPath"), value("DropInPaths"));
            return Check::fail(name, sentence, format!("remove it from {}", whose.trim()));
        }
    }
    match value("DropInPaths") {
        "" => Check::ok(name, "as shipped"),
        // Where an administrator's own settings belong.
        paths => Check::ok(name, format!("as shipped, with your own settings in {paths}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;

    #[test]
    fn units_that_cannot_work() {
        let checked = |id: &str, text: &str| {
            let value =
                |key: &&str| text.split(' ').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            let values: Vec<_> = PROPERTIES.iter().map(|key| value(key).map(str::to_owned)).collect();
            check_unit(id, &values)
        };
        let server = "left4me-server@x.service";
        let ok = "LoadState=loaded MemoryDenyWriteExecute=no ProcSubset=all PrivateNetwork=no DropInPaths=";
        assert_eq!(checked(server, ok).status, Status::Ok);
        let wrong = ok.replace("=all", "=pid").replace("Paths=", "Paths=/etc/x.conf");
        let bad = checked(server, &wrong);
        assert_eq!((bad.status, bad.remedy.as_deref()), (Status::Fail, Some("remove it from /etc/x.conf")));
        // This unit runs no engine.
        assert_eq!(checked("left4me-overlay@x.service", &wrong).status, Status::Ok);
        let masked = checked(server, "LoadState=masked LoadError=");
        assert_eq!(masked.sentence, "systemd cannot use left4me-server@x.service: masked");
        // README recommends drop-ins, so they are no reason to warn.
        assert_eq!(checked(server, "DropInPaths=/etc/x.conf").status, Status::Ok);
    }
}
