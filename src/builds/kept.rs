//! Which builds are kept. Their lists are the runtime user's, so they are read as that user and believed only where
//! the layers that they name hold that build.

use left4me::game_layers::{Build, GameLayers, LayerName, MAX_BYTES, parse_list};
use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Error, Result};
use left4me_steam::verify::{self, VerifiedGame};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// More lists than anybody keeps.
const MOST: usize = 1000;

/// A build that can be used.
#[derive(Debug, Clone)]
pub struct KeptBuild {
    /// Its layers.
    pub build: Build,
    /// What they hold.
    pub game: VerifiedGame,
    /// When Steam had finished it, in seconds since 1970.
    pub published: Option<u64>,
}

/// The builds of this host.
#[derive(Debug)]
pub struct KeptBuilds {
    /// The layers in use.
    pub layers: GameLayers,
    /// Those that can be used, the newest first.
    pub builds: Vec<KeptBuild>,
    /// Those of which something is missing.
    pub broken: Vec<(LayerName, String)>,
}

impl KeptBuilds {
    /// Looks at what is there.
    pub fn load(host: &Host) -> Result<KeptBuilds> {
        let layers = host.game_layers()?;
        host.as_runtime_user(|| {
            let mut lists = lists_in(&host.path(&layers.lists()))?;
            lists.extend(base(host, &layers).filter(|base| lists.iter().all(|list| list.name != base.name)));
            let mut found = KeptBuilds { layers, builds: Vec::new(), broken: Vec::new() };
            for build in lists {
                match look(host, &found.layers, build.clone()) {
                    Ok(kept) => found.builds.push(kept),
                    Err(why) => found.broken.push((build.name, why)),
                }
            }
            found.builds.sort_by_key(|kept| std::cmp::Reverse(number(&kept.build.name)));
            Ok(found)
        })
    }

    /// The build in use, unless nothing is installed or nobody kept its list.
    pub fn in_use(&self) -> Option<&KeptBuild> {
        self.builds.iter().find(|kept| kept.build.layers == self.layers.names())
    }

    /// The build of this name, or an error that says which there are.
    pub fn require(&self, name: &LayerName) -> Result<&KeptBuild> {
        if let Some(found) = self.builds.iter().find(|kept| kept.build.name == *name) {
            return Ok(found);
        }
        let hint = "sudo left4me-setup game list shows the builds that are kept";
        Err(match self.broken.iter().find(|(broken, _)| broken == name) {
            Some((_, why)) => Error::new(format!("build {name} can no longer be used: {why}")).hint(hint),
            None => Error::new(format!("build {name} is not kept on this host")).hint(hint),
        })
    }

    /// The build that the one in use was made over.
    pub fn before(&self) -> Result<&KeptBuild> {
        let builds: Vec<Build> = self.builds.iter().map(|kept| kept.build.clone()).collect();
        let before = left4me::game_layers::before(self.layers.names(), &builds);
        match before {
            Some(before) => self.require(&before.name),
            None => Err(Error::new("no earlier build is kept on this host")
                .hint("sudo left4me-setup game list shows the builds that are kept")),
        }
    }
}

/// Every list in a directory.
pub fn lists_in(directory: &Path) -> Result<Vec<Build>> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Ok(Vec::new()) };
    let mut builds = Vec::new();
    for entry in entries.flatten().take(MOST) {
        let Some(name) = entry.file_name().to_str().and_then(|name| LayerName::parse(name).ok()) else {
            continue;
        };
        let path = directory.join(name.as_str());
        let text = read::file(&path, Links::Refuse, Limit::Whole(MAX_BYTES))?.unwrap_or_default();
        builds.push(Build { name, layers: parse_list(&text, &path)? });
    }
    Ok(builds)
}

/// The base's own build, which need not have a list.
fn base(host: &Host, game: &GameLayers) -> Option<Build> {
    let found = verify::game_in(&game.with(Vec::new()), |path| host.path(path)).ok()?;
    Some(Build { name: LayerName::parse(&found.build).ok()?, layers: Vec::new() })
}

fn look(host: &Host, game: &GameLayers, build: Build) -> std::result::Result<KeptBuild, String> {
    let layers = game.with(build.layers.clone());
    let found = verify::game_in(&layers, |path| host.path(path)).map_err(|missing| missing.to_string())?;
    if found.build != build.name.build() {
        return Err(format!("its layers hold build {}", found.build));
    }
    let manifest = layers.find_as(verify::MANIFEST, |path| host.path(path));
    let published = manifest
        .and_then(|path| std::fs::symlink_metadata(path).ok())
        .and_then(|found| u64::try_from(found.mtime()).ok());
    Ok(KeptBuild { build, game: found, published })
}

/// Steam counts upwards.
fn number(name: &LayerName) -> (u128, u16) {
    let repair = name.as_str().split_once('.').and_then(|(_, repair)| repair.parse().ok());
    (name.build().parse().unwrap_or(0), repair.unwrap_or(0))
}
