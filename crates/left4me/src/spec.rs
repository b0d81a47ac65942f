//! The instance specification: what an operator or the web app writes, judged before anything is made.
//!
//! Arguments travel through `instance.env`, systemd's word splitting and `srcds_run`, an unquoted shell
//! `$*`: quoting cannot survive, so whatever would need it is refused.

mod render;
mod yaml;

use crate::name::OverlayRef;
use crate::{Error, Result, printable};
use yaml::{Document, Node, Value};

/// Largest specification in bytes; real ones have a few hundred.
pub const MAX_BYTES: usize = 256 * 1024;
/// Most content layers: the kernel stacks 500, of which the game needs one and its updates a few.
pub const MAX_OVERLAYS: usize = 480;

/// A checked specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// UDP and TCP port, 1024 to 65535.
    pub port: u16,
    /// Content layers, first = highest precedence.
    pub overlays: Vec<Overlay>,
    /// Arguments of the engine; each may hold several words.
    pub arguments: Vec<String>,
    /// Lines of server.cfg.
    pub config: Vec<String>,
}

/// One content layer of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Where it lies below `overlays/`.
    pub path: OverlayRef,
    /// Its `cfg/server.cfg` is also staged as `cfg/server_ALIAS.cfg`.
    pub alias: Option<String>,
}

/// Whether an alias may have this character: it becomes part of a file's name and of a console command.
pub fn is_alias_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

impl Spec {
    /// Parses and judges `text`; `source` names it in errors, with line and column.
    pub fn parse(text: &str, source: &str) -> Result<Spec> {
        if text.len() > MAX_BYTES {
            return Err(Error::new(format!(
                "{source}: the specification is larger than {} KiB",
                MAX_BYTES / 1024
            )));
        }
        let (document, root) = Document::parse(text, source)?;
        Judge { document }.spec(&root)
    }
}

/// Turns nodes into checked values; every refusal names its place.
struct Judge<'t> {
    document: Document<'t>,
}

