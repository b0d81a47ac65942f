//! /usr/local: the wrapper of SteamCMD, and the helpers' names that the web app calls.

use super::{directory, file};
use crate::config::Config;
use crate::deployed;
use crate::predecessor::helper_link::HelperLink;
use crate::resource::Resource;
use crate::resource::directory::Directory;
use left4me::host::Owner;
use left4me::layout::COMPAT_LIBEXEC;

pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    let mut list: Vec<Box<dyn Resource>> = vec![
        Box::new(Directory {
            path: "/usr/local/bin".into(),
            owner: Owner::Root,
            mode: 0o755,
            inside_state: false,
            stays: true,
            why: "holds the steamcmd wrapper",
        }),
        file(&deployed::WRAPPER, config),
        directory(COMPAT_LIBEXEC, "holds the helpers' names that the web app calls"),
    ];
    list.extend(HelperLink::for_each_helper().map(|link| Box::new(link) as _));
    list
}
