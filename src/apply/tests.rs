//! What a confirmed plan does on a host that changed after it was shown.

use super::*;
use crate::made::Made;
use crate::report::Notes;
use crate::resource::ResourceId;
use crate::resource::file::File;
use crate::state::State;
use left4me::host::Owner;
use left4me::layout::Layout;
use left4me_steam::Limits;
use left4me_steam::install_strategy::Pauses;
use left4me_steam::settings::SessionSettings;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// Differs as soon as the file is there: what a file's change brings with it.
#[derive(Debug)]
struct Follower;

impl Resource for Follower {
    fn id(&self) -> ResourceId {
        ResourceId::single("follower")
    }

    fn why(&self) -> &'static str {
        "a test"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        let (first, done) = (host.path(Path::new("/new")), host.path(Path::new("/done")));
        Ok(if first.exists() && !done.exists() { Finding::Absent } else { Finding::InSync })
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        std::fs::write(host.path(Path::new("/done")), "").unwrap();
        Ok(())
    }
}

fn file(name: &str) -> Box<dyn Resource> {
    let deployed =
        crate::deployed::Deployed { path: "", content: "ours\n", mode: 0o644, ..crate::deployed::SYSCTL };
    let file = File::from_deployed(&deployed, &Layout::default(), true);
    Box::new(File { path: Path::new("/").join(name), owner: Owner::Root, ..file })
}

fn resources() -> Vec<Box<dyn Resource>> {
    ["new", "kept", "drifted", "drifts", "repaired"]
        .into_iter()
        .map(file)
        .chain([Box::new(Follower) as _])
        .collect()
}

/// Before the plan: `new` is absent, `drifted` and `repaired` are open to all.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
    for (name, mode) in [("kept", 0o644), ("drifted", 0o666), ("drifts", 0o644), ("repaired", 0o666)] {
        std::fs::write(dir.path().join(name), "ours\n").unwrap();
        set_mode(dir.path(), name, mode);
    }
    dir
}

fn set_mode(tree: &Path, name: &str, mode: u32) {
    std::fs::set_permissions(tree.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A line for each resource: its outcome, and whether it is not as the plan said.
fn lines(applied: &Applied) -> Vec<String> {
    let line = |done: &AppliedResource| {
        let since = if done.changed_since_plan { ", changed since the plan" } else { "" };
        format!("{}: {}{since}", done.id, word(&done.outcome))
    };
    applied.resources.iter().map(line).collect()
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Changed(differences) => differences_text(differences),
        other => format!("{other:?}"),
    }
}

fn apply_after(change: impl FnOnce(&Path)) -> Vec<String> {
    let tree = tree();
    let host = Host::new(Layout::default(), tree.path().to_owned(), false).unwrap();
    let plan = Plan::inspect(resources(), &host);
    change(tree.path());
    let settings = SessionSettings {
        limits: Limits::with_stall(Duration::from_secs(10)),
        pauses: Pauses::new(Duration::ZERO),
        login: None,
        wait: false,
    };
    let (mut state, mut made, mut told) = (State::load(&host), Made::default(), 0);
    let mut tools =
        Tools { reporter: &Notes::default(), settings: &settings, state: &mut state, made: &mut made };
    let applied = plan.apply(&host, &mut tools, &mut |_| told += 1).unwrap();
    assert_eq!(told, applied.resources.len());
    lines(&applied)
}

#[test]
fn a_plan_that_still_holds_is_carried_out() {
    assert_eq!(
        apply_after(|_| {}),
        [
            "file /new: Created",
            "file /kept: InSync",
            "file /drifted: mode 0666 → 0644",
            "file /drifts: InSync",
            "file /repaired: mode 0666 → 0644",
            // That this run's own changes bring more with them is no surprise.
            "follower: Created",
        ]
    );
}

#[test]
fn what_changed_since_the_plan_was_shown_is_said() {
    let changed = apply_after(|tree| {
        std::fs::write(tree.join("new"), "theirs\n").unwrap();
        set_mode(tree, "drifted", 0o600);
        set_mode(tree, "drifts", 0o600);
        set_mode(tree, "repaired", 0o644);
    });
    assert_eq!(
        changed,
        [
            "file /new: content 7 bytes → 5 bytes, changed since the plan",
            "file /kept: InSync",
            "file /drifted: mode 0600 → 0644, changed since the plan",
            "file /drifts: mode 0600 → 0644, changed since the plan",
            "file /repaired: InSync",
            "follower: Created, changed since the plan",
        ]
    );
}
