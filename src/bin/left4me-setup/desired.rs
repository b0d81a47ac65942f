//! The whole host, as one ordered list. Read this first.

use crate::config::Config;
use crate::deployed::{self, Deployed};
use crate::host::Owner;
use crate::resource::{Directory, File, Game, Link, Resource, SteamCmd, Sysctl, Units, User};
use left4me_setup::layout::{COMPAT_LIBEXEC, LIBEXEC, Layout};

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

    // /etc and our own record.
    host.push(directory("/etc/left4me", Owner::Root, 0o755));
    host.push(file(&deployed::HOST_ENV, config));
    host.push(file(&deployed::SUDOERS, config));
    host.push(file(&deployed::SYSCTL, config));
    host.push(Resource::Sysctl(Sysctl { file: deployed::SYSCTL.path.into() }));
    host.push(directory("/var/lib/left4me-setup", Owner::Root, 0o755));
    host.push(Resource::Units(Units));

    // The state tree; below its top, everything is made as the runtime user.
    host.push(Resource::Directory(Directory {
        path: layout.root().to_owned(),
        owner: Owner::Runtime,
        mode: 0o755,
        inside_state: false,
    }));
    host.extend(state_directories(layout));

    if config.with_usr_local {
        host.push(directory("/usr/local/bin", Owner::Root, 0o755));
        host.push(file(&deployed::WRAPPER, config));
        host.push(directory(COMPAT_LIBEXEC, Owner::Root, 0o755));
        for helper in ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"] {
            host.push(Resource::Link(Link {
                path: format!("{COMPAT_LIBEXEC}/{helper}").into(),
                target: format!("{LIBEXEC}/{helper}").into(),
                inside_state: false,
            }));
        }
    }

    host.push(Resource::SteamCmd(SteamCmd { source: config.source.clone(), online: config.online }));
    host.push(Resource::Link(Link {
        path: layout.sdk32(),
        target: layout.steam().join("linux32"),
        inside_state: true,
    }));
    if config.with_game {
        host.push(Resource::Game(Game { online: config.online }));
    }
    host
}

fn state_directories(layout: &Layout) -> impl Iterator<Item = Resource> {
    let paths = [
        (layout.installation(), 0o755),
        (layout.updates(), 0o755),
        (layout.overlays(), 0o755),
        (layout.instances(), 0o755),
        (layout.runtimes(), 0o755),
        (layout.workshop_cache(), 0o755),
        (layout.tmp(), 0o755),
        (layout.logs(), 0o750),
        (layout.root().join(".steam"), 0o755),
    ];
    paths.into_iter().map(|(path, mode)| {
        Resource::Directory(Directory { path, owner: Owner::Runtime, mode, inside_state: true })
    })
}

fn directory(path: &str, owner: Owner, mode: u32) -> Resource {
    Resource::Directory(Directory { path: path.into(), owner, mode, inside_state: false })
}

fn file(deployed: &Deployed, config: &Config) -> Resource {
    Resource::File(File {
        path: deployed.path_for(&config.layout).into(),
        content: deployed.render(&config.layout),
        owner: deployed.owner,
        mode: deployed.mode,
        policy: match config.reset_config {
            true => deployed::Policy::Vendor,
            false => deployed.policy,
        },
    })
}
