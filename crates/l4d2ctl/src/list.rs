//! `list` and `status`, and how results are printed.

use crate::a2s_client::Servers;
use crate::{instances, status, status_table, table, terminal};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::{answer, document, note};
use left4me::{Error, Result};
use serde::Serialize;
use std::io::IsTerminal;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `list`: names, ports and overlays, from the files alone.
pub fn list(layout: &Layout, json: bool) -> Result<()> {
    #[derive(Serialize)]
    struct Entry {
        name: String,
        port: Option<u16>,
        overlays: Vec<String>,
    }
    #[derive(Serialize)]
    struct List {
        schema: u32,
        instances: Vec<Entry>,
    }
    let entry = |name: &InstanceName| {
        let facts = instances::facts(layout, name);
        let overlays = facts.overlays.iter().map(ToString::to_string).collect();
        Entry { name: name.to_string(), port: facts.port, overlays }
    };
    let instances: Vec<Entry> = instances::list(layout)?.iter().map(entry).collect();
    if json {
        return answer(&document(&List { schema: 1, instances })?);
    }
    let mut rows = vec![["NAME", "PORT", "OVERLAYS"].map(str::to_owned).to_vec()];
    rows.extend(instances.into_iter().map(|e| {
        let port = e.port.map_or_else(|| "-".to_owned(), |p| p.to_string());
        vec![e.name, port, e.overlays.join(", ")]
    }));
    answer(&table::plain(&rows))
}

/// `status`: the table fails after printing when a named instance does not exist. In JSON such a one is stopped:
/// the web app asks for servers that it has not initialized yet.
pub fn status(
    layout: &Layout,
    names: &[String],
    json: bool,
    watch: Option<u64>,
    with_players: bool,
) -> Result<()> {
    let select = || instances::select(layout, names, names.is_empty());
    let selected = select()?;
    let servers = Servers::default();
    if let Some(seconds) = watch {
        if !std::io::stdout().is_terminal() {
            return Err(
                Error::usage("--watch needs a terminal").hint("leave it out to print the status once")
            );
        }
        answer("\x1b[2J")?;
        loop {
            let report = status::gather(layout, &select()?, &servers, with_players)?;
            let mut notes: String =
                status_table::notes(&report.instances).iter().map(|note| format!("{note}\n")).collect();
            if let Some(damage) = &report.damage {
                notes.push_str(&format!("{damage}\n"));
            }
            let height = terminal::size().map_or(usize::MAX, |(_, lines)| lines);
            answer(&terminal::redrawn(&format!("{}{notes}", status_text(&report)), height))?;
            std::thread::sleep(Duration::from_secs(seconds));
        }
    }
    let report = status::gather(layout, &selected, &servers, with_players)?;
    if let Some(damage) = &report.damage {
        damage.report("note");
    }
    if json {
        return answer(&document(&report)?);
    }
    answer(&status_text(&report))?;
    status_table::notes(&report.instances).iter().for_each(|text| note(text));
    selected.iter().try_for_each(|name| instances::require(layout, name))
}

fn status_text(report: &status::Report) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let width = terminal::size().map(|(columns, _)| columns);
    let table = status_table::render(&report.instances, now, width, terminal::has_colours());
    table + &status_table::players(&report.instances, width)
}
