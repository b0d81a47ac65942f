//! The units as files: every hardening directive gives its reason, and none is there that cannot be.

#![allow(clippy::unwrap_used)]

const SERVER: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-server@.service");
const OVERLAY: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-overlay@.service");

const INSTALL: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-install.service");
const UPDATE: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-update.service");
const UPDATE_TIMER: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-update.timer");
const RESTART: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-restart.service");
const RESTART_TIMER: &str = include_str!("../deploy/usr/lib/systemd/system/left4me-restart.timer");

/// The directives of `[Service]`, each with the comment lines above its group.
fn directives(unit: &str) -> Vec<(&str, &str, bool)> {
    directives_of("[Service]\n", unit)
}

fn directives_of<'u>(section: &str, unit: &'u str) -> Vec<(&'u str, &'u str, bool)> {
    let service = unit.split(section).nth(1).unwrap().split("\n[").next().unwrap();
    let (mut found, mut explained) = (Vec::new(), false);
    for line in service.lines() {
        match line.split_once('=').filter(|_| !line.starts_with('#')) {
            Some((key, value)) => found.push((key, value, explained)),
            // A heading is no reason; an empty line ends a group.
            None => explained = line.starts_with('#') && !line.starts_with("# ---"),
        }
    }
    found
}

#[test]
fn every_directive_gives_its_reason() {
    const PLAIN: [&str; 8] =
        ["Type", "RemainAfterExit", "User", "Group", "RestartSec", "TimeoutStopSec", "ExecStart", "ExecStop"];
    let services = [SERVER, OVERLAY, INSTALL, UPDATE, RESTART].map(directives);
    let timers = [UPDATE_TIMER, RESTART_TIMER].map(|unit| directives_of("[Timer]\n", unit));
    assert!(services.iter().all(|directives| directives.len() > 15));
    for (key, value, explained) in services.into_iter().chain(timers).flatten() {
        assert!(explained || PLAIN.contains(&key), "{key}={value} has no comment above it");
    }
}

/// What the runtime user has started says itself all that it does, and hears nothing of anybody's.
#[test]
fn the_privileged_entry_takes_nothing_from_outside() {
    let start =
        |unit| directives(unit).iter().filter(|d| d.0.starts_with("Exec")).map(|d| d.1).collect::<Vec<_>>();
    assert_eq!(start(INSTALL), ["/usr/bin/left4me-setup game update --progress plain"]);
    assert_eq!(start(UPDATE), ["/usr/bin/left4me-setup game update --scheduled --progress plain"]);
    for unit in [INSTALL, UPDATE, RESTART] {
        for (key, value, _) in directives(unit) {
            let from_outside =
                ["Environment", "PassEnvironment", "Standard", "Sockets", "FileDescriptor", "OpenFile"];
            assert!(!from_outside.iter().any(|prefix| key.starts_with(prefix)), "{key}={value}");
        }
    }
    // A session is a PID namespace, so that nothing of SteamCMD outlives it.
    for unit in [INSTALL, UPDATE] {
        assert!(directives(unit).contains(&("RestrictNamespaces", "mnt pid", true)));
    }
    assert!(directives(INSTALL).contains(&("NoNewPrivileges", "yes", true)));
    // sudo.
    assert!(![UPDATE, RESTART].iter().any(|unit| unit.contains("\nNoNewPrivileges=")));
}

/// What breaks the engine, hides the mount from the host or lets the runtime user speak to root.
#[test]
fn what_must_not_be_there() {
    for (unit, absent) in [
        (
            SERVER,
            &["MemoryDenyWriteExecute", "ProcSubset", "IPAddressDeny", "ExecStartPre", "ExecStopPost"][..],
        ),
        (
            OVERLAY,
            &[
                "EnvironmentFile",
                "PassEnvironment",
                "RestrictSUIDSGID",
                "PrivateTmp",
                "PrivateDevices",
                "PrivateNetwork",
                "PrivateIPC",
                "PrivateMounts",
                "PrivateUsers",
                "PrivatePIDs",
                "ProtectSystem",
                "ProtectHome",
                "ProtectProc",
                "ProtectKernelTunables",
                "ProtectKernelModules",
                "ProtectKernelLogs",
                "ProtectControlGroups",
                "ReadOnlyPaths",
                "ReadWritePaths",
                "InaccessiblePaths",
                "TemporaryFileSystem",
                "BindPaths",
                "BindReadOnlyPaths",
                "MountFlags",
                "LogNamespace",
            ],
        ),
    ] {
        for (key, value, _) in directives(unit) {
            assert!(!absent.contains(&key), "{key}={value}");
        }
    }
    // PID 1 reads this file with all rights: it is root's copy, never the runtime user's own.
    let files: Vec<&str> =
        directives(SERVER).iter().filter(|d| d.0 == "EnvironmentFile").map(|d| d.1).collect();
    assert_eq!(files, ["/run/left4me/%i.env"]);
}

/// The other instances' files are of the same user as the server, so the root is hidden wherever it is: by
/// name, which rendering for another root replaces.
#[test]
fn the_root_is_hidden_wherever_it_is() {
    for root in [left4me::layout::DEFAULT_ROOT, "/data/left4me", "/var/games/left4me"] {
        let unit = SERVER.replace(left4me::layout::DEFAULT_ROOT, root);
        let hidden: Vec<&str> = directives(&unit)
            .into_iter()
            .filter(|d| d.0 == "TemporaryFileSystem")
            .flat_map(|d| d.1.split(' '))
            .collect();
        assert!(hidden.contains(&root), "{hidden:?}");
    }
}

/// PID 1 resolves the source of a bind as root, through links of the runtime user's: the first program in the
/// sandbox looks at each of them.
#[test]
fn every_bind_below_the_root_is_looked_at() {
    let start = directives(SERVER).iter().find(|d| d.0 == "ExecStart").unwrap().1.to_owned();
    let start = SERVER.split(&start).nth(1).unwrap().split("\n\n").next().unwrap().to_owned() + &start;
    let binds: Vec<&str> = directives(SERVER)
        .into_iter()
        .filter(|d| d.0.starts_with("Bind"))
        .flat_map(|d| d.1.split(' '))
        .map(|path| path.trim_start_matches('-'))
        .filter(|path| path.starts_with("/var/lib/left4me/") && !path.ends_with("/runtime/%i"))
        .collect();
    assert_eq!(binds.len(), 6, "{binds:?}");
    for bind in binds {
        assert!(start.split([' ', ';']).any(|word| word == bind), "{bind} is not looked at: {start}");
    }
}

/// glibc 2.41 of Debian 13 refuses to load a library that wants an executable stack, as the game's own
/// bin/libsteamvalidateuseridtickets.so does.
#[test]
fn a_library_may_have_an_executable_stack() {
    let environment: Vec<&str> =
        directives(SERVER).iter().filter(|d| d.0 == "Environment").map(|d| d.1).collect();
    assert_eq!(environment, ["GLIBC_TUNABLES=glibc.rtld.execstack=2"]);
}
