//! SteamCMD and the game.

use crate::config::Config;
use crate::resource::Resource;
use crate::resource::game::Game;
use crate::resource::link::Link;
use crate::resource::steamcmd::SteamCmd;

pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    let layout = &config.layout;
    let mut list: Vec<Box<dyn Resource>> = vec![
        Box::new(SteamCmd { source: config.source.clone(), online: config.online }),
        Box::new(Link {
            path: layout.sdk32(),
            target: layout.steam().join("linux32"),
            inside_state: true,
            why: "without it a server finds no steamclient.so and is LAN-only",
        }),
    ];
    if config.with_game {
        list.push(Box::new(Game { online: config.online }));
    }
    list
}
