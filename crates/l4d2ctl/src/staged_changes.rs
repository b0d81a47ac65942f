//! What the update that is not published yet changes.

use left4me::game_layers::GameLayers;
use left4me::layout::Layout;
use left4me::name::OverlayRef;
use left4me::shell;
use std::path::{Path, PathBuf};

/// More are not looked at.
const MOST: usize = 50_000;
/// Of so many files, each is named.
const FEW: usize = 8;

/// Where it lies.
pub fn directory(layout: &Layout) -> PathBuf {
    GameLayers::base_alone(layout).updates().join(".staging/upper")
}

/// Which overlay may have been made for the files that it changes; `None` when nothing can be said.
pub fn explain(layout: &Layout, overlays: &[OverlayRef]) -> Option<String> {
    let directory = directory(layout);
    let mut files = Vec::new();
    collect(&directory, Path::new(""), &mut files);
    for overlay in overlays {
        let own = layout.overlay(overlay);
        let shared: Vec<String> =
            files.iter().filter(|file| own.join(file).is_file()).map(shell::quote).take(FEW).collect();
        if !shared.is_empty() {
            return Some(format!(
                "the overlay '{overlay}' has files of its own in place of those that the update changes: {}",
                shared.join(" ")
            ));
        }
    }
    let few = (1..=FEW).contains(&files.len());
    let names = files.iter().map(shell::quote).collect::<Vec<_>>();
    few.then(|| format!("the update changes {}", names.join(" ")))
}

/// Files below `top`, without Steam's own notes. What changes meanwhile, or cannot be read, is left out.
fn collect(top: &Path, below: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(top.join(below)) else { return };
    for entry in entries.flatten() {
        let path = below.join(entry.file_name());
        match entry.file_type() {
            _ if files.len() >= MOST || path == Path::new("steamapps") => {}
            Ok(kind) if kind.is_dir() => collect(top, &path, files),
            Ok(_) => files.push(path),
            Err(_) => {}
        }
    }
}
