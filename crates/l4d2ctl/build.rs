//! Links the programs against libc alone: see `packaging/link`.

fn main() {
    println!("cargo::rustc-link-arg-bins=-L../../packaging/link");
    println!("cargo::rerun-if-changed=../../packaging/link");
}
