//! Which directories may be layers, and opening them.

use crate::host;
use crate::tree::{self, Tree};
use left4me::beneath::{self, SAME_MOUNT};
use left4me::game_layers::{self, CURRENT, LayerName, UPDATES};
use left4me::name::InstanceName;
use left4me::read::{self, Limit};
use left4me::{Context, Error, Result, env_file, instance_env, mountinfo, printable};
use rustix::io::Errno;
use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::Path;

/// More the kernel refuses.
const MOST: usize = 500;
const KEY: &str = "L4D2_LOWERDIRS";

/// The layers of one instance as paths below the root, the one that wins first.
#[derive(Debug, PartialEq, Eq)]
pub struct Layers(Vec<String>);

impl Layers {
    /// Reads and validates the instance's `instance.env`; returns the lines for the server's unit too.
    pub fn read(tree: &Tree, name: &InstanceName) -> Result<(Layers, String)> {
        let path = tree.path(format!("instances/{name}/instance.env"));
        let missing = || {
            Error::new(format!("instance.env not found: {}", path.display()))
                .hint(format!("sudo l4d2ctl initialize {name} -f SPEC makes it"))
        };
        let opened = tree
            .anchor("instances")
            .and_then(|all| beneath::file(all, format!("{name}/instance.env"), SAME_MOUNT));
        let file = match opened {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(missing()),
            // What a link, a socket or a device without a driver answers.
            Err(Errno::LOOP | Errno::NOTDIR | Errno::NXIO) => return Err(not_a_file(&path)),
            Err(cause) => return Err(tree::refusal(&path, cause)),
        };
        let stat = rustix::fs::fstat(&file).context(|| format!("cannot examine {}", path.display()))?;
        if !host::is_regular(&stat) {
            return Err(not_a_file(&path));
        }
        // A hard link could be any file of the disk, and errors below quote what they read.
        if stat.st_uid != tree.owner() {
            return Err(Error::new(format!(
                "{} belongs to uid {}, not to the runtime user",
                path.display(),
                stat.st_uid
            ))
            .hint(format!("make it again: sudo l4d2ctl initialize {name} -f SPEC")));
        }
        let text = host::read_text(file, &path)?;
        instance_env::require_single(&text, &path)?;
        let environment = instance_env::unit_environment(&text)?;
        // The list before any layer is opened: a squash exchanges the base first, and empties the list then.
        let updates = updates(tree)?;
        Ok((Layers::parse(&text, &path, &tree.path(""), &updates)?, environment))
    }

    /// Validates the text of an `instance.env`; `file` and `root` are its path and `LEFT4ME_ROOT`. The game in it
    /// stands for these updates and the base.
    fn parse(text: &str, file: &Path, root: &Path, updates: &[LayerName]) -> Result<Layers> {
        let Some(value) = env_file::value(text, KEY) else {
            return Err(Error::new(format!("{KEY} not set in {}", file.display())));
        };
        if value.is_empty() {
            return Err(Error::new(format!("{KEY} is empty in {}", file.display())));
        }
        let count = value.split(':').count();
        if count > MOST {
            return Err(Error::new(format!("{KEY} has {count} entries (cap {MOST})")));
        }
        let layers =
            value.split(':').map(|layer| validate(layer, value, root)).collect::<Result<Vec<_>>>()?;
        let layers = game_layers::expand(layers.iter().map(String::as_str), updates);
        if layers.len() > MOST {
            return Err(Error::new(format!(
                "{KEY} and {} updates are {} layers (cap {MOST})",
                updates.len(),
                layers.len()
            ))
            .hint("merge the updates into the base: sudo left4me-setup game squash"));
        }
        refuse_overlap(&layers)?;
        Ok(Layers(layers))
    }

    /// Opens every layer beneath the root, or says which one is refused.
    pub fn open(&self, tree: &Tree) -> Result<Vec<OwnedFd>> {
        let open = |layer: &String| match layer.split_once('/') {
            None => tree.anchor(layer),
            Some((anchor, rest)) => beneath::directory(tree.anchor(anchor)?, rest),
        };
        self.0
            .iter()
            .map(|layer| open(layer).map_err(|cause| tree::refusal(&tree.path(layer), cause)))
            .collect()
    }

