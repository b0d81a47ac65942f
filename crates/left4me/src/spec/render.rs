//! A specification as YAML again, as an instance's file, and what two of them differ in.

use super::{Overlay, Spec};
use crate::game_layers::GameLayers;
use crate::layout::Layout;
use crate::printable::is_steering;
use std::fmt::Write;

impl Spec {
    /// The specification as YAML that [`Spec::parse`] reads back as the same.
    pub fn to_yaml(&self) -> String {
        let mut yaml = format!("port: {}\n", self.port);
        list(&mut yaml, "overlays", self.overlays.iter().map(overlay));
        list(&mut yaml, "arguments", self.arguments.iter().map(|text| quoted(text)));
        list(&mut yaml, "config", self.config.iter().map(|text| quoted(text)));
        yaml
    }

    /// The specification as an `instance.env`: absolute layers, highest precedence first, the game last.
    pub fn to_instance_env(&self, layout: &Layout) -> String {
        let mut layers: Vec<String> =
            self.overlays.iter().map(|o| layout.overlay(&o.path).display().to_string()).collect();
        layers.push(GameLayers::base_alone(layout).base().display().to_string());
        format!(
            "L4D2_PORT={}\nL4D2_ARGS={}\nL4D2_LOWERDIRS={}\n",
            self.port,
            self.arguments.join(" "),
            layers.join(":")
        )
    }

    /// What is different in `new`, a line for each key. Values of `config` are left out: one of them is the rcon
    /// password, and these lines reach logs.
    pub fn changes(&self, new: &Spec) -> Vec<String> {
        let mut changes = Vec::new();
        if self.port != new.port {
            changes.push(format!("port: {} -> {}", self.port, new.port));
        }
        if self.overlays != new.overlays {
            changes.push(format!("overlays: {} -> {}", refs(&self.overlays), refs(&new.overlays)));
        }
        if joined(&self.arguments) != joined(&new.arguments) {
            changes.push(format!(
                "arguments: {} -> {}",
                or_none(joined(&self.arguments)),
                or_none(joined(&new.arguments))
            ));
        }
        if self.config != new.config {
            changes.push(format!("config: {}", config_changes(&self.config, &new.config)));
        }
        changes
    }
}

fn list(yaml: &mut String, key: &str, items: impl Iterator<Item = String>) {
    for (index, item) in items.enumerate() {
        if index == 0 {
            let _ = writeln!(yaml, "{key}:");
        }
        let _ = writeln!(yaml, "  - {item}");
    }
}

fn overlay(overlay: &Overlay) -> String {
    let path = quoted(overlay.path.as_str());
    match &overlay.alias {
        None => path,
        Some(alias) => format!("{{path: {path}, alias: {}}}", quoted(alias)),
    }
}

/// A double-quoted scalar. Texts hold no control characters but tabs, so that no other escapes are needed.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\t' => quoted.push_str("\\t"),
            // What steers a terminal, and what YAML does not allow or takes for a byte order mark.
            c if is_steering(c) || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn refs(overlays: &[Overlay]) -> String {
    let name = |overlay: &Overlay| match &overlay.alias {
        None => overlay.path.to_string(),
        Some(alias) => format!("{} as {alias}", overlay.path),
    };
    or_none(overlays.iter().map(name).collect::<Vec<_>>().join(", "))
}

