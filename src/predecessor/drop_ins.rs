//! The predecessor hardened its units by drop-ins, as links into its checkout or copied by hand. Our
//! unit has those settings itself. A drop-in stays where it is: it is said what it still changes.

use super::CHECKOUT;
use crate::deployed;
use left4me::host::Host;
use left4me::printable;
use left4me::read::{self, Limit, Links};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Its name, beside our server unit and beside its web app's.
const NAME: &str = "10-hardening.conf";
/// What it had that our unit has in other words or has no need of.
const THEIRS: &str = "
BindReadOnlyPaths=/etc/left4me/host.env
SocketBindAllow=udp:27000-27999 tcp:27000-27999
";
const LONGEST: u64 = 64 << 10;

/// One line about a drop-in of `unit`; nothing when it is not the predecessor's.
pub fn describe(host: &Host, path: &Path, unit: &str) -> Option<String> {
    let shown = path.display();
    let target = std::fs::read_link(host.path(path)).ok();
    let link = target.as_ref().is_some_and(|target| target.starts_with(CHECKOUT));
    if !path.ends_with(NAME) && !link {
        return None;
    }
    let place = target.filter(|target| target.is_absolute()).unwrap_or_else(|| path.to_owned());
    let text = read::file(&host.path(&place), Links::Follow, Limit::Head(LONGEST))
        .ok()
        .flatten()
        .unwrap_or_default();
    let (known, more) = compare(&String::from_utf8_lossy(&text), unit);
    let kind = if link { "a link into its checkout" } else { "a copy" };
    if known == 0 && !link {
        return None;
    }
    let effect = if more.is_empty() {
        format!("{unit} has its settings itself")
    } else {
        format!("changes {unit}: {}", more.join(", "))
    };
    Some(format!("{shown} is the predecessor's, {kind}: kept, and {effect}"))
}

/// How many settings are our unit's too, and which are not.
fn compare(text: &str, unit: &str) -> (usize, Vec<String>) {
    let ours = deployed::PACKAGED.iter().find(|d| d.path.ends_with(unit)).map_or("", |d| d.content);
    let mut has: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (key, value) in settings(ours).chain(settings(THEIRS)) {
        has.entry(key).or_default().extend(value.split_whitespace().map(plain));
    }
    let is_ours = |(key, value): &(&str, &str)| {
        has.get(key).is_some_and(|words| value.split_whitespace().all(|word| words.contains(plain(word))))
    };
    let (known, more): (Vec<_>, Vec<_>) = settings(text).partition(is_ours);
    let shown = |(key, value): (&str, &str)| printable::line(&format!("{key}={value}")).into_owned();
    (known.len(), more.into_iter().map(shown).collect())
}

fn settings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';', '[']));
    lines.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim()))
}

/// One spelling of what systemd reads alike; `-` only means that a path may be absent.
fn plain(word: &str) -> &str {
    match word {
        "true" | "on" | "1" => "yes",
        "false" | "off" | "0" => "no",
        word => word.strip_prefix("-/").map_or(word, |_| &word[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn a_known_subset_is_told_from_a_change() {
        let theirs = include_str!("../../tests/host/predecessor-hardening.conf");
        let (known, more) = compare(theirs, "left4me-server@.service");
        assert!(known > 30 && more.is_empty(), "{known} {more:?}");
        let mine = format!("{theirs}ProtectSystem=full\nBindReadOnlyPaths=/srv/maps\n# x=1\nNice = 5\n");
        let (_, more) = compare(&mine, "left4me-server@.service");
        assert_eq!(more, ["ProtectSystem=full", "BindReadOnlyPaths=/srv/maps", "Nice=5"]);
        assert_eq!(compare("[Service]\n", "left4me-server@.service"), (0, vec![]));
    }
}