    /// The absolute paths, for messages.
    pub fn paths(&self, tree: &Tree) -> Vec<String> {
        self.0.iter().map(|layer| tree.path(layer).display().to_string()).collect()
    }

    /// What tells these layers, which were opened, from others.
    pub fn identify(&self, opened: &[OwnedFd]) -> Result<Vec<mountinfo::Layer>> {
        let layer = |(path, opened): (&String, &OwnedFd)| {
            let stat = rustix::fs::fstat(opened).context(|| format!("cannot examine {path}"))?;
            Ok(mountinfo::Layer { path: path.clone(), device: stat.st_dev, inode: stat.st_ino })
        };
        self.0.iter().zip(opened).map(layer).collect()
    }
}

/// The updates in use. The list is the runtime user's, as `instance.env` is.
fn updates(tree: &Tree) -> Result<Vec<LayerName>> {
    let path = tree.path(format!("{UPDATES}/{CURRENT}"));
    let updates = match tree.anchor(UPDATES) {
        Ok(updates) => updates,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(cause) => return Err(tree::refusal(&tree.path(UPDATES), cause)),
    };
    let file = match beneath::file(updates, CURRENT, SAME_MOUNT) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(Errno::LOOP | Errno::NOTDIR | Errno::NXIO) => return Err(not_a_file(&path)),
        Err(cause) => return Err(tree::refusal(&path, cause)),
    };
    let stat = rustix::fs::fstat(&file).context(|| format!("cannot examine {}", path.display()))?;
    // Errors quote what they read, and a hard link could be any file of the disk.
    if !host::is_regular(&stat) || stat.st_uid != tree.owner() {
        return Err(not_a_file(&path));
    }
    game_layers::parse_list(&read::opened(file, &path, Limit::Whole(game_layers::MAX_BYTES))?, &path)
}

fn not_a_file(path: &Path) -> Error {
    Error::new(format!("{} is not a regular file of the runtime user", path.display()))
}