fn joined(arguments: &[String]) -> String {
    arguments.join(" ")
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

/// `hostname, rcon_password`: the first word of each line that came, went or has another value.
fn config_changes(old: &[String], new: &[String]) -> String {
    let lines =
        old.iter().filter(|line| !new.contains(line)).chain(new.iter().filter(|line| !old.contains(line)));
    let mut names: Vec<&str> = Vec::new();
    for name in lines.filter_map(|line| line.split_whitespace().next()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "another order".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::OverlayRef;
    use proptest::prelude::*;

    fn spec(text: &str) -> Spec {
        Spec::parse(text, "s").unwrap()
    }

    #[test]
    fn yaml_reads_as_a_person_would_write_it() {
        let all = spec(
            "port: 27015\noverlays: [standard, {path: '8', alias: overlay_8}]\narguments: ['-tickrate 100']\nconfig: ['hostname \"x\"', '']\n",
        );
        assert_eq!(
            all.to_yaml(),
            "port: 27015\noverlays:\n  - \"standard\"\n  - {path: \"8\", alias: \"overlay_8\"}\narguments:\n  - \"-tickrate 100\"\nconfig:\n  - \"hostname \\\"x\\\"\"\n  - \"\"\n"
        );
        assert_eq!(spec("port: 1024").to_yaml(), "port: 1024\n");
    }

    #[test]
    fn an_instance_env_has_three_keys() {
        let spec = spec(
            "port: 27015\noverlays: [a, {path: b/c, alias: x}]\narguments: ['-tickrate 100', +map c1m1_hotel]\n",
        );
        assert_eq!(
            spec.to_instance_env(&Layout::default()),
            "L4D2_PORT=27015\nL4D2_ARGS=-tickrate 100 +map c1m1_hotel\n\
             L4D2_LOWERDIRS=/var/lib/left4me/overlays/a:/var/lib/left4me/overlays/b/c:/var/lib/left4me/installation\n"
        );
    }

    #[test]
    fn what_steers_a_terminal_or_is_no_yaml_is_escaped() {
        for (text, shown) in [
            ("a\tb", r#""a\tb""#),
            ("\u{202e}", r#""\u202e""#),
            ("\u{2028}", r#""\u2028""#),
            ("\u{7f}", r#""\u007f""#),
            ("\u{feff}", r#""\ufeff""#),
            ("\u{fffe}\u{ffff}", r#""\ufffe\uffff""#),
            ("\\\"ä日", r#""\\\"ä日""#),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }

    #[test]
    fn changes_name_the_key_and_no_secret() {
        let old =
            spec("port: 27015\noverlays: [a]\nconfig: [hostname x, rcon_password secret, sv_gravity 1]\n");
        let table = [
            ("port: 27015\noverlays: [a]\nconfig: [hostname x, rcon_password secret, sv_gravity 1]\n", ""),
            (
                "port: 27016\noverlays: [b, {path: a, alias: x}]\narguments: [-tickrate 100]\nconfig: [hostname x, rcon_password other]\n",
                "port: 27015 -> 27016\noverlays: a -> b, a as x\narguments: none -> -tickrate 100\nconfig: rcon_password, sv_gravity",
            ),
            (
                "port: 27015\nconfig: [rcon_password secret, hostname x, sv_gravity 1]\n",
                "overlays: a -> none\nconfig: another order",
            ),
        ];
        for (new, changes) in table {
            assert_eq!(old.changes(&spec(new)).join("\n"), changes, "{new}");
        }
    }

    fn line() -> impl Strategy<Value = String> {
        // Everything that a config line may hold: no control characters but tabs.
        "[^\\p{Cc}]{0,20}(\t[^\\p{Cc}]{0,5})?"
    }

    fn reference() -> impl Strategy<Value = OverlayRef> {
        "[a-zA-Z0-9_.@ -]{1,12}".prop_filter_map("an overlay", |text| OverlayRef::parse(&text).ok())
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(
            port in 1024u16..,
            overlays in proptest::collection::btree_set(reference(), 0..4),
            arguments in proptest::collection::vec("[+-][a-z_]{1,8}( [a-z0-9é]{1,8})?", 0..4),
            config in proptest::collection::vec(line(), 0..4),
        ) {
            let overlays = overlays.into_iter().enumerate().map(|(index, path)| {
                Overlay { path, alias: (index % 2 == 0).then(|| format!("n{index}")) }
            });
            let spec = Spec { port, overlays: overlays.collect(), arguments, config };
            let yaml = spec.to_yaml();
            prop_assert_eq!(Spec::parse(&yaml, "s").map_err(|e| e.message().to_owned()), Ok(spec), "{}", yaml);
        }
    }
}
