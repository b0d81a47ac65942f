//! The instances: what is wrong with them, and whether players from outside can join.

use super::{ports, server_unit};
use crate::problems::{self, Kind};
use crate::status;
use left4me::Result;
use left4me::check::Check;
use left4me::host::Host;
use left4me::host_file::Ports;
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::systemd::server::ServerUnit;
use std::collections::HashSet;

/// Longest file of the runtime user's that is read; a server.cfg has a few kilobytes.
const MAX_BYTES: u64 = 1 << 20;

/// All checks of instances. `allowed` are the ports that they may use.
pub fn checks(host: &Host, allowed: Ports) -> Vec<Check> {
    let instances = host.as_runtime_user(|| Ok(status::instances(host))).unwrap_or_default();
    let names: Vec<InstanceName> = instances.iter().map(|(name, _)| name.clone()).collect();
    let units = status::units(host, &names);
    let running: HashSet<&str> = units
        .iter()
        .flatten()
        .filter(|(_, unit)| unit.active == "active")
        .map(|(name, _)| name.as_str())
        .collect();
    let mut checks = vec![
        ports::assigned(&instances, allowed),
        ports::in_use(&instances, &running),
        server_unit::check(host, &names),
        lan_only(host, &names),
    ];
    checks.extend(problems_by_kind(host, &names, &units));
    checks
}

/// A check for each kind of problem: the first one of it, and how many more there are.
fn problems_by_kind(
    host: &Host,
    names: &[InstanceName],
    units: &Result<Vec<(InstanceName, ServerUnit)>>,
) -> Vec<Check> {
    let problems = units.clone().and_then(|units| {
        let mut problems = problems::servers(&units);
        problems.extend(problems::content(host, names)?);
        Ok(problems)
    });
    let problems = match problems {
        Ok(problems) => problems,
        Err(error) => return vec![Check::fail("servers", error.message(), "systemctl status")],
    };
    let kinds = [
        (Kind::Server, "servers", "none has failed"),
        (Kind::Overlay, "overlays", "every overlay that an instance names exists"),
        (Kind::Addon, "addons", "every VPK of the overlays in use can be read"),
    ];
    let check = |(kind, name, good): (Kind, &'static str, &str)| {
        let found: Vec<_> = problems.iter().filter(|problem| problem.kind == kind).collect();
        match found[..] {
            [] => Check::ok(name, good),
            [one] => Check::warn(name, &one.sentence, &one.remedy),
            [first, ref more @ ..] => Check::warn(
                name,
                format!("{} (and {} more: sudo left4me-setup status)", first.sentence, more.len()),
                &first.remedy,
            ),
        }
    };
    kinds.into_iter().map(check).collect()
}

/// Whether the configuration of an instance refuses players from outside.
fn lan_only(host: &Host, names: &[InstanceName]) -> Check {
    let name = "LAN only";
    let restricted = names.iter().find(|instance| {
        let paths = [host.layout.instance_env(instance), host.layout.server_cfg(instance)];
        let text = |path| read::text(&host.path(path), Links::Refuse, Limit::Head(MAX_BYTES));
        let texts = || Ok(paths.each_ref().map(|path| text(path).unwrap_or_default()));
        host.as_runtime_user(texts).is_ok_and(|texts| texts.iter().any(|t| sets_lan(t)))
    });
    match restricted {
        None => Check::ok(name, "no instance sets sv_lan 1"),
        Some(instance) => Check::warn(
            name,
            format!("{instance} sets sv_lan 1, which refuses players from outside"),
            "take it out of the specification, and restart the instance",
        ),
    }
}

fn sets_lan(text: &str) -> bool {
    text.lines().filter(|l| !l.trim_start().starts_with("//")).any(|line| {
        let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == '"' || c == '=').collect();
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        words.windows(2).any(|w| w[0].trim_start_matches('+') == "sv_lan" && w[1] == "1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;

    #[test]
    fn sv_lan() {
        let table = [
            ("sv_lan 1\n", true),
            ("sv_lan \"1\"", true),
            ("L4D2_ARGS=-tickrate 60 +sv_lan 1 +map x\n", true),
            ("// sv_lan 1\nsv_lan 0\n", false),
            ("sv_lanx 1", false),
        ];
        for (text, want) in table {
            assert_eq!(sets_lan(text), want, "{text}");
        }
    }

    #[test]
    fn a_fifo_or_device_in_a_files_place_is_no_text() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let host = Host::unprivileged(left4me::layout::Layout::new(dir.path()).unwrap());
        let name = InstanceName::parse("a").unwrap();
        std::fs::create_dir_all(host.layout.instance(&name)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", host.layout.instance_env(&name)).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, host.layout.server_cfg(&name), rustix::fs::Mode::RUSR).unwrap();
        let instances = status::instances(&host);
        assert_eq!(instances, [(name.clone(), None)]);
        assert_eq!(lan_only(&host, &[name]).status, Status::Ok);
    }
}
