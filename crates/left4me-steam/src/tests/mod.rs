//! Downloads and sessions against the simulated Steam (tests/steam), without root.

mod attempts;
mod debian;
mod failures;
pub(crate) mod hostile;
mod install;
mod login;
mod secret;
mod session;
mod soak;

use crate::download::retry::RetryPolicy;
use crate::download::source::Source;
use crate::download::steamcmd::{Fetched, fetch_with};
use crate::install::Action;
use crate::install_strategy::Pauses;
use crate::session::Limits;
use crate::settings::SessionSettings;
use left4me::Result;
use left4me::game_layers::GameLayers;
use left4me::host::Host;
use left4me::layout::Layout;
use left4me::report::Silent;
use left4me_test_support::steam::{FILE, Steam};
use std::sync::LazyLock;
use std::time::Duration;

/// The one server of this test program.
fn steam() -> &'static Steam {
    static STEAM: LazyLock<Steam> = LazyLock::new(|| {
        Steam::start("simulated-steam", &["bytes=3000000"]).expect("gcc-multilib is installed")
    });
    &STEAM
}

/// A host whose state is a temporary directory of the caller's.
pub(crate) struct Place {
    pub(crate) host: Host,
    pub(crate) dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        // Not in /tmp: what is installed there may be on a file system of another kind.
        let dir = tempfile::Builder::new().prefix("l4d2-test-").tempdir_in("/var/tmp").unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        std::fs::create_dir(GameLayers::base_alone(&layout).base()).unwrap();
        Place { host: Host::unprivileged(layout), dir }
    }

    /// Without pauses.
    pub(crate) fn fetch(&self, url: &str, sha256: &str) -> Result<()> {
        self.fetch_with(&[url], sha256, &RetryPolicy { wait: &|_, _| Ok(()), ..RetryPolicy::DEFAULT })
            .map(drop)
    }

    /// From several mirrors, with another policy.
    pub(crate) fn fetch_with(&self, urls: &[&str], sha256: &str, policy: &RetryPolicy) -> Result<Fetched> {
        let mut source = Source::new(None, Some(sha256.to_owned()))?;
        source.urls = urls.iter().map(|url| url.parse().unwrap()).collect();
        fetch_with(&self.host, &source, &Silent, policy)
    }

    fn behave(&self, modes: &[&str]) {
        std::fs::write(self.host.layout.steam().join("sim/mode-queue"), modes.join("\n")).unwrap();
    }

    /// A setting of the double (tests/steam/README.md).
    fn set(&self, key: &str, value: &str) {
        let path = self.host.layout.steam().join("sim/settings");
        let mut settings = std::fs::read_to_string(&path).unwrap();
        settings.push_str(&format!("{key}={value}\n"));
        std::fs::write(path, settings).unwrap();
    }

    /// What the mode `say_CODE` prints.
    fn say(&self, text: &str) {
        std::fs::write(self.host.layout.steam().join("sim/say"), text).unwrap();
    }

    /// Names directly below the root, sorted; hidden ones included.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// A place with SteamCMD, whose runs behave as `modes` say, one after the other, and then well.
///
/// On the way through the Windows files the first run is refused, and the second, with a seeded manifest; the
/// third brings those, the fourth the Linux files.
fn place(modes: &[&str]) -> Place {
    let steam = steam();
    let place = Place::new();
    place.fetch(&format!("{}/{FILE}", steam.base), &steam.sha256).unwrap();
    place.behave(modes);
    place
}

/// A place with the game, where an update is one session, and another one that asks for the build on offer.
fn installed() -> Place {
    let place = place(&[]);
    crate::install::install(&place.host, &config(), &Silent, Action::Install).unwrap();
    place
}

/// Sessions without pauses; silence ends one soon.
fn config() -> SessionSettings {
    SessionSettings {
        limits: Limits::with_stall(Duration::from_secs(2)),
        pauses: Pauses { retry: Duration::ZERO, back_off: Duration::ZERO },
        login: None,
        wait: false,
    }
}
