//! The status for people: one line an instance, columns that fit, no colour.

use crate::status::Instance;
use left4me_setup::printable;

const HEADER: [&str; 10] =
    ["NAME", "STATE", "PORT", "READY", "PLAYERS", "MAP", "UPTIME", "MEMORY", "DISK", "BUILD"];

/// The table; `now` is in seconds since 1970.
pub fn render(instances: &[Instance], now: u64) -> String {
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    rows.extend(instances.iter().map(|instance| row(instance, now)));
    columns(&rows)
}

fn row(instance: &Instance, now: u64) -> Vec<String> {
    let dash = || "-".to_owned();
    let server = instance.server.as_ref();
    vec![
        instance.name.clone(),
        state(instance).to_owned(),
        instance.running_port.or(instance.port).map_or_else(dash, |port| port.to_string()),
        if instance.ready { "yes" } else { "no" }.to_owned(),
        server.map_or_else(dash, |s| format!("{}/{}", s.players, s.max_players)),
        server.map_or_else(dash, |s| plain(&s.map)),
        instance.since.map_or_else(dash, |since| duration(now.saturating_sub(since))),
        instance.memory_bytes.map_or_else(dash, size),
        size(instance.disk_bytes),
        instance.build.as_deref().map_or_else(dash, plain),
    ]
}

/// The state in a word that says more than running or stopped, where systemd knows more.
fn state(instance: &Instance) -> &str {
    match (instance.active.as_deref(), instance.sub.as_deref()) {
        (Some("failed"), _) => "failed",
        (Some("activating"), Some("auto-restart")) => "crashed, restarting",
        (Some("activating"), _) => "starting",
        (Some("deactivating"), _) => "stopping",
        _ => instance.state,
    }
}

/// A stranger's text, not longer than a map's name can be.
fn plain(text: &str) -> String {
    printable::bounded(text, 64).into_owned()
}

/// Left-aligned columns, two spaces apart, nothing after the last one. A cell is one line of text, whoever
/// chose it; colours are for what is made of it.
pub fn columns(rows: &[Vec<String>]) -> String {
    let cells = |row: &Vec<String>| row.iter().map(|cell| printable::line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Bytes for people.
pub fn size(bytes: u64) -> String {
    let units = ["B", "K", "M", "G", "T"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1023.95 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes}B"),
        _ => format!("{value:.1}{}", units[unit]),
    }
}

/// Seconds for people: the two largest units.
fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Server;

    #[test]
    fn sizes_and_durations() {
        for (bytes, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1.0K"),
            (1_048_575, "1.0M"),
            (734_003_200, "700.0M"),
            (u64::MAX, "16777216.0T"),
        ] {
            assert_eq!(size(bytes), text);
        }
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (61, "1m 1s"),
            (3600, "1h 0m"),
            (90_000, "1d 1h"),
            (8_640_000, "100d 0h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn a_table() {
        let server = Server {
            hostname: "x".into(),
            map: "c1m1\u{1b}[31m".into(),
            players: 3,
            max_players: 8,
            bots: 0,
            version: "1".into(),
        };
        let running = Instance {
            name: "versus".into(),
            state: "running",
            active: Some("active".into()),
            sub: Some("running".into()),
            enabled: true,
            port: Some(27015),
            since: Some(100),
            memory_bytes: Some(734_003_200),
            disk_bytes: 4096,
            ready: true,
            server: Some(server),
            build: Some("16546402".into()),
            ..Instance::default()
        };
        let word = |active: &str, sub: &str| Instance {
            name: active.into(),
            state: "stopped",
            active: Some(active.into()),
            sub: Some(sub.into()),
            port: Some(1),
            ..Instance::default()
        };
        let unknown = Instance { name: "x".into(), state: "unknown", ..Instance::default() };
        let all = [
            running,
            word("failed", "failed"),
            word("activating", "auto-restart"),
            word("inactive", "dead"),
            unknown,
        ];
        insta::assert_snapshot!(render(&all, 100 + 7384));
        assert_eq!(columns(&[]), "");
    }
}
