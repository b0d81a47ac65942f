//! The whole host, as one ordered list. Read this first.

use crate::config::Config;
use crate::deployed::{self, Deployed};
use crate::resource::{
    Directory, File, Game, Leftover, Link, Mark, Moved, Owners, Record, Resource, SetAside, SteamCmd, Sysctl,
    Units, User,
};
use left4me::game_layers::GameLayers;
use left4me::host::Owner;
use left4me::layout::{COMPAT_LIBEXEC, LIBEXEC, Layout};

/// Every resource of a host with this configuration; each needs at most what stands before it.
pub fn desired(config: &Config) -> Vec<Resource> {
    let layout = &config.layout;
    let mut host: Vec<Resource> = Vec::new();

    // The package's part of /usr, and the account it declares.
    host.extend(deployed::PACKAGED.iter().map(|d| file(d, config)));
    host.push(Resource::User(User {
        home: layout.root().to_owned(),
        declared_in: deployed::PACKAGED[0].path_for(layout),
    }));

    // Our own record, and /etc.
    host.push(directory(
        "/var/lib/left4me-setup",
        false,
        "holds the record of what was made, downloaded and installed",
    ));
    if config.can_own {
        host.push(Resource::Record(Record));
    }
    host.push(directory("/etc/left4me", false, "holds host.yaml and host.env"));
    host.push(file(&deployed::HOST_ENV, config));
    host.push(file(&deployed::SUDOERS, config));
    let old = Mark::Text(deployed::SUDOERS.content);
    host.push(Resource::Leftover(Leftover { path: deployed::OLD_SUDOERS.into(), mark: old }));
    host.push(file(&deployed::SYSCTL, config));
    host.push(Resource::Sysctl(Sysctl { file: deployed::SYSCTL.path.into() }));
    if layout == &Layout::default() {
        // The units of another root, from when this host had one.
        let generated = deployed::PACKAGED.iter().filter_map(Deployed::generated_path);
        let leftover = |path: String| Leftover { path: path.into(), mark: Mark::FirstLine };
        host.extend(generated.map(|path| Resource::Leftover(leftover(path))));
    }
    if config.predecessor.script_sandbox {
        host.push(file(&deployed::SCRIPT_SANDBOX, config));
    }
    if config.predecessor.was_here && config.with_usr_local {
        for unit in ["left4me-server@.service", "l4d2-game.slice", "l4d2-build.slice"] {
            let path = format!("/usr/local/lib/systemd/system/{unit}").into();
            host.push(Resource::SetAside(SetAside { path }));
        }
    }
    host.push(Resource::Units(Units));

    // The state tree; below its top, everything is made as the runtime user.
    host.push(Resource::Directory(Directory {
        path: layout.root().to_owned(),
        owner: Owner::Runtime,
        mode: 0o755,
        inside_state: false,
        shared: false,
        why: "LEFT4ME_ROOT, the home of the runtime user, where everything lives that changes",
    }));
    host.extend(state_directories(layout));

    if config.with_usr_local {
        host.push(directory("/usr/local/bin", true, "holds the steamcmd wrapper"));
        host.push(file(&deployed::WRAPPER, config));
        host.push(directory(COMPAT_LIBEXEC, false, "holds the helpers' names that the web app calls"));
        for helper in ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"] {
            host.push(Resource::Link(Link {
                path: format!("{COMPAT_LIBEXEC}/{helper}").into(),
                target: format!("{LIBEXEC}/{helper}").into(),
                inside_state: false,
                why: "the name under which the web app calls the helper",
            }));
        }
    }

    for from in &config.predecessor.steamcmd {
        host.push(Resource::Moved(Moved { from: from.clone(), to: layout.steam() }));
    }
    host.push(Resource::SteamCmd(SteamCmd { source: config.source.clone(), online: config.online }));
    host.push(Resource::Link(Link {
        path: layout.sdk32(),
        target: layout.steam().join("linux32"),
        inside_state: true,
        why: "without it a server finds no steamclient.so and is LAN-only",
    }));
    if config.with_game {
        host.push(Resource::Game(Game { online: config.online }));
    }
    if !config.can_own {
        host.push(Resource::Owners(Owners));
    }
    host
}

fn state_directories(layout: &Layout) -> impl Iterator<Item = Resource> {
    let game = GameLayers::new(layout);
    let paths = [
        (game.base().to_path_buf(), 0o755, "the shared game, the lowest layer of every instance"),
        (game.updates().to_path_buf(), 0o755, "game updates, layers above the installation"),
        (layout.overlays(), 0o755, "maps, plugins and settings, layers that instances choose"),
        (layout.instances(), 0o755, "what each instance is: its port, arguments, server.cfg"),
        (layout.runtimes(), 0o755, "each instance's own writable layer and mount point"),
        (layout.workshop_cache(), 0o755, "workshop files, shared by overlays"),
        (layout.tmp(), 0o755, "scratch"),
        (layout.logs(), 0o750, "transcripts of SteamCMD runs"),
        (layout.root().join(".steam"), 0o755, "where Steam's libraries look for each other"),
    ];
    paths.into_iter().map(|(path, mode, why)| {
        let owner = Owner::Runtime;
        Resource::Directory(Directory { path, owner, mode, inside_state: true, shared: false, why })
    })
}

fn directory(path: &str, shared: bool, why: &'static str) -> Resource {
    let owner = Owner::Root;
    Resource::Directory(Directory { path: path.into(), owner, mode: 0o755, inside_state: false, shared, why })
}

fn file(deployed: &Deployed, config: &Config) -> Resource {
    Resource::File(File {
        path: deployed.path_for(&config.layout).into(),
        content: deployed.render(&config.layout),
        owner: deployed.owner,
        mode: deployed.mode,
        why: deployed.why,
        policy: match config.reset_config {
            true => deployed::Policy::Vendor,
            false => deployed.policy,
        },
    })
}
