//! Root's own copy of an instance's environment, and in its comments which layers were mounted with it.
//!
//! The unit's lines come first: where a comment ends with a backslash, systemd takes the next line for a part of it.

use crate::beneath;
use crate::layout::{Layout, environment_copy};
use crate::manifest::{self, Manifest};
use crate::mountinfo::Layer;
use crate::name::InstanceName;
use crate::read::{self, Limit, Links};
use std::path::Path;

/// Largest copy in bytes that anyone reads: an `instance.env`, its list of layers again, with their numbers, and as many
/// updates as there may be.
const MAX_BYTES: u64 = 256 * 1024;
const LAYER: &str = "# layer ";

/// The game's build in the tree of an instance, which says so itself; `None` when it is not mounted. Its server can put
/// anything in the file's place, so root calls it as the runtime user.
pub fn build(layout: &Layout, name: &InstanceName) -> Option<String> {
    let runtime = beneath::open_directory(&layout.runtime(name)).ok()?;
    let merged = beneath::directory_on_any_mount(runtime, "merged").ok()?;
    let path = Path::new(manifest::PATH);
    let text = read::file_beneath(merged, path, path, Links::Refuse, manifest::LIMIT).ok()??;
    Manifest::build_in(&text)
}

/// What an instance was mounted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The lines that the server's unit reads.
    pub environment: String,
    /// Its layers, the one that wins first; empty where version 0.1 mounted it, which did not write them down.
    pub layers: Vec<Layer>,
}

impl Mounted {
    /// The copy of this instance; `None` when nothing is mounted, and where 0.1 left the copy to root alone.
    pub fn read(name: &InstanceName) -> Option<Mounted> {
        Some(Mounted::parse(&read::text(&environment_copy(name), Links::Refuse, Limit::Whole(MAX_BYTES))?))
    }

    /// The copy as text.
    pub fn to_text(&self) -> String {
        let layer = |layer: &Layer| format!("{LAYER}{}:{} {}\n", layer.device, layer.inode, layer.path);
        let layers: String = self.layers.iter().map(layer).collect();
        format!("{}{layers}", self.environment)
    }

    fn parse(text: &str) -> Mounted {
        let mut mounted = Mounted { environment: String::new(), layers: Vec::new() };
        for line in text.lines() {
            match line.strip_prefix(LAYER) {
                Some(layer) => mounted.layers.extend(parse_layer(layer)),
                None => mounted.environment.extend([line, "\n"]),
            }
        }
        mounted
    }
}

fn parse_layer(line: &str) -> Option<Layer> {
    let (numbers, path) = line.split_once(' ')?;
    let (device, inode) = numbers.split_once(':')?;
    Some(Layer { path: path.to_owned(), device: device.parse().ok()?, inode: inode.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_read_as_it_was_written() {
        let layer = |path: &str, inode| Layer { path: path.into(), device: 64768, inode };
        let layers = vec![layer("overlays/a b\\", 7), layer("updates/20", 8), layer("installation", 9)];
        let environment = "L4D2_PORT=27015\nL4D2_ARGS=+map x\n".to_owned();
        let mounted = Mounted { environment, layers };
        let text = mounted.to_text();
        assert_eq!(
            text,
            "L4D2_PORT=27015\nL4D2_ARGS=+map x\n# layer 64768:7 overlays/a b\\\n# layer 64768:8 updates/20\n# layer 64768:9 installation\n"
        );
        assert_eq!(Mounted::parse(&text), mounted);
    }

    #[test]
    fn copies_without_layers() {
        for text in ["", "L4D2_PORT=27015\n"] {
            assert_eq!(Mounted::parse(text), Mounted { environment: text.into(), layers: vec![] });
        }
    }
}
