//! What was written becomes a [`Spec`], or an error that names the place.
//!
//! Arguments travel through `instance.env`, systemd's word splitting and `srcds_run`, an unquoted shell
//! `$*`: quoting cannot survive, so whatever would need it is refused.

use super::{Entry, MAX_OVERLAYS, NamedEntry, Overlay, Spec, Written, is_alias_character};
use crate::name::OverlayRef;
use crate::yaml::{Document, Expected, Found, List, Location, Mapping, Number, Text, Value};
use crate::{Error, Result, printable};
use std::fmt::Display;

const EXAMPLE: &str = "the shortest specification is one line: port: 27015";

pub(super) struct Checker<'t> {
    pub(super) document: Document<'t>,
}

impl Checker<'_> {
    fn refuse<T>(&self, at: Location, sentence: impl Display, hint: &str) -> Result<T> {
        Err(self.document.error(at, sentence).hint(hint))
    }

    pub(super) fn spec(&self, root: &Value<Mapping<Written>>) -> Result<Spec> {
        let with_example = |error: Error| error.hint(EXAMPLE);
        let Mapping(written) = self.document.expect(root, "the specification").map_err(with_example)?;
        let Some(port) = &written.port else {
            return self.refuse(root.referenced, "'port' is not set", EXAMPLE);
        };
        let mut arguments = self.lines(&written.arguments, "arguments", Self::argument)?;
        arguments.retain(|argument| !argument.is_empty());
        Ok(Spec {
            port: self.port(port)?,
            overlays: self.overlays(&written.overlays)?,
            arguments,
            config: self.lines(&written.config, "config", Self::config_line)?,
        })
    }

    fn port(&self, value: &Value<Number>) -> Result<u16> {
        const HINT: &str = "use a plain number from 1024 to 65535, such as port: 27015";
        self.document.expect(value, "port").map_err(|error| error.hint(HINT))?;
        let text = self.document.written(value.defined);
        match text.parse::<u16>() {
            // The comparison refuses 027015, which older YAML readers take for octal.
            Ok(port) if port >= 1024 && port.to_string() == text => Ok(port),
            _ => {
                let sentence = format!("port {} is not a number from 1024 to 65535", printable::quote(&text));
                self.refuse(value.referenced, sentence, HINT)
            }
        }
    }

    fn list<'v, T: Expected>(&self, value: &'v Option<Value<List<T>>>, what: &str) -> Result<&'v [Value<T>]> {
        match value {
            Some(value) => Ok(&self.document.expect(value, what)?.0),
            None => Ok(&[]),
        }
    }

    fn lines(
        &self,
        value: &Option<Value<List<Text>>>,
        what: &str,
        check: fn(&Self, Location, &str) -> Result<String>,
    ) -> Result<Vec<String>> {
        let line = |item: &Value<Text>| {
            let text = self.document.text(item, &format!("an item of {what}"))?;
            check(self, item.referenced, &text)
        };
        self.list(value, what)?.iter().map(line).collect()
    }

    fn argument(&self, at: Location, text: &str) -> Result<String> {
        const NO_QUOTING: &str = "the engine's start script cannot take quoted or special characters; a hostname and the like belong in config";
        if let Some(c) = text.chars().find(|c| c.is_control() || "'\"*?[]$`;&|<>\\".contains(*c)) {
            return self.refuse(
                at,
                format_args!("the character {c:?} is not allowed in an argument"),
                NO_QUOTING,
            );
        }
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        for word in &words {
            if word.starts_with('#') {
                return self.refuse(at, "an argument may not start with '#'", NO_QUOTING);
            }
            if ["-port", "+port", "-hostport", "+hostport"].contains(&word.to_ascii_lowercase().as_str()) {
                let sentence = format!("the argument {word} conflicts with the instance's port");
                return self.refuse(at, sentence, "set the port with the key 'port' alone");
            }
        }
        Ok(words.join(" "))
    }

    fn config_line(&self, at: Location, text: &str) -> Result<String> {
        match text.chars().find(|c| c.is_control() && *c != '\t') {
            None => Ok(text.to_owned()),
            Some(c) => {
                let sentence = format!("the character {c:?} is not allowed in a config line");
                self.refuse(at, sentence, "one item of config is one line of server.cfg")
            }
        }
    }

    fn overlays(&self, value: &Option<Value<List<Entry>>>) -> Result<Vec<Overlay>> {
        let items = self.list(value, "overlays")?;
        if let Some(value) = value
            && items.len() > MAX_OVERLAYS
        {
            let sentence = format!("more than {MAX_OVERLAYS} overlays");
            return self.refuse(value.referenced, sentence, "the kernel cannot stack more");
        }
        let mut overlays: Vec<Overlay> = Vec::new();
        for item in items {
            let overlay = self.overlay(item)?;
            for earlier in &overlays {
                self.compatible(item.referenced, earlier, &overlay)?;
            }
            overlays.push(overlay);
        }
        Ok(overlays)
    }

    /// The kernel refuses a layer that appears twice or lies inside another one, with "too many links".
    fn compatible(&self, at: Location, earlier: &Overlay, new: &Overlay) -> Result<()> {
        let (a, b) = (earlier.path.as_str(), new.path.as_str());
        let is_inside =
            |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        if a == b {
            let sentence = format!("the overlay '{b}' appears twice");
            return self.refuse(at, sentence, "each layer counts once; keep the first");
        }
        if is_inside(a, b) || is_inside(b, a) {
            let sentence = format!("one of the overlays '{a}' and '{b}' lies inside the other");
            return self.refuse(at, sentence, "use directories that do not contain each other");
        }
        match &new.alias {
            Some(alias) if new.alias == earlier.alias => {
                let sentence = format!("the alias '{alias}' is used by '{a}' and '{b}'");
                self.refuse(at, sentence, "each alias names one file, cfg/server_ALIAS.cfg")
            }
            _ => Ok(()),
        }
    }

    fn overlay(&self, item: &Value<Entry>) -> Result<Overlay> {
        match &item.value {
            Found::Expected(Entry::Path(text)) => {
                let text = self.document.spelling(text, item.defined);
                Ok(Overlay { path: self.overlay_ref(item.referenced, &text)?, alias: None })
            }
            Found::Expected(Entry::Named(entry)) => self.named(item.referenced, entry),
            // The predecessor's words, which its web app shows.
            Found::Other(kind) => {
                let sentence = format!("unsupported overlay entry type: {kind}");
                self.refuse(item.referenced, sentence, Entry::HINT)
            }
        }
    }

    fn named(&self, at: Location, entry: &NamedEntry) -> Result<Overlay> {
        let Some(path) = &entry.path else {
            return self.refuse(at, "overlay entry missing 'path'", "such as - {path: standard, alias: std}");
        };
        let text = self.document.text(path, "the path of an overlay")?;
        let path = self.overlay_ref(path.referenced, &text)?;
        let alias = entry.alias.as_ref().map(|alias| self.alias(alias)).transpose()?;
        Ok(Overlay { path, alias: alias.filter(|alias| !alias.is_empty()) })
    }

    fn overlay_ref(&self, at: Location, text: &str) -> Result<OverlayRef> {
        OverlayRef::parse(text)
            .map_err(|e| self.document.error(at, e.message()).hint(e.remedy().unwrap_or_default()))
    }

    fn alias(&self, value: &Value<Text>) -> Result<String> {
        const HINT: &str = "use 1 to 64 of the characters a-z, A-Z, 0-9, '_' and '-'";
        let text = self.document.text(value, "alias").map_err(|error| error.hint(HINT))?;
        if text.len() <= 64 && text.chars().all(is_alias_character) {
            return Ok(text);
        }
        self.refuse(value.referenced, format_args!("invalid alias '{}'", printable::quote(&text)), HINT)
    }
}