/// One entry of the list as a path below the root.
fn validate(layer: &str, all: &str, root: &Path) -> Result<String> {
    let quoted = |text| printable::bounded(text, 200);
    if layer.is_empty() {
        return Err(Error::new(format!("{KEY} contains an empty entry: {}", quoted(all))));
    }
    let outside = || {
        Err(Error::new(format!("path is outside the permitted roots: {}", quoted(layer)))
            .hint("installation, updates/…, overlays/… and workshop_cache below LEFT4ME_ROOT may be layers"))
    };
    let Some(below) =
        root.to_str().and_then(|root| layer.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/'))
    else {
        return outside();
    };
    let components: Vec<&str> = below.split('/').collect();
    // Control characters would reach terminals and the journal through messages.
    if components.iter().any(|c| matches!(*c, "" | "." | "..")) || below.chars().any(char::is_control) {
        return outside();
    }
    match components[..] {
        ["installation" | "workshop_cache"] | ["updates" | "overlays" | "workshop_cache", _, ..] => {
            Ok(below.to_owned())
        }
        _ => outside(),
    }
}

/// The kernel answers a layer given twice, or one inside another, with "too many symbolic links".
fn refuse_overlap(layers: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    if let Some(twice) = layers.iter().find(|layer| !seen.insert(layer.as_str())) {
        return Err(Error::new(format!("{KEY} lists {} twice", printable::line(twice))));
    }
    for layer in layers {
        let mut above = layer.as_str();
        while let Some((parent, _)) = above.rsplit_once('/') {
            if seen.contains(parent) {
                return Err(Error::new(format!(
                    "the layer {} lies inside the layer {}",
                    printable::line(layer),
                    printable::line(parent)
                )));
            }
            above = parent;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<Layers, String> {
        let text = format!("L4D2_PORT=27015\nL4D2_LOWERDIRS={value}\n");
        Layers::parse(&text, Path::new("/r/instances/a/instance.env"), Path::new("/r/"), &[])
            .map_err(|e| e.to_string())
    }

    #[test]
    fn accepted() {
        for (value, layers) in [
            ("/r/installation", vec!["installation"]),
            (
                "/r/overlays/8:/r/overlays/a/b c,d=e:/r/updates/123:/r/installation",
                vec!["overlays/8", "overlays/a/b c,d=e", "updates/123", "installation"],
            ),
            ("/r/workshop_cache:/r/installation", vec!["workshop_cache", "installation"]),
            ("/r/workshop_cache/x", vec!["workshop_cache/x"]),
        ] {
            assert_eq!(
                parse(value).as_ref().map(|l| l.0.iter().map(String::as_str).collect::<Vec<_>>()),
                Ok(layers)
            );
        }
    }

    #[test]
    fn refused() {
        let outside = "path is outside the permitted roots: ";
        for (value, message) in [
            ("", "L4D2_LOWERDIRS is empty in /r/instances/a/instance.env"),
            ("/r/installation::/r/overlays/a", "L4D2_LOWERDIRS contains an empty entry: "),
            ("/etc", outside),
            ("/", outside),
            ("/r", outside),
            ("/r/", outside),
            ("/rr/installation", outside),
            ("installation", outside),
            ("/r/overlays", outside),
            ("/r/updates", outside),
            ("/r/installation/bin", outside),
            ("/r/instances/a", outside),
            ("/r/runtime/a/upper", outside),
            ("/r/overlays/../../etc", outside),
            ("/r/overlays/a/..", outside),
            ("/r/overlays/./a", outside),
            ("/r/overlays//a", outside),
            ("/r/overlays/a/", outside),
            ("/r//installation", outside),
            ("/r/overlays/a\u{1b}[2J", outside),
            ("\"/r/installation\"", outside),
            ("/r/overlays/a:/r/overlays/a", "L4D2_LOWERDIRS lists overlays/a twice"),
            ("/r/overlays/a/b:/r/overlays/a", "the layer overlays/a/b lies inside the layer overlays/a"),
        ] {
            let refusal = parse(value).expect_err(value);
            assert!(refusal.starts_with(message), "{value}: {refusal}");
            assert!(!refusal.contains('\u{1b}'));
        }
        let none = Layers::parse("L4D2_PORT=1\n", Path::new("/e"), Path::new("/r"), &[]).expect_err("no key");
        assert_eq!(none.message(), "L4D2_LOWERDIRS not set in /e");
    }

    #[test]
    fn from_one_to_five_hundred() {
        let list = |n: usize| (0..n).map(|i| format!("/r/overlays/{i}")).collect::<Vec<_>>().join(":");
        assert!(parse(&list(500)).is_ok());
        assert_eq!(parse(&list(501)), Err("L4D2_LOWERDIRS has 501 entries (cap 500)".to_owned()));
    }

    #[test]
    fn the_game_stands_for_its_updates() {
        let updates = game_layers::parse_list(b"20\n10\n", Path::new("x")).expect("a list");
        let parse = |value: &str| {
            let text = format!("L4D2_LOWERDIRS={value}\n");
            Layers::parse(&text, Path::new("/e"), Path::new("/r"), &updates).map_err(|e| e.to_string())
        };
        let expected = ["overlays/a", "updates/20", "updates/10", "installation"].map(str::to_owned);
        assert_eq!(parse("/r/overlays/a:/r/installation"), Ok(Layers(expected.to_vec())));
        assert_eq!(
            parse("/r/updates/10:/r/installation"),
            Err("L4D2_LOWERDIRS lists updates/10 twice".to_owned())
        );
        let full: Vec<String> = (0..499).map(|i| format!("/r/overlays/{i}")).collect();
        let refused = parse(&format!("{}:/r/installation", full.join(":"))).expect_err("too many");
        assert_eq!(refused, "L4D2_LOWERDIRS and 2 updates are 502 layers (cap 500)");
    }
}
