//! The status for people: a line for each instance, as many columns as fit, and notes on what needs attention.

use crate::running;
use crate::status::{Instance, Player};
use crate::table::{Cell, Column, bytes, columns, seconds};
use left4me::{printable, shell};

/// Each column and how important it is: on a narrow terminal the least important ones are left out.
const COLUMNS: [(&str, u8); 11] = [
    ("NAME", 9),
    ("STATE", 9),
    ("PORT", 9),
    ("READY", 4),
    ("PLAYERS", 8),
    ("MAP", 7),
    ("UPTIME", 5),
    ("CRASHES", 6),
    ("MEMORY", 3),
    ("DISK", 2),
    ("BUILD", 1),
];

/// The table; `now` is in seconds since 1970, `width` in columns of a terminal.
pub fn render(instances: &[Instance], now: u64, width: Option<usize>, colour: bool) -> String {
    let header = COLUMNS.map(|(title, importance)| Column { title, importance });
    let rows: Vec<Vec<Cell>> = instances.iter().map(|instance| row(instance, now, colour)).collect();
    columns(&header, &rows, width)
}

fn row(instance: &Instance, now: u64, colour: bool) -> Vec<Cell> {
    let dash = || "-".to_owned();
    let server = instance.server.as_ref();
    let crashes = instance.restarts.filter(|_| instance.state == "running" || instance.phase == "failed");
    let paint = |paint| if colour { paint } else { None };
    vec![
        instance.name.clone().into(),
        Cell { text: instance.phase.to_owned(), paint: paint(phase_colour(instance.phase)) },
        instance.running_port.or(instance.port).map_or_else(dash, |port| port.to_string()).into(),
        if instance.ready { "yes" } else { "no" }.to_owned().into(),
        server.map_or_else(dash, |s| format!("{}/{}", s.players, s.max_players)).into(),
        server.map_or_else(dash, |s| printable::bounded(&s.map, 64).into_owned()).into(),
        instance.since.map_or_else(dash, |since| seconds(now.saturating_sub(since))).into(),
        Cell {
            text: crashes.map_or_else(dash, |count| count.to_string()),
            paint: paint(crashes.filter(|count| *count > 0).map(|_| YELLOW)),
        },
        instance.memory_bytes.map_or_else(dash, bytes).into(),
        bytes(instance.disk_bytes).into(),
        builds(instance).into(),
    ]
}

/// The build that it runs, and where that differs, the one that it would run.
fn builds(instance: &Instance) -> String {
    match (instance.build.as_deref(), instance.next_build.as_deref()) {
        (Some(runs), Some(next)) if runs != next => format!("{runs} -> {next}"),
        (Some(build), _) | (None, Some(build)) => build.to_owned(),
        (None, None) => "-".to_owned(),
    }
}

/// A table of who plays, after an empty line; nothing where nobody was asked for.
pub fn players(instances: &[Instance], width: Option<usize>) -> String {
    let header = [("SERVER", 9), ("PLAYER", 9), ("SCORE", 1), ("TIME", 2)]
        .map(|(title, importance)| Column { title, importance });
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for instance in instances {
        for Player { name, score, seconds: time } in instance.players.iter().flatten() {
            let name = printable::bounded(name, 64).into_owned();
            rows.push(vec![
                instance.name.clone().into(),
                name.into(),
                score.to_string().into(),
                seconds(*time).into(),
            ]);
        }
    }
    if instances.iter().all(|instance| instance.players.is_none()) {
        String::new()
    } else if rows.is_empty() {
        "\nnobody plays\n".to_owned()
    } else {
        format!("\n{}", columns(&header, &rows, width))
    }
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const FAINT: &str = "2";

fn phase_colour(phase: &str) -> Option<&'static str> {
    match phase {
        "running" => Some(GREEN),
        "failed" | "restarting" => Some(RED),
        "starting" | "stopping" => Some(YELLOW),
        "stopped" => Some(FAINT),
        _ => None,
    }
}

/// A sentence for each instance that needs attention.
pub fn notes(instances: &[Instance]) -> Vec<String> {
    if instances.is_empty() {
        return vec![
            "there are no instances yet; to make one: sudo l4d2ctl initialize NAME -f SPEC".to_owned(),
        ];
    }
    instances.iter().flat_map(|instance| condition(instance).into_iter().chain(shadowed(instance))).collect()
}

fn condition(instance: &Instance) -> Option<String> {
    let name = &instance.name;
    let logs = format!("sudo l4d2ctl logs {name} shows why");
    match (instance.phase, instance.result.as_deref()) {
        ("failed", Some("start-limit-hit")) => {
            Some(format!("'{name}' crashed too often and is not restarted any more; {logs}"))
        }
        ("failed", _) => Some(format!("'{name}' failed; {logs}")),
        ("restarting", _) => Some(format!("'{name}' crashed and will be restarted; {logs}")),
        _ => pending(instance),
    }
}

