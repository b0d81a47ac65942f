//! The state tree; below its top, everything is made as the runtime user.

use crate::config::Config;
use crate::resource::Resource;
use crate::resource::directory::Directory;
use left4me::game_layers::GameLayers;
use left4me::host::Owner;
use left4me::layout::Layout;

pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    let layout = &config.layout;
    let top = Directory {
        path: layout.root().to_owned(),
        owner: Owner::Runtime,
        mode: 0o755,
        inside_state: false,
        stays: true,
        why: "LEFT4ME_ROOT, the home of the runtime user, where everything lives that changes",
    };
    std::iter::once(top).chain(below(layout)).map(|directory| Box::new(directory) as _).collect()
}

fn below(layout: &Layout) -> impl Iterator<Item = Directory> {
    let game = GameLayers::base_alone(layout);
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
    paths.into_iter().map(|(path, mode, why)| Directory {
        path,
        owner: Owner::Runtime,
        mode,
        inside_state: true,
        stays: true,
        why,
    })
}
