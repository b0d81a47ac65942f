//! `game list`: the builds that are kept, as a document and as text.

use super::kept::{KeptBuild, KeptBuilds};
use super::running::Running;
use crate::report::line::bytes;
use crate::say::wrap;
use left4me::Result;
use left4me::host::Host;
use left4me::{beneath, walk};
use serde::Serialize;
use std::fmt::Write;

/// A narrow terminal's width.
const WIDTH: usize = 60;

/// What `game list --json` prints.
#[derive(Debug, Serialize)]
pub struct List {
    schema: u32,
    /// The build that no update moves away from.
    pinned: Option<String>,
    builds: Vec<Entry>,
}

/// A build.
#[derive(Debug, Serialize)]
struct Entry {
    build: String,
    version: Option<String>,
    /// Seconds since 1970.
    published: Option<u64>,
    /// What its own layers take.
    disk_bytes: u64,
    /// A start gets it.
    current: bool,
    pinned: bool,
    /// It can be used. One that is not is here because it runs.
    kept: bool,
    /// The instances that have it mounted.
    instances: Vec<String>,
}

/// Puts together what there is.
pub fn list(host: &Host, kept: &KeptBuilds, running: &[Running], pinned: Option<&str>) -> Result<List> {
    let in_use = kept.in_use().map(|kept| &kept.build.name);
    let mut builds = Vec::new();
    for found in &kept.builds {
        let name = &found.build.name;
        builds.push(Entry {
            build: name.to_string(),
            version: found.game.version.clone(),
            published: found.published,
            disk_bytes: host.as_runtime_user(|| Ok(adds(host, kept, found)))?,
            current: in_use == Some(name),
            pinned: pinned == Some(name.as_str()),
            kept: true,
            instances: runs(running, name.build()),
        });
    }
    let is_listed = |build: &str, builds: &[Entry]| builds.iter().any(|entry| number(&entry.build) == build);
    for build in running.iter().filter_map(|instance| instance.build.as_deref()) {
        if !is_listed(build, &builds) {
            builds.push(Entry {
                build: build.to_owned(),
                version: None,
                published: None,
                disk_bytes: 0,
                current: false,
                pinned: pinned == Some(build),
                kept: false,
                instances: runs(running, build),
            });
        }
    }
    Ok(List { schema: 1, pinned: pinned.map(str::to_owned), builds })
}

fn number(build: &str) -> &str {
    build.split('.').next().unwrap_or_default()
}

fn runs(running: &[Running], build: &str) -> Vec<String> {
    let has_it = |instance: &&Running| instance.build.as_deref() == Some(build);
    running.iter().filter(has_it).map(|instance| instance.name.to_string()).collect()
}

/// What the layers of this build and of no other take on disk.
fn adds(host: &Host, kept: &KeptBuilds, found: &KeptBuild) -> u64 {
    let game = &kept.layers;
    let own = |name: &&left4me::game_layers::LayerName| name.build() == found.build.name.build();
    let mut layers: Vec<_> = found.build.layers.iter().filter(own).map(|name| game.layer(name)).collect();
    if found.build.layers.is_empty() {
        layers.push(game.base().to_owned());
    }
    layers
        .iter()
        .filter_map(|layer| beneath::open_to_list(&host.path(layer)).ok())
        .map(walk::disk_bytes)
        .fold(0, u64::saturating_add)
}

impl List {
    /// A table that fits a narrow terminal, with who runs a build below it.
    pub fn to_text(&self) -> String {
        if self.builds.is_empty() {
            return "no build of the game is kept\nhint: sudo left4me-setup apply installs it\n".to_owned();
        }
        let longest = self.builds.iter().map(|entry| entry.build.len()).max().unwrap_or(0).max(5);
        let version = |entry: &Entry| entry.version.clone().unwrap_or_else(|| "-".into());
        let versions =
            self.builds.iter().map(|entry| version(entry).chars().count()).max().unwrap_or(0).max(7);
        let mut text =
            format!("{:<longest$}  {:<versions$}  PUBLISHED   {:>8}\n", "BUILD", "VERSION", "ADDS");
        for entry in &self.builds {
            let mut marks: Vec<&str> = Vec::new();
            marks.extend(entry.current.then_some("current"));
            marks.extend(entry.pinned.then_some("pinned"));
            marks.extend((!entry.kept).then_some("not kept"));
            let line = format!(
                "{:<longest$}  {:<versions$}  {:<10}  {:>8}  {}",
                entry.build,
                version(entry),
                entry.published.map_or("-".into(), date),
                if entry.kept { bytes(entry.disk_bytes) } else { "-".into() },
                marks.join(", ")
            );
            let _ = writeln!(text, "{}", line.trim_end());
            if !entry.instances.is_empty() {
                let who = format!("run by {}", entry.instances.join(", "));
                for line in wrap::fit(&who, Some(WIDTH - 2)).lines() {
                    let _ = writeln!(text, "  {}", line.trim_start());
                }
            }
        }
        text
    }
}

/// `2026-11-30`, in UTC.
fn date(seconds: u64) -> String {
    let days = i64::try_from(seconds / 86_400).unwrap_or(0) + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Counted from March.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_735_689_599, "2024-12-31"),
            (1_796_000_000, "2026-11-30"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_narrow_terminal_shows_all() {
        let entry = |build: &str, disk_bytes, instances: &[&str]| Entry {
            build: build.into(),
            version: Some("2.2.4.3".into()),
            published: Some(1_796_000_000),
            disk_bytes,
            current: build == "16546403",
            pinned: build == "16546403",
            kept: build != "16546401",
            instances: instances.iter().map(|name| (*name).to_owned()).collect(),
        };
        let many: Vec<String> = (0..12).map(|n| format!("versus-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let builds = vec![
            entry("16546403", 12_300_000, &["coop"]),
            entry("16546402", 9_790_163_293, &many),
            entry("16546401", 0, &["old"]),
        ];
        let text = List { schema: 1, pinned: None, builds }.to_text();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        insta::assert_snapshot!(text);
    }
}
