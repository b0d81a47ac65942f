//! `show`: an instance's specification as it was given. If an earlier version or the predecessor made the instance
//! and kept no `spec.yaml`, it is put together from the instance's files.

use crate::{instances, server_cfg};
use left4me::game_layers::GameLayers;
use left4me::layout::Layout;
use left4me::name::{InstanceName, OverlayRef};
use left4me::read::{self, Limit, Links};
use left4me::spec::{self, Overlay, Spec};
use left4me::{Error, Result, env_file, instance_env, output, printable};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Prints the specification, ready to be edited and given to `initialize -f` again.
pub fn show(layout: &Layout, name: &InstanceName) -> Result<()> {
    instances::require(layout, name)?;
    let text = match written(layout, name)? {
        Some(text) => text,
        None => from_files(layout, name)?.to_yaml(),
    };
    // Written to a file, it stays as it is.
    output::answer(&if std::io::stdout().is_terminal() {
        printable::lines(&text)
    } else {
        text.as_str().into()
    })
}

/// The instance's current specification; `None` if there is none, or if it cannot be read.
pub fn current(layout: &Layout, name: &InstanceName) -> Option<Spec> {
    match written(layout, name).ok()? {
        Some(text) => Spec::parse(&text, "spec.yaml").ok(),
        None => from_files(layout, name).ok(),
    }
}

fn written(layout: &Layout, name: &InstanceName) -> Result<Option<String>> {
    let Some(text) = read::file(&layout.spec(name), Links::Refuse, Limit::Whole(spec::MAX_BYTES as u64))?
    else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    let is_so = Spec::parse(&text, "spec.yaml").is_ok_and(|spec| is_in_place(layout, name, &spec));
    Ok(is_so.then_some(text))
}

/// Whether the other files match the specification: the predecessor's `initialize`, or a person, changes them and
/// leaves `spec.yaml` as it is.
fn is_in_place(layout: &Layout, name: &InstanceName, spec: &Spec) -> bool {
    let read = |path: PathBuf, limit| -> Option<String> {
        Some(
            String::from_utf8_lossy(&read::file(&path, Links::Refuse, Limit::Whole(limit)).ok()??)
                .into_owned(),
        )
    };
    let rendered = spec.to_instance_env(layout);
    let is_same = |environment: &String| {
        let is_same = |key| env_file::value(environment, key) == env_file::value(&rendered, key);
        let layers = env_file::value(environment, "L4D2_LOWERDIRS").unwrap_or_default();
        // Layers below another root were written before the host moved.
        let game = GameLayers::base_alone(layout);
        let is_of_this_root = layers.split(':').any(|layer| Path::new(layer) == game.base());
        is_same("L4D2_PORT") && is_same("L4D2_ARGS") && (!is_of_this_root || is_same("L4D2_LOWERDIRS"))
    };
    read(layout.instance_env(name), instance_env::MAX_BYTES as u64).as_ref().is_some_and(is_same)
        && read(layout.server_cfg(name), spec::MAX_BYTES as u64)
            .is_some_and(|cfg| cfg == spec.config.join("\n"))
}

/// Puts a specification together from the files that `initialize` made of one.
fn from_files(layout: &Layout, name: &InstanceName) -> Result<Spec> {
    let read = |path: PathBuf, limit| -> Result<String> {
        let text = read::file(&path, Links::Refuse, Limit::Whole(limit))?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    let environment = read(layout.instance_env(name), instance_env::MAX_BYTES as u64)?;
    let Some(port) = instance_env::port(&environment) else {
        return Err(Error::new(format!("{} has no port", layout.instance_env(name).display()))
            .hint(format!("make it again: sudo l4d2ctl initialize {name} -f SPEC")));
    };
    let aliases = read(server_cfg::aliases_file(layout, name), spec::MAX_BYTES as u64)?;
    let alias_of = |path: &OverlayRef| {
        let mut pairs = aliases.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(_, overlay)| *overlay == path.as_str()).map(|(alias, _)| alias.to_owned())
    };
    let overlays = instance_env::overlays(&environment, layout);
    let config = read(layout.server_cfg(name), spec::MAX_BYTES as u64)?;
    Ok(Spec {
        port,
        overlays: overlays.into_iter().map(|path| Overlay { alias: alias_of(&path), path }).collect(),
        arguments: arguments(env_file::value(&environment, "L4D2_ARGS").unwrap_or_default()),
        config: config.lines().map(str::to_owned).collect(),
    })
}

/// An option and its values become one item: `-tickrate 100`, `+map c1m1_hotel`.
fn arguments(line: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let is_number = word.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok());
        match items.last_mut() {
            Some(item) if is_number || !word.starts_with(['-', '+']) => *item = format!("{item} {word}"),
            _ => items.push(word.to_owned()),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_apart() {
        for (line, items) in [
            ("", vec![]),
            (
                "-tickrate 100 +map c1m1_hotel -nomaster",
                vec!["-tickrate 100", "+map c1m1_hotel", "-nomaster"],
            ),
            ("+sv_gravity -1 x", vec!["+sv_gravity -1 x"]),
            ("x +a", vec!["x", "+a"]),
        ] {
            assert_eq!(arguments(line), items, "{line}");
        }
    }
}
