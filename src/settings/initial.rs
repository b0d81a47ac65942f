//! The host.yaml of a host that was set up by flags: what it really has, written down.

use super::{Origin, Overrides, Setting, Settings};
use crate::state::State;
use left4me::host::Host;
use left4me::host_file::HOST_FILE;
use left4me::{Context, Result, atomic};
use left4me_steam::download::source::Source;
use left4me_steam::verify::{self, Missing};
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What this host has; `given` outranks it.
pub fn settings(host: &Host, given: Overrides) -> Result<Settings> {
    let recorded = |value| Setting { value, origin: Origin::Recorded };
    let mut overrides = given;
    if let Some(facts) = State::load(host).steamcmd {
        let valves = Source::new(None, None)?;
        if overrides.mirror.is_none() && !valves.urls.iter().any(|url| url.as_str() == facts.url) {
            overrides.mirror = Some(recorded(facts.url));
        }
        if overrides.digest.is_none() && facts.sha256 != valves.sha256 {
            overrides.digest = Some(recorded(facts.sha256));
        }
    }
    if overrides.game.is_none() && was_left_out(host)? {
        overrides.game = Some(Setting { value: false, origin: Origin::Recorded });
    }
    Settings::resolve(overrides, None, || Ok(Some(host.layout.clone())))
}

/// Whether this host was set up without the game. One that has no SteamCMD either is not set up yet.
fn was_left_out(host: &Host) -> Result<bool> {
    if host.account()?.is_none() {
        return Ok(false);
    }
    host.as_runtime_user(|| {
        let has_steamcmd = host.path(&host.layout.steamcmd_sh()).is_file();
        let game = verify::game(host)?;
        Ok(has_steamcmd && game == Err(Missing::Everything))
    })
}

/// Writes the file; returns whether there was none.
pub fn write(host: &Host, settings: &Settings) -> Result<bool> {
    let path = host.path(Path::new(HOST_FILE));
    if let Some(directory) = path.parent().filter(|directory| !directory.exists()) {
        let context = || format!("cannot make the directory of {HOST_FILE}");
        std::fs::create_dir_all(directory).context(context)?;
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).context(context)?;
    }
    let owner = host.can_own().then_some((0, 0));
    atomic::write_new(&path, render(settings).as_bytes(), 0o644, owner)
}

/// The text of the file, with a comment for each key.
fn render(settings: &Settings) -> String {
    let mut text = String::from(
        "# What this host should be. `left4me-setup apply` makes it so; `left4me-setup config` shows\n\
         # the values in effect. A flag or an environment variable outranks what is written here.\n\n\
         # LEFT4ME_ROOT: where all state lives. `apply` does not move what is there already.\n",
    );
    let _ = writeln!(text, "root: {}\n", settings.root.value.root().display());
    text.push_str(
        "# Where SteamCMD comes from: the full URL of its tarball, and the SHA-256 of that file.\n\
         # Without them: Valve's mirrors, and the digest that left4me-setup knows.\n",
    );
    let source = [("mirror", &settings.mirror.value), ("digest", &settings.digest.value)];
    let written: Vec<String> = source
        .iter()
        .filter_map(|(key, value)| Some(format!("  {key}: {}\n", quoted(value.as_deref()?))))
        .collect();
    if written.is_empty() {
        text.push_str("#steamcmd:\n#  mirror: https://example.org/steamcmd_linux.tar.gz\n#  digest: HEX\n\n");
    } else {
        let _ = writeln!(text, "steamcmd:\n{}", written.concat());
    }
    text.push_str(
        "# Whether the game is part of the host. With false, `apply` neither installs nor removes it.\n",
    );
    let _ = writeln!(text, "game: {}\n", settings.game.value);
    text.push_str(
        "# The ports that `l4d2ctl initialize` accepts in a specification. Instances that exist keep\n\
         # theirs. Without this key: 1024-65535.\n",
    );
    let ports = settings.ports.value;
    let _ = match settings.ports.origin {
        Origin::Default => writeln!(text, "#ports: 27015-27030"),
        _ => writeln!(text, "ports: {ports}"),
    };
    let _ = write!(
        text,
        "\n# Whether a timer updates the game; without this key it does not. `update: true` takes these values:\n\
         #update:\n\
         #  schedule: '{}'        # when, as `man systemd.time` describes it\n\
         #  canary: INSTANCE         # tries each build first; without it, none does\n\
         #  warn: {}                 # seconds between a warning to players and the restart\n\
         #  deadline: '06:00'        # then servers with players restart too; without it, never\n",
        settings.update.schedule.value, settings.update.warn.value
    );
    text
}

/// A YAML text in single quotes, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::host_file::HostFile;
    use left4me::layout::Layout;

    fn resolve(overrides: Overrides) -> Settings {
        Settings::resolve(overrides, None, || Ok(Some(Layout::new("/srv/l4d2").unwrap()))).unwrap()
    }

    #[test]
    fn the_text_is_short_and_explained() {
        insta::assert_snapshot!("initial", render(&resolve(Overrides::default())));
    }

    /// Whatever is written is read back, so that `apply` after `config init` changes nothing.
    #[test]
    fn what_is_written_is_read_back() {
        let flag = |value: &str| Some(Setting { value: value.to_owned(), origin: Origin::Flag("--x") });
        let hex = "0".repeat(64);
        let cases = [
            (None, None, true),
            (flag("https://example.org/x?a='b'#c"), None, false),
            (None, flag(&hex), true),
            (flag("http://127.0.0.1:8000/x: y"), flag(&hex), true),
        ];
        for (mirror, digest, game) in cases {
            let game = Some(Setting { value: game, origin: Origin::Recorded });
            let before = resolve(Overrides { mirror, digest, game, ..Overrides::default() });
            let text = render(&before);
            let file = HostFile::parse(&text, "host.yaml").unwrap();
            let after =
                Settings::resolve(Overrides::default(), Some(("host.yaml", file)), || Ok(None)).unwrap();
            assert_eq!(after.root.value, before.root.value, "{text}");
            assert_eq!(after.mirror.value, before.mirror.value, "{text}");
            assert_eq!(after.digest.value, before.digest.value, "{text}");
            assert_eq!(after.game.value, before.game.value, "{text}");
            assert_eq!(after.ports.value, before.ports.value, "{text}");
        }
    }
}
