//! What the command line says, as the library below takes it.

use crate::cli::{HostOptions, SettingOptions, SourceOptions, WithOrigin};
use crate::config::Request;
use crate::settings::{Origin, Overrides, Setting};

/// The options of `plan` and `apply`.
pub fn request(options: HostOptions) -> Request {
    Request {
        overrides: overrides(&options.settings),
        sysroot: options.sysroot,
        offline: options.offline,
        skip_usr_local: options.skip_usr_local,
        reset_config: options.reset_config,
    }
}

/// What outranks host.yaml.
pub fn overrides(options: &WithOrigin<SettingOptions>) -> Overrides {
    let origin = |name: &str, flag, variable| {
        if options.is_from_environment(name) { Origin::Environment(variable) } else { Origin::Flag(flag) }
    };
    let root = origin("root", "--root", "LEFT4ME_ROOT");
    Overrides {
        root: options.root.clone().map(|value| Setting { value, origin: root }),
        game: options.skip_game.then_some(Setting { value: false, origin: Origin::Flag("--skip-game") }),
        ..source(&options.source, |name| options.is_from_environment(name))
    }
}

/// What outranks host.yaml, of `steamcmd install`.
pub fn source_overrides(options: &WithOrigin<SourceOptions>) -> Overrides {
    source(options, |name| options.is_from_environment(name))
}

fn source(options: &SourceOptions, is_from_environment: impl Fn(&str) -> bool) -> Overrides {
    let setting = |value: &Option<String>, name, flag, variable| {
        let origin =
            if is_from_environment(name) { Origin::Environment(variable) } else { Origin::Flag(flag) };
        value.clone().map(|value| Setting { value, origin })
    };
    let (url, sha256) = (&options.steamcmd_url, &options.steamcmd_sha256);
    Overrides {
        mirror: setting(url, "steamcmd_url", "--steamcmd-url", "LEFT4ME_STEAMCMD_URL"),
        digest: setting(sha256, "steamcmd_sha256", "--steamcmd-sha256", "LEFT4ME_STEAMCMD_SHA256"),
        ..Overrides::default()
    }
}