impl Judge<'_> {
    fn refuse<T>(&self, node: &Node, sentence: impl std::fmt::Display, hint: &str) -> Result<T> {
        Err(self.document.error(node.referenced, sentence).hint(hint))
    }

    fn spec(&self, root: &Node) -> Result<Spec> {
        const EXAMPLE: &str = "the least is one line: port: 27015";
        let entries = match &root.value {
            Value::Map(entries) => entries,
            Value::Null => return self.refuse(root, "the specification is empty", EXAMPLE),
            other => {
                return self.refuse(
                    root,
                    format_args!("expected a mapping, found {}", other.kind()),
                    EXAMPLE,
                );
            }
        };
        let (mut port, mut overlays, mut arguments, mut config) = (None, Vec::new(), Vec::new(), Vec::new());
        for (key, value) in entries {
            match key.value.as_str() {
                "port" => port = Some(self.port(value)?),
                "overlays" => overlays = self.overlays(value)?,
                "arguments" => arguments = self.lines(value, "arguments", Self::argument)?,
                "config" => config = self.lines(value, "config", Self::config_line)?,
                other => return self.unknown_key(key, other, "port, overlays, arguments and config"),
            }
        }
        let Some(port) = port else { return self.refuse(root, "the key 'port' is missing", EXAMPLE) };
        arguments.retain(|a| !a.is_empty());
        Ok(Spec { port, overlays, arguments, config })
    }

    fn unknown_key<T>(&self, key: &serde_saphyr::Spanned<String>, name: &str, known: &str) -> Result<T> {
        let sentence = format!("unknown key '{}'", printable::quote(name));
        Err(self.document.error(key.referenced, sentence).hint(format!("known keys are {known}")))
    }

    fn port(&self, node: &Node) -> Result<u16> {
        const HINT: &str = "a plain number from 1024 to 65535, such as port: 27015";
        let text = match &node.value {
            Value::Plain => self.document.text(node).unwrap_or_default(),
            other => return self.refuse(node, format_args!("port is {}, not a number", other.kind()), HINT),
        };
        match text.parse::<u16>() {
            // The comparison refuses 027015, which older YAML readers take for octal.
            Ok(port) if port >= 1024 && port.to_string() == text => Ok(port),
            _ => self.refuse(
                node,
                format_args!("port {} is not a number from 1024 to 65535", printable::quote(&text)),
                HINT,
            ),
        }
    }

    fn list<'n>(&self, node: &'n Node, what: &str) -> Result<&'n [Node]> {
        match &node.value {
            Value::List(items) => Ok(items),
            Value::Null => Ok(&[]),
            other => {
                let hint = format!("one item a line below '{what}:', each starting with '- '");
                self.refuse(node, format_args!("{what} is {}, not a list", other.kind()), &hint)
            }
        }
    }

    fn lines(
        &self,
        node: &Node,
        what: &str,
        judge: fn(&Self, &Node, &str) -> Result<String>,
    ) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for item in self.list(node, what)? {
            let Some(text) = self.document.text(item) else {
                let sentence = format!("an item of {what} is {}, not a text", item.value.kind());
                return self.refuse(item, sentence, "put the whole item in quotes: - 'like this'");
            };
            lines.push(judge(self, item, &text)?);
        }
        Ok(lines)
    }

    fn argument(&self, node: &Node, text: &str) -> Result<String> {
        const NO_QUOTING: &str = "the engine's start script cannot take quoted or special characters; a hostname and the like belong into config";
        if let Some(c) = text.chars().find(|c| c.is_control() || "'\"*?[]$`;&|<>\\".contains(*c)) {
            return self.refuse(
                node,
                format_args!("the character {c:?} is not allowed in an argument"),
                NO_QUOTING,
            );
        }
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        for word in &words {
            if word.starts_with('#') {
                return self.refuse(node, "an argument may not start with '#'", NO_QUOTING);
            }
            if ["-port", "+port", "-hostport", "+hostport"].contains(&word.to_ascii_lowercase().as_str()) {
                let sentence = format!("the argument {word} would fight with the instance's port");
                return self.refuse(node, sentence, "the port is set by the key 'port' alone");
            }
        }
        Ok(words.join(" "))
    }

    fn config_line(&self, node: &Node, text: &str) -> Result<String> {
        match text.chars().find(|c| c.is_control() && *c != '\t') {
            None => Ok(text.to_owned()),
            Some(c) => {
                let sentence = format!("the character {c:?} is not allowed in a config line");
                self.refuse(node, sentence, "one item of config is one line of server.cfg")
            }
        }
    }

    fn overlays(&self, node: &Node) -> Result<Vec<Overlay>> {
        let items = self.list(node, "overlays")?;
        if items.len() > MAX_OVERLAYS {
            return self.refuse(
                node,
                format_args!("more than {MAX_OVERLAYS} overlays"),
                "the kernel cannot stack more",
            );
        }
        let mut overlays: Vec<Overlay> = Vec::new();
        for item in items {
            let overlay = self.overlay(item)?;
            for earlier in &overlays {
                self.compatible(item, earlier, &overlay)?;
            }
            overlays.push(overlay);
        }
        Ok(overlays)
    }

    /// The kernel refuses a layer that appears twice or lies inside another one, with "too many links".
    fn compatible(&self, node: &Node, earlier: &Overlay, new: &Overlay) -> Result<()> {
        let (a, b) = (earlier.path.as_str(), new.path.as_str());
        let inside =
            |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        if a == b {
            return self.refuse(
                node,
                format_args!("the overlay '{b}' appears twice"),
                "each layer counts once; keep the first",
            );
        }
        if inside(a, b) || inside(b, a) {
            let sentence = format!("the overlays '{a}' and '{b}' lie inside one another");
            return self.refuse(node, sentence, "use directories that do not contain each other");
        }
        match &new.alias {
            Some(alias) if new.alias == earlier.alias => {
                let sentence = format!("the alias '{alias}' is used by '{a}' and '{b}'");
                self.refuse(node, sentence, "each alias names one file, cfg/server_ALIAS.cfg")
            }
            _ => Ok(()),
        }
    }

    fn overlay(&self, node: &Node) -> Result<Overlay> {
        let Value::Map(entries) = &node.value else {
            return Ok(Overlay { path: self.overlay_ref(node)?, alias: None });
        };
        let (mut path, mut alias) = (None, None);
        for (key, value) in entries {
            match key.value.as_str() {
                "path" => path = Some(self.overlay_ref(value)?),
                "alias" => alias = self.alias(value)?,
                other => return self.unknown_key(key, other, "path and alias"),
            }
        }
        match path {
            Some(path) => Ok(Overlay { path, alias }),
            None => {
                self.refuse(node, "overlay entry missing 'path'", "such as - {path: standard, alias: std}")
            }
        }
    }

    fn overlay_ref(&self, node: &Node) -> Result<OverlayRef> {
        let Some(text) = self.document.text(node) else {
            let sentence = format!("unsupported overlay entry type: {}", node.value.kind());
            return self.refuse(
                node,
                sentence,
                "an overlay is a path below overlays/, or {path: …, alias: …}",
            );
        };
        OverlayRef::parse(&text).map_err(|e| {
            self.document.error(node.referenced, e.message()).hint(e.remedy().unwrap_or_default())
        })
    }

    fn alias(&self, node: &Node) -> Result<Option<String>> {
        const HINT: &str = "1 to 64 characters of a-z, A-Z, 0-9, '_' and '-'";
        let text = match (&node.value, self.document.text(node)) {
            (Value::Null, _) => return Ok(None),
            (_, Some(text)) if text.is_empty() => return Ok(None),
            (_, Some(text)) => text,
            (other, None) => {
                return self.refuse(node, format_args!("alias is {}, not a text", other.kind()), HINT);
            }
        };
        match text.len() <= 64 && text.chars().all(is_alias_character) {
            true => Ok(Some(text)),
            false => self.refuse(node, format_args!("invalid alias '{}'", printable::quote(&text)), HINT),
        }
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
