//! Plans and results as text and as JSON.

use crate::apply::{Applied, Outcome};
use crate::plan::{Plan, Step};
use crate::resource::{Difference, Finding};
use crate::say;
use left4me::host::Host;
use left4me::printable;
use serde_json::{Value, json};
use std::fmt::Write;

const SCHEMA: u32 = 1;
/// Of what an administrator changed, where nothing is going to change.
const SIGNS: &str = "- as shipped, + as it is";

/// How much of the plan a person wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line for each resource that is not simply in sync.
    Lines,
    /// The changed lines of files too.
    Diff,
    /// And why the host has each thing.
    Explained,
}

/// The plan for people, then a summary.
pub fn plan_text(plan: &Plan, host: &Host, detail: Detail) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        if let Some(line) = step_line(step, detail) {
            text.push_str(&line);
            text.push('\n');
            text.push_str(&details(step, host, detail));
        }
        for note in step.resource.notes(host) {
            let _ = writeln!(text, "  note: {note}");
        }
    }
    let pending = plan.pending();
    let _ = match pending {
        0 => writeln!(text, "nothing to change; {} resources", plan.steps.len()),
        n => writeln!(text, "{n} of {} resources to change", plan.steps.len()),
    };
    text
}

fn details(step: &Step, host: &Host, detail: Detail) -> String {
    let Ok(found) = &step.found else { return String::new() };
    let is_modified = *found == Finding::Modified;
    if detail == Detail::Lines || !(found.is_pending() || is_modified) {
        return String::new();
    }
    let mut lines = Vec::new();
    if detail == Detail::Explained {
        lines.push(step.resource.why().to_owned());
    }
    let changes = step.resource.diff(host).filter(|_| !is_modified);
    if let Some(kept) = step.resource.own_changes(host) {
        if !is_modified {
            lines.push(format!("kept ({SIGNS}):"));
        }
        lines.extend(kept.lines().map(str::to_owned));
    }
    lines.extend(changes.iter().flat_map(|text| text.lines()).map(str::to_owned));
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

fn step_line(step: &Step, detail: Detail) -> Option<String> {
    let name = step.resource.name();
    Some(match &step.found {
        Ok(Finding::InSync) => return None,
        Ok(Finding::Absent) => format!("+ {name}"),
        Ok(Finding::Differs(differences)) => format!("~ {name}: {}", differences_text(differences)),
        Ok(Finding::Modified) if detail == Detail::Lines => {
            format!("= {name}: modified by an administrator, kept (plan --diff shows the change)")
        }
        Ok(Finding::Modified) => format!("= {name}: modified by an administrator, kept ({SIGNS})"),
        Ok(Finding::Deferred(why)) => format!(". {name}: deferred, {why}"),
        Err(error) => format!("! {name}: {error}"),
    })
}

/// `mode 0644 → 0440, owner 1000:1000 → 0:0`
pub fn differences_text(differences: &[Difference]) -> String {
    let parts: Vec<String> =
        differences.iter().map(|d| format!("{} {} → {}", d.attribute, d.is, d.want)).collect();
    parts.join(", ")
}

/// What became of one resource, as a line; nothing for what was in sync.
pub fn outcome_line(name: &str, outcome: &Outcome) -> Option<String> {
    Some(match outcome {
        Outcome::InSync => return None,
        Outcome::Modified => {
            format!("= {name}: modified by an administrator, kept (plan --diff shows the change)")
        }
        Outcome::Deferred(why) => format!(". {name}: deferred, {why}"),
        Outcome::Created => format!("+ {name}"),
        Outcome::Changed(differences) => format!("~ {name}: {}", differences_text(differences)),
        Outcome::Failed(error) => match error.remedy() {
            Some(hint) => format!("! {name}: {error}\n  hint: {hint}"),
            None => format!("! {name}: {error}"),
        },
        Outcome::Skipped(need) => format!("- {name}: not tried, it needs {need}"),
    })
}

/// `N changed, M in sync, K failed`, and what else there was.
pub fn summary(applied: &Applied) -> String {
    let mut text =
        format!("{} changed, {} in sync, {} failed", applied.changed(), applied.in_sync(), applied.failed());
    for (count, word) in [(applied.skipped(), "not tried"), (applied.deferred(), "deferred")] {
        if count > 0 {
            let _ = write!(text, ", {count} {word}");
        }
    }
    text
}

/// What has to go from the predecessor's bundle, else the two undo each other for ever.
pub fn rivals(applied: &Applied) -> String {
    let items = applied.rivals.join(", ");
    format!("note: the predecessor's bundle will undo this; remove its items {}", printable::line(&items))
}

/// What an image leaves to the machine that boots from it.
pub fn first_boot(applied: &Applied) -> Option<String> {
    let mut text = String::from("left for the first boot (`left4me-setup apply --yes` does it):\n");
    let before = text.len();
    for (name, outcome) in &applied.outcomes {
        if let Outcome::Deferred(why) = outcome {
            let _ = writeln!(text, "  {name}: {why}");
        }
    }
    (text.len() > before).then_some(text)
}

/// The plan for programs.
pub fn plan_json(plan: &Plan, host: &Host, diff: bool) -> String {
    let resources: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            let mut value = match &step.found {
                Ok(Finding::InSync) => json!({"state": "in-sync"}),
                Ok(Finding::Absent) => json!({"state": "absent"}),
                Ok(Finding::Differs(differences)) => json!({"state": "differs", "differences": differences}),
                Ok(Finding::Modified) => json!({"state": "modified"}),
                Ok(Finding::Deferred(why)) => json!({"state": "deferred", "reason": why}),
                Err(error) => json!({"state": "error", "error": error.message(), "hint": error.remedy()}),
            };
            value["resource"] = step.resource.name().into();
            let notes = step.resource.notes(host);
            if !notes.is_empty() {
                value["notes"] = notes.into();
            }
            let pending = step.found.as_ref().is_ok_and(Finding::is_pending);
            if let Some(text) = step.resource.diff(host).filter(|_| diff && pending) {
                value["diff"] = text.into();
            }
            if let Some(text) = step.resource.own_changes(host).filter(|_| diff) {
                value["own_changes"] = text.into();
            }
            value
        })
        .collect();
    say::document(&json!({"schema": SCHEMA, "pending": plan.pending(), "resources": resources}))
}

/// What an apply did, for programs.
pub fn applied_json(applied: &Applied) -> String {
    let resources: Vec<Value> = applied
        .outcomes
        .iter()
        .map(|(name, outcome)| {
            let mut value = match outcome {
                Outcome::InSync => json!({"outcome": "in-sync"}),
                Outcome::Modified => json!({"outcome": "modified"}),
                Outcome::Deferred(why) => json!({"outcome": "deferred", "reason": why}),
                Outcome::Created => json!({"outcome": "created"}),
                Outcome::Changed(differences) => json!({"outcome": "changed", "differences": differences}),
                Outcome::Failed(error) => {
                    json!({"outcome": "failed", "error": error.message(), "hint": error.remedy()})
                }
                Outcome::Skipped(need) => json!({"outcome": "not-tried", "needs": need}),
            };
            value["resource"] = name.as_str().into();
            value
        })
        .collect();
    say::document(&json!({
        "schema": SCHEMA,
        "changed": applied.changed(),
        "in_sync": applied.in_sync(),
        "failed": applied.failed(),
        "not_tried": applied.skipped(),
        "deferred": applied.deferred(),
        "resources": resources,
    }))
}
