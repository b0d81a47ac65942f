//! The list as a whole, over every sort of host.

use super::*;
use crate::predecessor::marks::Predecessor;
use crate::resource::ResourceId;
use left4me::layout::Layout;

fn config(root: &str, old: bool, with_usr_local: bool, can_own: bool) -> Config {
    let predecessor = Predecessor {
        was_here: old,
        script_sandbox: old,
        steamcmd: if old { vec!["/opt/left4me/steam".into(), "/opt/steamcmd".into()] } else { Vec::new() },
    };
    let empty = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
    Config {
        layout: Layout::new(root).unwrap(),
        sysroot: "/".into(),
        with_usr_local,
        predecessor,
        can_own,
        ..Config::as_applied(Some(empty.path())).unwrap()
    }
}

fn configs() -> Vec<Config> {
    let roots = ["/var/lib/left4me", "/srv/l4d2"];
    let bits = |n: usize| (n & 1 != 0, n & 2 != 0, n & 4 != 0);
    let all = roots.iter().flat_map(|root| (0..8).map(move |n| (root, bits(n))));
    all.map(|(root, (old, usr_local, can_own))| config(root, old, usr_local, can_own)).collect()
}

#[test]
fn each_needs_at_most_what_stands_before_it() {
    for config in configs() {
        let host = config.host().unwrap();
        let mut before: Vec<ResourceId> = Vec::new();
        for resource in desired(&config) {
            let id = resource.id();
            assert!(!before.contains(&id), "{id} is there twice");
            for need in resource.needs(&host) {
                assert!(before.contains(&need), "{id} needs {need}, which does not stand before it");
            }
            assert!(!resource.why().is_empty(), "{id}");
            before.push(id);
        }
    }
}

/// What is made in the state tree must not be tried while its owner or its top is missing, and what is recorded not
/// without the record.
#[test]
fn needs_are_said() {
    let config = config("/srv/l4d2", true, true, true);
    let host = config.host().unwrap();
    let needs = desired(&config).iter().map(|r| (r.id(), r.needs(&host))).collect::<Vec<_>>();
    let line = |(id, needs): &(ResourceId, Vec<ResourceId>)| {
        let needs: Vec<String> = needs.iter().map(ResourceId::to_string).collect();
        format!("{id}: {}\n", needs.join(", "))
    };
    insta::assert_snapshot!("needs", needs.iter().map(line).collect::<String>());
}

#[test]
fn the_kinds_that_a_host_has() {
    let short = |config: &Config| {
        let names = desired(config).into_iter().map(|resource| resource.id().to_string());
        names.collect::<Vec<_>>()
    };
    let (plain, taken_over) = (config("/srv/l4d2", false, true, true), config("/srv/l4d2", true, true, true));
    let plain_names = short(&plain);
    let more: Vec<String> =
        short(&taken_over).into_iter().filter(|name| !plain_names.contains(name)).collect();
    assert_eq!(
        more,
        [
            "file /etc/sudoers.d/left4me-script-sandbox",
            "predecessor's /usr/local/lib/systemd/system/left4me-server@.service",
            "predecessor's /usr/local/lib/systemd/system/l4d2-game.slice",
            "predecessor's /usr/local/lib/systemd/system/l4d2-build.slice",
            "predecessor's /opt/left4me/steam",
            "predecessor's /opt/steamcmd",
        ]
    );
}
