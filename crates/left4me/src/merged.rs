//! Several layers seen as one tree by whoever asks, and by nobody else.
//!
//! Only the kernel knows what layers come to: the mark of an opaque directory is root's to read, and the rules are
//! its own. So they are mounted, in a mount namespace that ends with its last thread, however that ends.

use crate::{Context, Error, Result, beneath, overlay_mount, printable};
use rustix::mount::MountFlags;
use std::path::{Path, PathBuf};

/// Does `work` where `at` shows these layers merged, topmost first, read-only. Needs root.
pub fn with<T: Send>(layers: &[PathBuf], at: &Path, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        // The other threads stay where they are, and the namespace ends with this one.
        let inside = scope.spawn(|| {
            overlay_mount::leave_namespace()?;
            mount(layers, at)?;
            work()
        });
        inside.join().unwrap_or_else(|_| Err(Error::new(format!("cannot examine {}", at.display()))))
    })
}

fn mount(layers: &[PathBuf], at: &Path) -> Result<()> {
    let open = |path: &Path| {
        let failed = || format!("cannot open {}", printable::quote_path(path));
        beneath::open_absolute(path).map_err(std::io::Error::from).context(failed)
    };
    let lower = layers.iter().map(|layer| open(layer)).collect::<Result<Vec<_>>>()?;
    let target = open(at)?;
    let failed = || format!("cannot mount the layers of {}", at.display());
    let numbers = overlay_mount::numbers(&lower, None)?;
    overlay_mount::attach("left4me", &numbers, &target, MountFlags::RDONLY).context(failed)?;
    rustix::process::chdir("/").context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me_test_support::namespace;
    use std::fs;

    #[test]
    #[ignore = "needs root: tests/run.sh"]
    fn layers_are_seen_merged_and_only_inside() {
        namespace::run("merged::tests::layers_are_seen_merged_and_only_inside", |directory| {
            let at = |path: &str| directory.join(path);
            for (file, content) in [("base/a", "1"), ("base/b", "1"), ("top/a", "2")] {
                fs::create_dir_all(at(file).parent().unwrap()).unwrap();
                fs::write(at(file), content).unwrap();
            }
            let table = || fs::read_to_string("/proc/self/mountinfo").unwrap();
            let (before, base) = (table(), at("base"));
            let read = || Ok(["a", "b"].map(|file| fs::read_to_string(base.join(file)).unwrap()));
            assert_eq!(with(&[at("top"), at("base")], &base, read), Ok(["2", "1"].map(str::to_owned)));
            let refused =
                with(&[at("top"), at("base")], &base, || Ok(fs::write(base.join("new"), "x").is_err()));
            assert_eq!(refused, Ok(true));
            assert_eq!((read(), table()), (Ok(["1", "1"].map(str::to_owned)), before));
            assert!(with(&[at("gone"), at("base")], &base, || Ok(())).is_err());
        });
    }
}
