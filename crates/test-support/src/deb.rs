//! The built package, for the tests that read or install it.

use std::path::{Path, PathBuf};

/// The newest package that packaging/build-deb.sh left in this target directory.
pub fn built() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let dir = program.ancestors().nth(3).unwrap_or(Path::new("target")).join("debian");
    let mut packages: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "deb"))
        .collect();
    packages.sort_by_key(|p| p.metadata().and_then(|m| m.modified()).unwrap());
    packages.pop().expect("this test needs the package\nhint: packaging/build-deb.sh")
}
