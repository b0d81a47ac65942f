//! Where the game lies: a list of layers, of which the topmost that has a file decides. No other code knows.
//!
//! Today there is one layer, the installation. Updates will be published as layers above it.

use crate::layout::Layout;
use crate::manifest::APP;
use std::path::{Path, PathBuf};

/// The layers of a host's game, as paths that the host sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameLayers {
    /// Topmost first; the base is the last one.
    layers: Vec<PathBuf>,
    base: PathBuf,
    updates: PathBuf,
}

impl GameLayers {
    /// The game below `LEFT4ME_ROOT`.
    pub fn new(layout: &Layout) -> Self {
        let base = layout.root().join("installation");
        GameLayers { layers: vec![base.clone()], base, updates: layout.root().join("updates") }
    }

    /// The lowest layer: what SteamCMD installs into, and what an `instance.env` calls the game.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Where published updates lie; [`topmost_first`](Self::topmost_first) tells which of them are in use.
    pub fn updates(&self) -> &Path {
        &self.updates
    }

    /// All layers in use, the one that wins first.
    pub fn topmost_first(&self) -> impl Iterator<Item = &Path> {
        self.layers.iter().map(PathBuf::as_path)
    }

    /// A file of the game, in the topmost layer that has one.
    pub fn find(&self, file: &str) -> Option<PathBuf> {
        self.topmost_first().map(|layer| layer.join(file)).find(|path| path.is_file())
    }

    /// Steam's manifest of the topmost layer: it names the build that a server gets at its next start.
    pub fn manifest(&self) -> PathBuf {
        let topmost = self.layers.first().unwrap_or(&self.base);
        topmost.join(format!("steamapps/appmanifest_{APP}.acf"))
    }

    /// What people call a layer of the game: `the game`, or `game update BUILD`; `None` for other directories.
    pub fn describe(&self, layer: &Path) -> Option<String> {
        if layer == self.base {
            return Some("the game".to_owned());
        }
        let build = layer.strip_prefix(&self.updates).ok()?;
        Some(format!("game update {}", build.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_topmost_layer_that_has_a_file_decides() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let game =
            GameLayers { layers: vec![path("2"), path("1"), path("0")], base: path("0"), updates: path("u") };
        for file in ["0/a", "1/a", "0/b", "2/c/d"] {
            fs::create_dir_all(path(file).parent().unwrap()).unwrap();
            fs::write(path(file), "").unwrap();
        }
        for (file, found) in
            [("a", Some("1/a")), ("b", Some("0/b")), ("c", None), ("c/d", Some("2/c/d")), ("e", None)]
        {
            assert_eq!(game.find(file), found.map(path), "{file}");
        }
        assert_eq!(game.topmost_first().collect::<Vec<_>>(), [path("2"), path("1"), path("0")]);
        assert_eq!(game.manifest(), path("2/steamapps/appmanifest_222860.acf"));
    }

    #[test]
    fn layers_have_names() {
        let game = GameLayers::new(&Layout::default());
        assert_eq!(game.base().to_str(), Some("/var/lib/left4me/installation"));
        assert_eq!(game.updates().to_str(), Some("/var/lib/left4me/updates"));
        assert_eq!(game.topmost_first().collect::<Vec<_>>(), [game.base()]);
        for (layer, name) in [
            ("/var/lib/left4me/installation", Some("the game")),
            ("/var/lib/left4me/installation/bin", None),
            ("/var/lib/left4me/updates/17000000", Some("game update 17000000")),
            ("/var/lib/left4me/overlays/a", None),
            ("installation", None),
        ] {
            assert_eq!(game.describe(Path::new(layer)).as_deref(), name, "{layer}");
        }
    }
}
