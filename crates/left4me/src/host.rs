//! The host as resources see it: a directory tree, its accounts, its tools.

use crate::game_layers::GameLayers;
use crate::layout::{Layout, RUNTIME_USER};
use crate::lock::{self, Lock};
use crate::runtime_user::RuntimeUser;
use crate::{Context, Error, Result, child, merged};
use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use users::os::unix::UserExt;

/// Root's own directory: in /run/lock, which anyone may write, another user could hold us up.
const LOCK: &str = "/run/left4me-setup.lock";

/// An account of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// User and group.
    pub ids: RuntimeUser,
    /// Its home directory.
    pub home: PathBuf,
    /// What a login would start.
    pub shell: PathBuf,
}

/// Whom a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// root:root
    Root,
    /// root, group of the runtime user
    RootForRuntime,
    /// the runtime user
    Runtime,
}

/// The machine, or a directory tree that becomes one.
pub struct Host {
    /// Paths of the state.
    pub layout: Layout,
    sysroot: PathBuf,
    // Keeps a sysroot reachable for the runtime user even below a directory that only root may enter.
    anchor: Option<File>,
    can_own: bool,
    // Every resource asks for it; only the one that makes it may change it during a run.
    account: RefCell<Option<Account>>,
    sees_merged_game: Cell<bool>,
}

impl Host {
    /// The host below `sysroot`, which is `/` for this machine; `can_own`: owners can be set here.
    pub fn new(layout: Layout, sysroot: PathBuf, can_own: bool) -> Result<Host> {
        let anchor = if sysroot == Path::new("/") {
            None
        } else {
            Some(File::open(&sysroot).context(|| format!("cannot open the sysroot {}", sysroot.display()))?)
        };
        Ok(Host {
            layout,
            sysroot,
            anchor,
            can_own,
            account: RefCell::default(),
            sees_merged_game: Cell::default(),
        })
    }

    /// This machine with the state below `layout`, all of it the caller's own.
    pub fn unprivileged(layout: Layout) -> Host {
        Host {
            layout,
            sysroot: "/".into(),
            anchor: None,
            can_own: false,
            account: RefCell::default(),
            sees_merged_game: Cell::default(),
        }
    }

    /// Where the game's base and its updates lie, whichever of them are in use.
    pub fn game(&self) -> GameLayers {
        GameLayers::base_alone(&self.layout)
    }

    /// The game's layers in use. While this process sees all of them merged over the base, the base alone.
    pub fn game_layers(&self) -> Result<GameLayers> {
        if self.sees_merged_game.get() {
            return Ok(self.game());
        }
        self.as_runtime_user(|| GameLayers::load_as(&self.layout, |path| self.path(path)))
    }

    /// Whether this process sees all layers merged over the base from now on, as an update does.
    pub fn set_sees_merged_game(&self, sees: bool) {
        self.sees_merged_game.set(sees);
    }

    /// Whether this process sees all layers merged over the base.
    pub fn sees_merged_game(&self) -> bool {
        self.sees_merged_game.get()
    }

    /// Does `work` on the same host where this process sees these layers of the game merged, as a server does;
    /// nothing can be written there. Not to be called as the runtime user. An image has a base alone.
    pub fn with_merged_game<T: Send>(
        &self,
        game: &GameLayers,
        work: impl FnOnce(&Host) -> Result<T> + Send,
    ) -> Result<T> {
        if self.sees_merged_game.get() || !self.is_running() || !self.can_own {
            return work(self);
        }
        let layout = self.layout.clone();
        let work = move || {
            let host = Host::new(layout, "/".into(), true)?;
            host.set_sees_merged_game(true);
            work(&host)
        };
        let layers: Vec<PathBuf> = game.topmost_first().collect();
        if layers.len() == 1 { work() } else { merged::with(&layers, game.base(), work) }
    }

    /// Where `path` of the host lies in the tree we work on.
    pub fn path(&self, path: &Path) -> PathBuf {
        match &self.anchor {
            None => path.to_owned(),
            Some(anchor) => PathBuf::from(format!("/proc/self/fd/{}", anchor.as_raw_fd()))
                .join(path.strip_prefix("/").unwrap_or(path)),
        }
    }

