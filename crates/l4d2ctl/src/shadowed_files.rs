//! Files that an instance's own layer has and that an update of the game changed: the server goes on using its own.

use crate::cfg_directory::CFG;
use crate::{layers, server_cfg};
use left4me::beneath;
use left4me::game_layers::GameLayers;
use left4me::layer::{self, Found};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::walk;
use std::os::fd::OwnedFd;
use std::path::Path;

/// As many are listed; whoever has more looks for the reason elsewhere.
pub const MOST: usize = 100;
/// As many are found: a server can write any number.
const MOST_FOUND: usize = 10_000;

/// The updates in use, opened once for any number of instances.
pub struct Updates(Vec<OwnedFd>);

impl Updates {
    /// Those of this game.
    pub fn open(game: &GameLayers) -> Updates {
        let open = |name| beneath::open_directory(&game.layer(name)).ok();
        Updates(game.names().iter().filter_map(open).collect())
    }

    /// The first such files of an instance, sorted; without those that `start` puts there.
    pub fn shadowed(&self, layout: &Layout, name: &InstanceName) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let Ok(own) = layers::open_own(layout, name) else { return Vec::new() };
        let copied = server_cfg::copied_files(layout, name);
        let is_copied = |path: &Path| {
            path.strip_prefix(CFG).is_ok_and(|file| copied.iter().any(|copied| Path::new(copied) == file))
        };
        let mut found = Vec::new();
        walk::each(own, (), |(), entry, stat| {
            // What no update has a directory for is not looked through.
            let is_both_directories =
                stat.is_directory() && self.have(entry.path, |f| matches!(f, Found::Directory));
            let differs = |f: &Found| !(stat.is_directory() && matches!(f, Found::Directory));
            if found.len() < MOST_FOUND && self.have(entry.path, differs) && !is_copied(entry.path) {
                found.push(entry.path.to_string_lossy().into_owned());
            }
            is_both_directories.then_some(())
        });
        found.sort();
        found.truncate(MOST);
        found
    }

    fn have(&self, path: &Path, wanted: impl Fn(&Found) -> bool) -> bool {
        let has = |update| matches!(layer::lookup(update, path), Ok(Some(found)) if wanted(&found));
        self.0.iter().any(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn put(layout: &Layout, file: &str) {
        let path = layout.root().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    fn shadowed(layout: &Layout) -> Vec<String> {
        let game = GameLayers::load(layout).unwrap();
        Updates::open(&game).shadowed(layout, &InstanceName::parse("a").unwrap())
    }

    #[test]
    fn what_both_changed() {
        let dir = tempfile::Builder::new().prefix("shadowed-").tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        for file in
            ["b", "a/x", "a/own", "logs/1", "was-a-file/x", "was-a-directory", "left4dead2/cfg/server.cfg"]
        {
            put(&layout, &format!("runtime/a/upper/{file}"));
        }
        put(&layout, "runtime/a/upper/left4dead2/cfg/server_mine.cfg");
        assert_eq!(shadowed(&layout), [""; 0]);
        for file in ["20/b", "10/b", "10/a/x", "10/a/y", "20/was-a-file", "10/was-a-directory/x", "30/logs/1"]
        {
            put(&layout, &format!("updates/{file}"));
        }
        for file in ["server.cfg", "server_mine.cfg", "server_std.cfg"] {
            put(&layout, &format!("updates/20/left4dead2/cfg/{file}"));
        }
        put(&layout, "updates/current");
        put(&layout, "instances/a/staged");
        // Only those that are in use count.
        assert_eq!(shadowed(&layout), [""; 0]);
        fs::write(layout.root().join("updates/current"), "20\n10\n").unwrap();
        fs::write(layout.root().join("instances/a/staged"), "server.cfg\nserver_std.cfg\n").unwrap();
        let expected = ["a/x", "b", "left4dead2/cfg/server_mine.cfg", "was-a-directory", "was-a-file"];
        assert_eq!(shadowed(&layout), expected);
        for number in 0..150 {
            put(&layout, &format!("runtime/a/upper/a/{number:03}"));
            put(&layout, &format!("updates/20/a/{number:03}"));
        }
        let many = shadowed(&layout);
        assert_eq!((many.len(), many[0].as_str(), many[99].as_str()), (100, "a/000", "a/099"));
    }

    /// A link in a layer leads nowhere.
    #[test]
    fn links_are_files() {
        let dir = tempfile::Builder::new().prefix("shadowed-").tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        put(&layout, "updates/20/d/x");
        fs::write(layout.root().join("updates/current"), "20\n").unwrap();
        fs::create_dir_all(layout.root().join("runtime/a/upper")).unwrap();
        std::os::unix::fs::symlink("/etc", layout.root().join("runtime/a/upper/d")).unwrap();
        assert_eq!(shadowed(&layout), ["d"]);
    }
}
