//! What runs as root through sudo links these crates and no other: the list is to be read, not to grow.

use std::process::Command;

const ALLOWED: [&str; 8] =
    ["bitflags", "cfg-if", "left4me", "left4me-helpers", "libc", "linux-raw-sys", "nix", "rustix"];

#[test]
fn the_helpers_depend_on_a_handful_of_crates() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--package", "left4me-helpers", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout);
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    crates.sort_unstable();
    crates.dedup();
    assert_eq!(crates, ALLOWED);
}
