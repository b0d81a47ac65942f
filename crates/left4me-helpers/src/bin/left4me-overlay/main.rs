//! `left4me-overlay mount|umount NAME`: an instance's file tree, as root.
//!
//! The tree below `LEFT4ME_ROOT` belongs to a user who may be hostile and who may be the caller. So
//! nothing there is reached by a path that could change meanwhile: [`tree`] opens directories one
//! beneath the other and refuses links, [`layers`] decides what may be a layer, [`mount`] hands the
//! kernel the opened directories, [`unmount`] takes them away. [`table`] tells our mounts from others,
//! [`holders`] names who keeps one busy, [`environment`] keeps root's own copy of what the server's unit
//! reads, [`marks`] finds an own layer that the kernel would misread, [`host`] is what is settled before anything below the root is looked at.

mod environment;
mod holders;
mod host;
mod layers;
mod marks;
mod mount;
mod runtime;
mod table;
mod tree;
mod unmount;

use left4me::layout::LIBEXEC;
use left4me::name::InstanceName;
use left4me::{Result, shell};
use left4me_helpers::Helper;
use std::process::ExitCode;

const HELPER: Helper = Helper {
    name: "left4me-overlay",
    usage: "left4me-overlay [--print] mount|umount NAME",
    help: "\
usage: left4me-overlay [--print] mount|umount NAME

  mount     mount the file tree of the instance NAME: the layers that its
            instance.env lists, below its own writable layer
  umount    unmount it and remove what the kernel left in its work directory

  --print   show what would be done and change nothing

Both succeed when there is nothing to do. LEFT4ME_ROOT is read from
/etc/left4me/host.env; the environment is ignored.

Exit codes: 0 done or nothing to do; 1 failed; 2 usage.
",
};

#[derive(Clone, Copy)]
enum Verb {
    Mount,
    Umount,
}

fn main() -> ExitCode {
    HELPER.main(|arguments| {
        let (verb, name, print) = parse(arguments)?;
        Some(run(verb, name, print).and_then(|text| left4me_helpers::answer(&text)))
    })
}

/// Verb, name and whether only to print; `--print` may stand anywhere, once.
fn parse<'a>(arguments: &[&'a str]) -> Option<(Verb, &'a str, bool)> {
    let mut arguments = arguments.to_vec();
    let print = arguments.iter().position(|word| *word == "--print").map(|at| arguments.remove(at)).is_some();
    match arguments[..] {
        ["mount", name] => Some((Verb::Mount, name, print)),
        ["umount", name] => Some((Verb::Umount, name, print)),
        _ => None,
    }
}

/// Does it, or with `print` returns the text that says what would be done.
fn run(verb: Verb, name: &str, print: bool) -> Result<String> {
    let name = InstanceName::parse(name)?;
    host::require_root(&shell::sudo_again(&format!("{LIBEXEC}/{}", HELPER.name)))?;
    host::forget_the_caller();
    host::enter_namespace_of_init()?;
    let layout = host::layout()?;
    // Held until the process ends; --print looks without it, because making the lock file is a change.
    let _lock = if print {
        host::examine_lock()?;
        None
    } else {
        Some(host::lock()?)
    };
    match verb {
        Verb::Mount => mount::mount(&layout, &name, print),
        Verb::Umount => mount::umount(&layout, &name, print),
    }
}