fn pending(instance: &Instance) -> Option<String> {
    let name = &instance.name;
    let reasons = &instance.restart_pending;
    if let Some(entry) = &instance.restart_queued {
        return Some(format!(
            "the restart of '{name}' is {}; to cancel: sudo l4d2ctl restart --queued --cancel {name}",
            entry.describe()
        ));
    }
    match (instance.build.as_deref(), instance.next_build.as_deref()) {
        _ if reasons.is_empty() => None,
        (Some(runs), Some(next)) if reasons[..] == [running::BUILD] && runs != next => Some(format!(
            "'{name}' is running build {runs}; to run build {next}: sudo l4d2ctl restart {name} --when-empty"
        )),
        _ => Some(format!(
            "'{name}' is running with an older {}; to apply the new one: sudo l4d2ctl restart {name}",
            reasons.join(" and ")
        )),
    }
}

fn shadowed(instance: &Instance) -> Option<String> {
    let (name, files) = (&instance.name, &instance.shadowed);
    let first = files.first()?;
    let others = match files.len() - 1 {
        0 => String::new(),
        1 => " and one more file".to_owned(),
        more => format!(" and {more} more files"),
    };
    Some(format!(
        "'{name}' uses its own {}{others} instead of what the game update changed; to see the layers: sudo l4d2ctl \
         overlay explain {name} {}",
        printable::line(first),
        shell::quote(first)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Server;

    fn instances() -> Vec<Instance> {
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
            phase: "running",
            port: Some(27016),
            running_port: Some(27015),
            restart_pending: vec!["specification"],
            since: Some(100),
            restarts: Some(2),
            memory_bytes: Some(734_003_200),
            disk_bytes: 4096,
            ready: true,
            server: Some(server),
            build: Some("16546402".into()),
            next_build: Some("16546402".into()),
            ..Instance::default()
        };
        let outdated = Instance {
            name: "coop".into(),
            restart_pending: vec!["build"],
            next_build: Some("17000000".into()),
            shadowed: vec!["left4dead2/gameinfo.txt".into(), "left4dead2/it's\u{1b}[2J".into()],
            state: "running",
            phase: "running",
            build: Some("16546402".into()),
            ..Instance::default()
        };
        let other = |phase, state, result: &str| Instance {
            name: format!("is-{phase}"),
            state,
            phase,
            result: Some(result.into()),
            restarts: Some(5),
            port: Some(1),
            ..Instance::default()
        };
        vec![
            running,
            outdated,
            other("failed", "stopped", "start-limit-hit"),
            other("restarting", "running", "signal"),
            other("stopped", "stopped", "success"),
            Instance { name: "x".into(), state: "unknown", phase: "unknown", ..Instance::default() },
        ]
    }

    #[test]
    fn an_empty_host_says_what_comes_next() {
        let first = "there are no instances yet; to make one: sudo l4d2ctl initialize NAME -f SPEC";
        assert_eq!(notes(&[]), [first]);
    }

    #[test]
    fn tables() {
        let mut shown = String::new();
        for width in [None, Some(100), Some(80), Some(60), Some(40)] {
            let table = render(&instances(), 100 + 7384, width, false);
            if let Some(width) = width {
                assert!(table.lines().all(|line| line.chars().count() <= width), "{width}:\n{table}");
            }
            shown.push_str(&format!("{width:?}\n{table}\n"));
        }
        shown.push_str(&notes(&instances()).join("\n"));
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn who_plays() {
        let player = |name: &str, score, seconds| Player { name: name.into(), score, seconds };
        let mut instances = instances();
        assert_eq!(players(&instances, None), "");
        instances[0].players = Some(vec![]);
        assert_eq!(players(&instances, None), "\nnobody plays\n");
        instances[0].players = Some(vec![player("Nick", 3, 3700), player("a\u{1b}[2J\nb\u{202e}", -1, 0)]);
        instances[4].players = Some(vec![player("", 0, 59)]);
        insta::assert_snapshot!(players(&instances, None));
    }

    #[test]
    fn colours_are_ours_alone_and_change_no_width() {
        let plain = render(&instances(), 100, None, false);
        let coloured = render(&instances(), 100, None, true);
        assert!(
            coloured.contains("\u{1b}[32mrunning\u{1b}[0m") && coloured.contains("\u{1b}[31mfailed\u{1b}[0m")
        );
        let mut bare = coloured;
        for code in ["31", "32", "33", "2", "0"] {
            bare = bare.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(bare, plain);
        assert!(!plain.contains('\u{1b}'));
    }
}
