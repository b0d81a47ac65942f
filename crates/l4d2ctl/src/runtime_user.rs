//! Who runs the program: root becomes the runtime user, the runtime user stays, and anyone else gets an error.

use left4me::layout::{HOST_ENV, Layout, RUNTIME_USER};
use left4me::runtime_user::RuntimeUser;
use left4me::{Context, Error, Result, shell};
use rustix::fs::Mode;
use rustix::process::geteuid;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const APPLY: &str = "set up or repair the host: sudo left4me-setup apply";

/// Makes this process act as the runtime user from now on; returns where the files are.
pub fn become_runtime_user() -> Result<Layout> {
    let configured = std::env::var_os("LEFT4ME_ROOT").filter(|root| !root.is_empty());
    let user = users::get_user_by_name(RUNTIME_USER)
        .map(|user| RuntimeUser { uid: user.uid(), gid: user.primary_group_id() });
    if let Some(user) = user {
        user.refuse_own_mounts()?;
    }
    let layout = match (geteuid().as_raw(), user) {
        (0, None) => return Err(missing("the runtime user 'left4me' does not exist")),
        (0, Some(user)) => {
            let layout = layout(configured)?;
            user.become_forever()?;
            layout
        }
        (uid, Some(user)) if uid == user.uid => layout(configured)?,
        (uid, _) => development_root(uid, configured)?,
    };
    if !layout.root().is_dir() {
        return Err(missing(&format!("{} does not exist", layout.root().display())));
    }
    // The runtime user may not be able to read the caller's directory.
    std::env::set_current_dir("/").context(|| "cannot change to /".into())?;
    rustix::process::umask(Mode::from_raw_mode(0o027));
    Ok(layout)
}

fn missing(what: &str) -> Error {
    Error::new(what).hint(APPLY)
}

fn layout(configured: Option<OsString>) -> Result<Layout> {
    match configured {
        Some(root) => Layout::new(root),
        None => Layout::from_host_env(Path::new(HOST_ENV)),
    }
}

/// For development and tests: the owner of the tree in `LEFT4ME_ROOT` needs no other rights.
fn development_root(uid: u32, configured: Option<OsString>) -> Result<Layout> {
    if let Some(root) = configured
        && std::fs::metadata(&root).is_ok_and(|meta| meta.uid() == uid)
    {
        return Layout::new(root);
    }
    Err(Error::new("l4d2ctl must be run by root or by the runtime user 'left4me'")
        .hint(shell::sudo_again("l4d2ctl")))
}
