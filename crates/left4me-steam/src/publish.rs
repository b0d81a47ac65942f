//! Publishing a layer of the game: from then on the next start of every server has it.
//!
//! All of it happens as the runtime user, whose tree it is, and under the lock that keeps servers from being mounted
//! meanwhile. However it ends, either the old list is in use or the new one, and all layers of both are there.

use crate::locks::lock_game;
use crate::verify;
use left4me::game_layers::{self, GameLayers, LayerName, MAX_BYTES, MOST};
use left4me::host::Host;
use left4me::lock::Lock;
use left4me::read::{self, Limit, Links};
use left4me::report::Reporter;
use left4me::{Context, Error, Result, atomic, beneath, remove};
use rustix::fs::RenameFlags;
use rustix::io::Errno;
use std::path::Path;

/// What may change the list of layers in use, and nobody else meanwhile.
pub struct Publisher<'h> {
    host: &'h Host,
    game: GameLayers,
    _lock: Lock,
}

impl<'h> Publisher<'h> {
    /// Waits for whoever mounts the game or changes it.
    pub fn new(host: &'h Host, reporter: &dyn Reporter, wait: bool) -> Result<Publisher<'h>> {
        let lock = lock_game(host, reporter, wait)?;
        Ok(Publisher { host, game: host.game_layers()?, _lock: lock })
    }

    /// The layers in use.
    pub fn game(&self) -> &GameLayers {
        &self.game
    }

    /// The layers of a build that is kept whole.
    pub fn kept(&self, build: &LayerName) -> Result<Option<GameLayers>> {
        self.host.as_runtime_user(|| {
            let list = self.game.list_of(build);
            let text = read::file(&self.host.path(&list), Links::Refuse, Limit::Whole(MAX_BYTES));
            // What is no list was not written by us, and is written anew.
            let Some(names) = text.ok().flatten().and_then(|text| game_layers::parse_list(&text, &list).ok())
            else {
                return Ok(None);
            };
            let kept = self.game.with(names);
            let is_there = |name| self.exists(&kept.layer(name));
            let is_whole = kept.names().iter().all(is_there)
                && verify::game_in(&kept, |path| self.host.path(path))
                    .is_ok_and(|game| game.build == build.build());
            Ok(is_whole.then_some(kept))
        })
    }

    /// Puts the directory `from`, which lies beside the layers, above those in use as a layer of this build, and lists
    /// it. Returns the layer's name.
    pub fn publish(&self, from: &Path, build: &LayerName) -> Result<LayerName> {
        if self.game.names().len() >= MOST {
            return Err(too_many_layers());
        }
        let name = self.free_name(build)?;
        let names: Vec<_> = std::iter::once(&name).chain(self.game.names()).cloned().collect();
        let new = self.game.with(names);
        self.write_list_of_base()?;
        self.write_list(build, &new)?;
        self.put(from, &name)?;
        self.activate(&new)?;
        Ok(name)
    }

    /// Makes these the layers in use. All of them must be there.
    pub fn activate(&self, game: &GameLayers) -> Result<()> {
        self.host.as_runtime_user(|| {
            let list = game_layers::to_list(game.names());
            atomic::write(&self.host.path(&game.current()), list.as_bytes(), 0o644, None)
        })
    }

    /// Notes which layers a build consists of, so that it can be chosen again.
    pub fn write_list(&self, build: &LayerName, game: &GameLayers) -> Result<()> {
        self.host.as_runtime_user(|| {
            let lists = self.host.path(&game.lists());
            match std::fs::create_dir(&lists) {
                Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(e).context(|| format!("cannot make {}", lists.display()));
                }
                _ => {}
            }
            let list = self.host.path(&game.list_of(build));
            atomic::write(&list, game_layers::to_list(game.names()).as_bytes(), 0o644, None)
        })
    }

    /// The base's own build can be chosen again, too.
    fn write_list_of_base(&self) -> Result<()> {
        let base = GameLayers::base_alone(&self.host.layout);
        let build = self.host.as_runtime_user(|| {
            let found = verify::game_in(&base, |path| self.host.path(path)).ok();
            let build = found.and_then(|game| LayerName::parse(&game.build).ok());
            Ok(build.filter(|build| !self.exists(&base.list_of(build))))
        })?;
        build.map_or(Ok(()), |build| self.write_list(&build, &base))
    }

    /// The build's own name, or that of its next repair.
    fn free_name(&self, build: &LayerName) -> Result<LayerName> {
        let base = GameLayers::base_alone(&self.host.layout);
        self.host.as_runtime_user(|| {
            let base = verify::game_in(&base, |path| self.host.path(path)).ok();
            let is_base = base.is_some_and(|base| base.build == build.build());
            let mut name = if is_base { build.next_repair() } else { Some(build.clone()) };
            while let Some(taken) = name.as_ref().filter(|name| self.exists(&self.game.layer(name))) {
                name = taken.next_repair();
            }
            name.ok_or_else(|| {
                Error::new(format!("there is no name left for another repair of build {build}"))
                    .hint("merge the updates into the base: sudo left4me-setup game squash")
            })
        })
    }

    fn put(&self, from: &Path, name: &LayerName) -> Result<()> {
        self.host.as_runtime_user(|| {
            let (from, to) = (self.host.path(from), self.host.path(&self.game.layer(name)));
            let failed = || format!("cannot publish {}", self.game.layer(name).display());
            let open = |path: &Path| beneath::open_to_list(path.parent().unwrap_or(path));
            let (old, new) = (open(&from).context(failed)?, open(&to).context(failed)?);
            let (Some(source), Some(target)) = (from.file_name(), to.file_name()) else {
                return Err(Error::new(failed()));
            };
            rustix::fs::renameat_with(&old, source, &new, target, RenameFlags::NOREPLACE).context(failed)?;
            rustix::fs::fsync(new).and_then(|()| rustix::fs::fsync(old)).context(failed)
        })
    }

    /// As the runtime user.
    fn exists(&self, path: &Path) -> bool {
        !matches!(rustix::fs::lstat(self.host.path(path)), Err(Errno::NOENT))
    }
}

/// Before the base is changed in place: no layer and no list fits the new one.
pub fn forget_builds(host: &Host) -> Result<()> {
    host.as_runtime_user(|| remove::tree(&host.path(&host.game().lists())))
}

/// There is no room for another layer.
pub fn too_many_layers() -> Error {
    Error::new(format!("{MOST} updates lie above the base of the game, and more are not possible"))
        .hint("merge them into it: sudo left4me-setup game squash")
}
