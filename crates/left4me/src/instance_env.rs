//! `instance.env`: three keys, read by systemd for the server and by the overlay helper.
//!
//! The runtime user owns the file, so what is read from it is input, never truth. The format is
//! what systemd's `EnvironmentFile=` reads for values without quotes, backslashes and control
//! characters; `spec` refuses those before anything is written, and renders the file.

use crate::env_file::value;
use crate::layout::Layout;
use crate::name::OverlayRef;
use crate::{Error, Result};
use std::path::Path;

const KEYS: [&str; 3] = ["L4D2_PORT", "L4D2_ARGS", "L4D2_LOWERDIRS"];

/// Fails on a key that is written twice in `file`: which one is meant its author alone knows, and the
/// predecessor's programs take the first where systemd takes the last.
pub fn require_single(text: &str, file: &Path) -> Result<()> {
    match twice(text) {
        None => Ok(()),
        Some(key) => Err(Error::new(format!("{} has {key} twice", file.display()))
            .hint(format!("remove one of the lines: sudo grep -n {key} {}", file.display()))),
    }
}

fn twice(text: &str) -> Option<&'static str> {
    let is = |line: &str, key: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    KEYS.into_iter().find(|key| text.lines().filter(|line| is(line, key)).count() > 1)
}

/// Largest file in bytes that the overlay helper reads.
pub const MAX_BYTES: usize = 64 * 1024;

/// The port the file names; `None` where it is absent or damaged.
pub fn port(text: &str) -> Option<u16> {
    if twice(text).is_some() {
        return None;
    }
    value(text, "L4D2_PORT")?.parse().ok().filter(|port| *port >= 1024)
}

/// The content layers the file names, as references below `overlays/`, highest precedence first.
pub fn overlays(text: &str, layout: &Layout) -> Vec<OverlayRef> {
    if twice(text).is_some() {
        return Vec::new();
    }
    let below = layout.overlays();
    value(text, "L4D2_LOWERDIRS")
        .unwrap_or_default()
        .split(':')
        .filter_map(|layer| OverlayRef::parse(Path::new(layer).strip_prefix(&below).ok()?.to_str()?).ok())
        .collect()
}

const UNIT_KEYS: [&str; 2] = ["L4D2_PORT", "L4D2_ARGS"];

/// The two keys that a server's unit gets, as lines: all that root copies of the file.
///
/// Fails on a control character, which no `initialize` writes and a unit's command line has no use for.
pub fn unit_environment(text: &str) -> Result<String> {
    let mut lines = String::new();
    for key in UNIT_KEYS {
        let Some(value) = value(text, key) else { continue };
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Error::new(format!("{key} has a control character"))
                .hint("make the instance again: sudo l4d2ctl initialize NAME -f SPEC"));
        }
        // A backslash at the end would join the next line to this one.
        lines.push_str(&format!("{key}={}\n", value.trim_end_matches('\\')));
    }
    Ok(lines)
}

/// The layers that the file names as paths below the root, the one that wins first; others are left out.
pub fn layers<'t>(text: &'t str, layout: &Layout) -> Vec<&'t str> {
    let below = |layer: &'t str| Path::new(layer).strip_prefix(layout.root()).ok()?.to_str();
    value(text, "L4D2_LOWERDIRS").unwrap_or_default().split(':').filter_map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_damage() {
        let whole = "L4D2_PORT=27015\nL4D2_ARGS=L4D2_ARGS=1\nL4D2_LOWERDIRS=/var/lib/left4me/overlays/a\n";
        let file = Path::new("/i/instance.env");
        assert_eq!(require_single(whole, file), Ok(()));
        for (more, key) in [
            ("L4D2_PORT=27015", "L4D2_PORT"),
            (" L4D2_ARGS = x", "L4D2_ARGS"),
            ("L4D2_LOWERDIRS=", "L4D2_LOWERDIRS"),
        ] {
            let text = format!("{whole}{more}\n");
            let error = require_single(&text, file).unwrap_err();
            assert_eq!(error.message(), format!("/i/instance.env has {key} twice"));
            assert_eq!((port(&text), overlays(&text, &Layout::default())), (None, vec![]));
        }
        assert_eq!(require_single(&format!("{whole}#L4D2_PORT=1\nX=1\nX=2\nL4D2_PORTS=1\n"), file), Ok(()));
    }

    #[test]
    fn reads_port_and_overlays() {
        let text = "L4D2_PORT=27015\nL4D2_ARGS=\nL4D2_LOWERDIRS=/var/lib/left4me/overlays/a:/var/lib/left4me/overlays/b/c:/var/lib/left4me/installation\n";
        assert_eq!(port(text), Some(27015));
        let expected = ["a", "b/c"].map(|path| OverlayRef::parse(path).unwrap());
        assert_eq!(overlays(text, &Layout::default()), expected);
        assert_eq!(layers(text, &Layout::default()), ["overlays/a", "overlays/b/c", "installation"]);
    }

    #[test]
    fn layers_are_paths_below_the_root() {
        let text = "L4D2_LOWERDIRS=/var/lib/left4me/overlays/a:/etc:/var/lib/left4me/installation:x\n";
        assert_eq!(layers(text, &Layout::default()), ["overlays/a", "installation"]);
        assert!(layers("", &Layout::default()).is_empty());
    }

    /// As many overlays as a specification may have, with names of 100 letters.
    #[test]
    fn the_helper_reads_the_longest_list_of_layers() {
        let layer = Layout::default().overlays().join("x".repeat(100)).display().to_string();
        let text = format!("L4D2_LOWERDIRS={}\n", vec![layer; 480].join(":"));
        assert!(text.len() <= MAX_BYTES, "{}", text.len());
        assert_eq!(overlays(&text, &Layout::default()).len(), 480);
    }

    #[test]
    fn ports_begin_at_1024() {
        for (text, expected) in [
            ("1023", None),
            ("1024", Some(1024)),
            ("1025", Some(1025)),
            ("65535", Some(65535)),
            ("65536", None),
        ] {
            assert_eq!(port(&format!("L4D2_PORT={text}\n")), expected, "{text}");
        }
    }

    #[test]
    fn damage_yields_nothing() {
        for bad in ["", "L4D2_PORT=", "L4D2_PORT=80", "L4D2_PORT=70000", "L4D2_PORT=x", "#L4D2_PORT=27015"] {
            assert_eq!(port(bad), None, "{bad}");
        }
        let text = "L4D2_LOWERDIRS=/etc::/var/lib/left4me/overlays:/var/lib/left4me/overlays/../x:rel\n";
        assert_eq!(overlays(text, &Layout::default()), []);
    }

    #[test]
    fn only_two_keys_get_through() {
        let text =
            "LD_PRELOAD=/x.so\nL4D2_PORT=27015\nL4D2_LOWERDIRS=/a:/b\nL4D2_ARGS=-tickrate 100\\\nPATH=/x\n";
        assert_eq!(unit_environment(text).unwrap(), "L4D2_PORT=27015\nL4D2_ARGS=-tickrate 100\n");
        assert_eq!(unit_environment("").unwrap(), "");
        assert_eq!(unit_environment("L4D2_ARGS=a\tb\n").unwrap(), "L4D2_ARGS=a\tb\n");
        let error = unit_environment("L4D2_ARGS=a\u{1b}b\n").unwrap_err();
        assert_eq!(error.message(), "L4D2_ARGS has a control character");
        // The other keys are nobody's business.
        assert!(unit_environment("OTHER=a\u{1b}b\n").is_ok());
    }
}