    /// Where `path` of the host lies, for a tool that is told so.
    pub fn outer_path(&self, path: &Path) -> PathBuf {
        self.sysroot.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Whether this is the running machine and not an image.
    pub fn is_running(&self) -> bool {
        self.anchor.is_none()
    }

    /// Takes the host's lock, so that one run at a time changes it; see [`lock::take`].
    pub fn lock(&self, wait: bool, say: impl FnOnce(&str)) -> Result<Lock> {
        let path = self.path(Path::new(LOCK));
        // Asked first: an apply with nothing to do makes no call that writes, not even one that fails.
        if let Some(parent) = path.parent().filter(|parent| !self.is_running() && !parent.is_dir()) {
            std::fs::create_dir_all(parent).context(|| "cannot make /run in the sysroot".into())?;
        }
        lock::take(&path, wait, say)
    }

    /// Whether a service manager runs here that units can be loaded into.
    pub fn has_systemd(&self) -> bool {
        self.is_running() && Path::new("/run/systemd/system").is_dir()
    }

    /// Whether owners can be set.
    pub fn can_own(&self) -> bool {
        self.can_own
    }

    /// The runtime user's account, if it exists.
    pub fn account(&self) -> Result<Option<Account>> {
        if let Some(known) = self.account.borrow().as_ref() {
            return Ok(Some(known.clone()));
        }
        let found = self.look_up_account()?;
        self.account.replace(found.clone());
        Ok(found)
    }

    /// After the account was changed: the next look is a fresh one.
    pub fn forget_account(&self) {
        self.account.replace(None);
    }

    fn look_up_account(&self) -> Result<Option<Account>> {
        if self.is_running() {
            return Ok(users::get_user_by_name(RUNTIME_USER).map(|user| Account {
                ids: RuntimeUser { uid: user.uid(), gid: user.primary_group_id() },
                home: user.home_dir().to_owned(),
                shell: user.shell().to_owned(),
            }));
        }
        let passwd = match std::fs::read_to_string(self.path(Path::new("/etc/passwd"))) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).context(|| "cannot read the sysroot's /etc/passwd".into()),
        };
        Ok(passwd.lines().find_map(account_line))
    }

    /// The runtime user; an error when it does not exist yet.
    pub fn runtime_user(&self) -> Result<RuntimeUser> {
        match self.account()? {
            Some(account) => Ok(account.ids),
            None => Err(Error::new(format!("the user {RUNTIME_USER} does not exist"))
                .hint("sudo left4me-setup apply creates it")),
        }
    }

    /// Does `work` as the runtime user: the way into everything below `LEFT4ME_ROOT`.
    pub fn as_runtime_user<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.can_own() {
            return work();
        }
        self.runtime_user()?.act(work)
    }

    /// Uid and gid of an owner; `None` when owners cannot be set here, or the account does not exist yet.
    pub fn ids(&self, owner: Owner) -> Result<Option<(u32, u32)>> {
        if !self.can_own() || owner != Owner::Root && self.account()?.is_none() {
            return Ok(None);
        }
        Ok(Some(match owner {
            Owner::Root => (0, 0),
            Owner::RootForRuntime => (0, self.runtime_user()?.gid),
            Owner::Runtime => {
                let user = self.runtime_user()?;
                (user.uid, user.gid)
            }
        }))
    }

    /// An owner in words, as far as its names are ours to know.
    pub fn owner_words(&self, (uid, gid): (u32, u32)) -> Result<String> {
        let runtime = self.account()?.map(|account| account.ids);
        let word = |id: u32, ours: Option<u32>| match id {
            0 => "root".to_owned(),
            id if Some(id) == ours => RUNTIME_USER.to_owned(),
            id => id.to_string(),
        };
        Ok(format!("{}:{}", word(uid, runtime.map(|r| r.uid)), word(gid, runtime.map(|r| r.gid))))
    }

    /// The option that makes a system tool work on the sysroot (`--root=DIR`), or nothing.
    pub fn sysroot_option(&self, name: &str) -> Option<String> {
        self.anchor.as_ref().map(|_| format!("{name}={}", self.sysroot.display()))
    }

    /// Whether a tool is installed on the machine that we run on.
    pub fn has_tool(name: &str) -> bool {
        tool(name).is_some()
    }

    /// Runs a system tool to its end and returns its standard output.
    pub fn run<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> Result<String> {
        let path = tool(name).ok_or_else(|| Error::new(format!("{name} is not installed")))?;
        let output = child::command(path)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .context(|| format!("cannot run {name}"))?;
        if !output.status.success() {
            let words: Vec<_> = arguments.iter().map(|a| a.as_ref().to_string_lossy()).collect();
            let reason = child::reason(output.status, &output.stderr);
            return Err(Error::new(format!("{name} {} failed: {reason}", words.join(" "))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn tool(name: &str) -> Option<PathBuf> {
    child::PATH.split(':').map(|dir| Path::new(dir).join(name)).find(|p| p.exists())
}

/// One line of passwd(5), if it is the runtime user's.
fn account_line(line: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields[..] else { return None };
    (name == RUNTIME_USER).then_some(())?;
    Some(Account {
        ids: RuntimeUser { uid: uid.parse().ok()?, gid: gid.parse().ok()? },
        home: home.into(),
        shell: shell.into(),
    })
}

#[cfg(test)]
mod tests;
