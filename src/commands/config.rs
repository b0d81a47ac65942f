//! `left4me-setup config`: the settings in effect and where each comes from; `config init` writes them down.

use super::{options, require_root};
use crate::cli::{ConfigCommand, ConfigOptions, SettingOptions, WithOrigin};
use crate::config::{Config, Request};
use crate::say;
use crate::settings::{Origin, Settings, initial};
use left4me::host_file::HOST_FILE;
use left4me::{Error, Result, terminal};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const SCHEMA: u32 = 1;
/// A value is not shortened to less than this.
const NARROWEST: usize = 10;

/// `left4me-setup config`
pub fn command(options: ConfigOptions) -> Result<ExitCode> {
    match options.command {
        Some(ConfigCommand::Init { settings, sysroot }) => init(&settings, sysroot),
        None => show(options),
    }
}

fn show(options: ConfigOptions) -> Result<ExitCode> {
    require_root(options.sysroot.as_deref(), "config")?;
    let overrides = options::overrides(&options.settings);
    let config = Config::new(Request { sysroot: options.sysroot, overrides, ..Request::default() })?;
    let exists = config.host()?.path(Path::new(HOST_FILE)).exists();
    let values = values(&config.settings)?;
    say::answer(&if options.json {
        say::document(&to_json(&values, exists))
    } else {
        let width = terminal::size(std::io::stdout()).map(|(columns, _)| columns);
        to_text(&values, exists, width)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn init(settings: &WithOrigin<SettingOptions>, sysroot: Option<PathBuf>) -> Result<ExitCode> {
    require_root(sysroot.as_deref(), "config init")?;
    let host = Config::as_applied(sysroot.as_deref())?.host()?;
    let settings = initial::settings(&host, options::overrides(settings))?;
    if !initial::write(&host, &settings)? {
        let path = host.outer_path(Path::new(HOST_FILE));
        return Err(Error::new(format!("{} exists already", path.display()))
            .hint("edit it, and see what is in effect with: sudo left4me-setup config"));
    }
    say::line(&format!("wrote {HOST_FILE}:"));
    for value in values(&settings)?.iter().filter(|value| value.is_written) {
        say::line(&format!("  {}: {}", value.key, value.shown));
    }
    Ok(ExitCode::SUCCESS)
}

/// One setting, for people and for programs.
struct Shown {
    key: &'static str,
    origin: Origin,
    /// As a person reads it.
    shown: String,
    /// As a program reads it.
    value: Value,
    /// `config init` writes it.
    is_written: bool,
}

fn values(settings: &Settings) -> Result<Vec<Shown>> {
    let Settings { root, mirror, digest, game, ports, update } = settings;
    let shown = |key, origin, value: Value, is_written| {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Shown { key, origin, shown, value, is_written }
    };
    let known_digest = settings.source()?.sha256;
    let path = root.value.root().display().to_string();
    let mut mirror = shown("steamcmd.mirror", mirror.origin, json!(mirror.value), mirror.value.is_some());
    if mirror.value.is_null() {
        mirror.shown = "Valve's mirrors".into();
    }
    let or_nothing = |mut setting: Shown| {
        if setting.value.is_null() {
            setting.shown = "none".into();
        }
        setting
    };
    let canary = update.canary.value.as_ref().map(ToString::to_string);
    let deadline = update.deadline.value.map(|time| time.to_string());
    Ok(vec![
        shown("root", root.origin, path.into(), true),
        mirror,
        shown("steamcmd.digest", digest.origin, known_digest.into(), digest.value.is_some()),
        shown("game", game.origin, game.value.into(), true),
        shown("ports", ports.origin, ports.value.to_string().into(), false),
        shown("update", update.enabled.origin, update.enabled.value.into(), false),
        shown("update.schedule", update.schedule.origin, update.schedule.value.to_string().into(), false),
        or_nothing(shown("update.canary", update.canary.origin, json!(canary), false)),
        shown("update.warn", update.warn.origin, update.warn.value.into(), false),
        or_nothing(shown("update.deadline", update.deadline.origin, json!(deadline), false)),
    ])
}

fn origin_text(origin: Origin) -> String {
    match origin {
        Origin::Flag(name) | Origin::Environment(name) => name.to_owned(),
        Origin::File(place) => format!("host.yaml:{place}"),
        Origin::Recorded => "host.env".to_owned(),
        Origin::Default => "default".to_owned(),
    }
}

/// A table. On a terminal, a long value is shortened in its middle to fit.
fn to_text(values: &[Shown], exists: bool, width: Option<usize>) -> String {
    let head = [("KEY", "FROM".to_owned(), "VALUE")].into_iter();
    let lines = values.iter().map(|value| (value.key, origin_text(value.origin), value.shown.as_str()));
    let lines: Vec<_> = head.chain(lines).collect();
    let keys = lines.iter().map(|(key, ..)| key.len()).max().unwrap_or_default();
    let origins = lines.iter().map(|(_, origin, _)| origin.len()).max().unwrap_or_default();
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(keys + origins + 4).max(NARROWEST));
    let mut text = String::new();
    for (key, origin, value) in lines {
        let _ = writeln!(text, "{key:keys$}  {origin:origins$}  {}", shortened(value, room));
    }
    let _ = if exists {
        writeln!(text, "The file is {HOST_FILE}.")
    } else {
        writeln!(text, "There is no {HOST_FILE}.\nhint: to write one: sudo left4me-setup config init")
    };
    text
}

fn shortened(value: &str, room: usize) -> String {
    let characters: Vec<char> = value.chars().collect();
    if characters.len() <= room {
        return value.to_owned();
    }
    let (head, tail) = (room / 2, (room - 1) / 2);
    let end = &characters[characters.len() - tail..];
    characters[..head].iter().chain(['…'].iter()).chain(end).collect()
}

fn to_json(values: &[Shown], exists: bool) -> Value {
    let setting = |shown: &Shown| {
        let mut setting = match shown.origin {
            Origin::Flag(name) => json!({"from": "flag", "name": name}),
            Origin::Environment(name) => json!({"from": "environment", "name": name}),
            Origin::File(place) => json!({"from": "file", "line": place.line, "column": place.column}),
            Origin::Recorded => json!({"from": "host.env"}),
            Origin::Default => json!({"from": "default"}),
        };
        setting["value"] = shown.value.clone();
        (shown.key.to_owned(), setting)
    };
    let settings: serde_json::Map<String, Value> = values.iter().map(setting).collect();
    json!({"schema": SCHEMA, "file": HOST_FILE, "exists": exists, "settings": settings})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Overrides, Setting};
    use left4me::host_file::HostFile;
    use left4me::layout::Layout;

    fn example() -> Vec<Shown> {
        let file = "root: /srv/l4d2\nsteamcmd:\n  mirror: https://example.org/steamcmd/steamcmd_linux.tar.gz\n\
                    ports: 27015-27030\nupdate:\n  canary: versus\n  deadline: '06:00'\n";
        let overrides = Overrides {
            digest: Some(Setting {
                value: "ab".repeat(32),
                origin: Origin::Environment("LEFT4ME_STEAMCMD_SHA256"),
            }),
            game: Some(Setting { value: false, origin: Origin::Flag("--skip-game") }),
            ..Overrides::default()
        };
        let file = HostFile::parse(file, "host.yaml").unwrap();
        values(&Settings::resolve(overrides, Some(("host.yaml", file)), || Ok(None)).unwrap()).unwrap()
    }

    #[test]
    fn the_output_is_a_contract() {
        let recorded = || Ok(Some(Layout::default()));
        let plain = values(&Settings::resolve(Overrides::default(), None, recorded).unwrap()).unwrap();
        let mut text = String::new();
        for (values, exists) in [(example(), true), (plain, false)] {
            for width in [Some(60), Some(80), None] {
                let table = to_text(&values, exists, width);
                let widest = table.lines().map(|line| line.chars().count()).max();
                assert!(width.is_none_or(|width| widest <= Some(width)), "{table}");
                let title = width.map_or("no terminal".to_owned(), |width| format!("{width} columns"));
                text.push_str(&format!("{title}\n{table}\n"));
            }
            text.push_str(&say::document(&to_json(&values, exists)));
            text.push('\n');
        }
        insta::assert_snapshot!("config", text);
    }
}
