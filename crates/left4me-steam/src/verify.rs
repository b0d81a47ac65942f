//! Verifies on disk that the game is installed. An exit code of 0 proves nothing, and neither does "Success".

use crate::{LINUX_DEPOT, elf};
use left4me::app_state::AppState;
use left4me::game_layers::{GameLayers, LayerName};
use left4me::host::Host;
use left4me::manifest::{self, Manifest};
use left4me::read::{self, Limit, Links};
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// An installed game.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VerifiedGame {
    /// Steam's build id.
    pub build: String,
    /// `PatchVersion` of steam.inf, such as 2.2.4.3.
    pub version: Option<String>,
    /// Bytes on disk, as Steam counts them.
    pub size: Option<u64>,
    /// Steam has marked it as due for an update, which has not begun: all files of this build are there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub update_wanted: bool,
}

/// What an installed game needs and this one lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// There is no manifest and no server: nothing was installed.
    Everything,
    /// Steam's manifest is absent.
    Manifest,
    /// The manifest says that the install is not complete.
    Unfinished(u32),
    /// The manifest says that the update of an installed build is not complete.
    Interrupted {
        /// The build that was installed.
        build: String,
        /// The manifest's StateFlags.
        flags: u32,
    },
    /// An update that is in use is not there.
    Layer(LayerName),
    /// The Linux depot is absent: only the Windows files are there.
    LinuxDepot,
    /// A file that the server starts from, and what is wrong with it.
    File(&'static str, &'static str),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Everything => write!(f, "nothing is installed"),
            Missing::Manifest => write!(f, "its manifest appmanifest_222860.acf is missing"),
            Missing::Unfinished(1026) => write!(f, "the installation was interrupted (StateFlags 1026)"),
            Missing::Unfinished(flags) => {
                write!(f, "the installation is not complete (StateFlags {flags}, not 4)")
            }
            Missing::Interrupted { build, flags } => {
                write!(f, "the update of build {build} is not finished (StateFlags {flags})")
            }
            Missing::Layer(name) => {
                write!(f, "the files of the update {name}, which is in use, are not there")
            }
            Missing::LinuxDepot => {
                write!(f, "only the Windows files are there (depot {LINUX_DEPOT} is missing)")
            }
            Missing::File(name, wrong) => write!(f, "{name} {wrong}"),
        }
    }
}

pub use left4me::manifest::{MAX_BYTES as MAX_MANIFEST, PATH as MANIFEST};
const COMPLETE: u32 = 4;

/// What is installed on this host.
pub fn game(host: &Host) -> left4me::Result<Result<VerifiedGame, Missing>> {
    let game = host.game_layers()?;
    host.as_runtime_user(|| Ok(game_in(&game, |path| host.path(path))))
}

/// What these layers hold, which the calling user can read; `at` tells where a path of the host lies.
pub fn game_in(game: &GameLayers, at: impl Fn(&Path) -> PathBuf) -> Result<VerifiedGame, Missing> {
    let is_there = |name: &&LayerName| {
        std::fs::symlink_metadata(at(&game.layer(name))).is_ok_and(|found| found.is_dir())
    };
    if let Some(name) = game.names().iter().find(|name| !is_there(name)) {
        return Err(Missing::Layer(name.clone()));
    }
    let find = |file: &str| game.find_as(file, &at);
    let read = |file: &str, limit| read::file(&find(file)?, Links::Refuse, limit).ok()?;
    let text = |file: &str, limit| Some(String::from_utf8_lossy(&read(file, limit)?).into_owned());
    let Some(manifest) = text(MANIFEST, manifest::LIMIT) else {
        let has_server = find("srcds_run").is_some();
        return Err(if has_server { Missing::Manifest } else { Missing::Everything });
    };
    let manifest = Manifest::parse(&manifest);
    let flags = manifest.state_flags.unwrap_or(0);
    let build = read::word(&manifest.build.unwrap_or_default());
    if !AppState(flags).is_installed() {
        let was_installed = manifest.depots.contains(&LINUX_DEPOT);
        return Err(if was_installed {
            Missing::Interrupted { build, flags }
        } else {
            Missing::Unfinished(flags)
        });
    }
    if !manifest.depots.contains(&LINUX_DEPOT) {
        return Err(Missing::LinuxDepot);
    }
    require_executable(find("srcds_run"), "srcds_run")?;
    require_executable(find("srcds_linux"), "srcds_linux")?;
    let header = read("srcds_linux", Limit::Head(elf::HEADER as u64)).unwrap_or_default();
    if !elf::is_elf32_x86(&header) {
        return Err(Missing::File("srcds_linux", "is not a 32-bit program"));
    }
    Ok(VerifiedGame {
        build,
        version: text("left4dead2/steam.inf", Limit::Head(4096)).and_then(|text| version(&text)),
        size: manifest.size,
        update_wanted: flags != COMPLETE,
    })
}

fn require_executable(found: Option<PathBuf>, name: &'static str) -> Result<(), Missing> {
    match found.and_then(|path| std::fs::symlink_metadata(path).ok()).ok_or(()) {
        Err(()) => Err(Missing::File(name, "is missing")),
        Ok(found) if !found.is_file() => Err(Missing::File(name, "is not a file")),
        Ok(found) if found.permissions().mode() & 0o100 == 0 => Err(Missing::File(name, "is not executable")),
        Ok(_) => Ok(()),
    }
}

/// The version that steam.inf names.
fn version(text: &str) -> Option<String> {
    let line = text.lines().find_map(|l| l.trim().strip_prefix("PatchVersion="))?;
    Some(read::word(line))
}
