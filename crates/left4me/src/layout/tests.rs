use super::*;
use std::os::unix::ffi::OsStrExt;

#[test]
fn roots() {
    for good in [
        "/var/lib/left4me",
        "/srv/left4me",
        "/srv/games/l4d2-1.0",
        "/home/left4me",
        "/opt/left4me",
        "/mnt/left4me",
        "/var/lib/games/l4d2",
        "/data",
        "/Data/x_y-z.1",
        "/homes",
        "/etcetera",
    ] {
        let layout = Layout::new(good).unwrap();
        assert_eq!(layout.root().to_str(), Some(good));
        for slashes in ["/", "//"] {
            assert_eq!(Layout::new(format!("{good}{slashes}")).unwrap(), layout);
        }
    }
    let special = "has a component that is empty, hidden or has a special character";
    for (bad, why) in [
        ("", "is not absolute"),
        ("left4me", "is not absolute"),
        ("srv/left4me", "is not absolute"),
        ("/", special),
        ("//", special),
        ("/srv/../etc", special),
        ("/srv/./x", special),
        ("/srv//x", special),
        ("//srv/x", special),
        ("/srv/.x", special),
        ("/srv/a b", special),
        ("/srv/%i", special),
        ("/srv/a:b", special),
        ("/srv/a\n", special),
        ("/srv/\u{e4}", special),
    ] {
        let error = Layout::new(bad).unwrap_err();
        let shown = printable::quote(bad);
        assert!(error.message().ends_with(&format!("' {why}")), "{shown}: {error}");
        assert_eq!(error.exit_code(), 2);
    }
    let bytes = std::ffi::OsStr::from_bytes(b"/srv/\xff");
    assert_eq!(Layout::new(bytes).unwrap_err().message(), "LEFT4ME_ROOT '/srv/\\xff' is not UTF-8");
}

/// `uninstall --purge` deletes all that is below the root.
#[test]
fn no_root_that_a_purge_would_take_from_others() {
    let system =
        ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "usr"];
    let shared = [
        "home",
        "media",
        "mnt",
        "opt",
        "root",
        "srv",
        "tmp",
        "var",
        "var/backups",
        "var/cache",
        "var/lib",
        "var/lib/left4me-setup",
        "var/local",
        "var/log",
        "var/mail",
        "var/opt",
        "var/spool",
        "var/tmp",
        "var/www",
    ];
    let below = system.iter().map(|directory| format!("/{directory}/left4me"));
    let whole = system.iter().chain(&shared).map(|directory| format!("/{directory}"));
    for bad in below.chain(whole).flat_map(|bad| [format!("{bad}/"), bad]) {
        let error = Layout::new(&bad).expect_err(&bad);
        let plain = bad.trim_end_matches('/');
        assert_eq!(error.message(), format!("LEFT4ME_ROOT '{plain}' is a system directory"));
    }
}

#[test]
fn paths() {
    let (layout, name) = (Layout::new("/srv/l4d2").unwrap(), InstanceName::parse("a").unwrap());
    for (path, expected) in [
        (layout.overlays(), "overlays"),
        (layout.overlay(&OverlayRef::parse("b/c").unwrap()), "overlays/b/c"),
        (layout.instances(), "instances"),
        (layout.instance(&name), "instances/a"),
        (layout.instance_env(&name), "instances/a/instance.env"),
        (layout.spec(&name), "instances/a/spec.yaml"),
        (layout.pending_spec(&name), "instances/a/spec.yaml.pending"),
        (layout.server_cfg(&name), "instances/a/server.cfg"),
        (layout.runtimes(), "runtime"),
        (layout.runtime(&name), "runtime/a"),
        (layout.upper(&name), "runtime/a/upper"),
        (layout.work(&name), "runtime/a/work"),
        (layout.merged(&name), "runtime/a/merged"),
        (layout.steam(), "steam"),
        (layout.steamcmd_lock(), ".steamcmd.lock"),
        (layout.game_lock(), ".game.lock"),
        (layout.rcon_history(), ".rcon_history"),
        (layout.steamcmd_sh(), "steam/steamcmd.sh"),
        (layout.sdk32(), ".steam/sdk32"),
        (layout.workshop_cache(), "workshop_cache"),
        (layout.tmp(), "tmp"),
        (layout.logs(), "logs"),
    ] {
        assert_eq!(path, Path::new("/srv/l4d2").join(expected));
    }
    assert_eq!(environment_copy(&name).to_str(), Some("/run/left4me/a.env"));
    let link = "/etc/systemd/system/multi-user.target.wants/left4me-server@a.service";
    assert_eq!(boot_link(&name).to_str(), Some(link));
}

#[test]
fn the_root_that_host_env_names() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("host.env");
    assert_eq!((Layout::recorded(&file), Layout::from_host_env(&file)), (Ok(None), Ok(Layout::default())));
    std::fs::write(&file, "# ours\nLEFT4ME_ROOT=/srv/l4d2\n").unwrap();
    let layout = Layout::new("/srv/l4d2").unwrap();
    assert_eq!(Layout::recorded(&file), Ok(Some(layout.clone())));
    assert_eq!(Layout::from_host_env(&file), Ok(layout));
    std::fs::write(&file, "LEFT4ME_STEAMCMD=/x\n").unwrap();
    assert_eq!(Layout::from_host_env(&file), Ok(Layout::default()));
    std::fs::write(&file, "LEFT4ME_ROOT=/\n").unwrap();
    assert!(Layout::from_host_env(&file).is_err());
    // A directory: it is there and cannot be read.
    let error = Layout::recorded(dir.path()).unwrap_err();
    assert!(error.message().starts_with(&format!("cannot read {}: ", dir.path().display())), "{error}");
}
