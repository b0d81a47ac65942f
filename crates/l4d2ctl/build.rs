//! Links the programs against libc alone: see `packaging/link`.

fn main() {
    // Cargo links below the top of the workspace.
    println!("cargo::rustc-link-arg-bins=-Lpackaging/link");
    println!("cargo::rerun-if-changed=../../packaging/link");
}
