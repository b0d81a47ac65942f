//! Plans and results as text and as JSON.

use crate::outcome::{Applied, AppliedResource, Counts, Outcome};
use crate::plan::{Plan, Step};
use crate::resource::{Finding, differences_text};
use crate::say;
use left4me::host::Host;
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
    text + &counts_text(&plan.counts(), "to change") + "\n"
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
    let name = step.resource.id();
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

/// What became of one resource, as a line; nothing for what was in sync.
pub fn outcome_line(done: &AppliedResource) -> Option<String> {
    let name = &done.id;
    let since = if done.changed_since_plan { " (changed since the plan)" } else { "" };
    Some(match &done.outcome {
        Outcome::InSync => return None,
        Outcome::Modified => {
            format!("= {name}: modified by an administrator, kept (plan --diff shows the change)")
        }
        Outcome::Deferred(why) => format!(". {name}: deferred, {why}"),
        Outcome::Created => format!("+ {name}{since}"),
        Outcome::Changed(differences) => format!("~ {name}: {}{since}", differences_text(differences)),
        Outcome::Failed(error) => match error.remedy() {
            Some(hint) => format!("! {name}: {error}\n  hint: {hint}"),
            None => format!("! {name}: {error}"),
        },
        Outcome::Skipped(need) => format!("- {name}: not tried, it needs {need}"),
    })
}

/// The summary of an apply: `N changed, M in sync, K failed`, and what else there was.
pub fn summary(applied: &Applied) -> String {
    counts_text(&applied.counts(), "changed")
}

fn counts_text(counts: &Counts, changed: &str) -> String {
    let mut text =
        format!("{} {changed}, {} in sync, {} failed", counts.changed, counts.in_sync, counts.failed);
    for (count, word) in [(counts.not_tried, "not tried"), (counts.deferred, "deferred")] {
        if count > 0 {
            let _ = write!(text, ", {count} {word}");
        }
    }
    text
}

/// What an image leaves to the machine that boots from it.
pub fn first_boot(applied: &Applied) -> Option<String> {
    let mut text = String::from("left for the first boot (`left4me-setup apply --yes` does it):\n");
    let before = text.len();
    for done in &applied.resources {
        if let Outcome::Deferred(why) = &done.outcome {
            let _ = writeln!(text, "  {}: {why}", done.id);
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
            value["resource"] = step.resource.id().to_string().into();
            let notes = step.resource.notes(host);
            if !notes.is_empty() {
                value["notes"] = notes.into();
            }
            let pending = step.is_pending();
            if let Some(text) = step.resource.diff(host).filter(|_| diff && pending) {
                value["diff"] = text.into();
            }
            if let Some(text) = step.resource.own_changes(host).filter(|_| diff) {
                value["own_changes"] = text.into();
            }
            value
        })
        .collect();
    let counts = plan.counts();
    say::document(&json!({
        "schema": SCHEMA,
        "pending": counts.changed,
        "in_sync": counts.in_sync,
        "failed": counts.failed,
        "deferred": counts.deferred,
        "resources": resources,
    }))
}

/// What an apply did, for programs.
pub fn applied_json(applied: &Applied) -> String {
    let resources: Vec<Value> = applied
        .resources
        .iter()
        .map(|done| {
            let mut value = match &done.outcome {
                Outcome::InSync => json!({"outcome": "in-sync"}),
                Outcome::Modified => json!({"outcome": "modified"}),
                Outcome::Deferred(why) => json!({"outcome": "deferred", "reason": why}),
                Outcome::Created => json!({"outcome": "created"}),
                Outcome::Changed(differences) => json!({"outcome": "changed", "differences": differences}),
                Outcome::Failed(error) => {
                    json!({"outcome": "failed", "error": error.message(), "hint": error.remedy()})
                }
                Outcome::Skipped(need) => json!({"outcome": "not-tried", "needs": need.to_string()}),
            };
            value["resource"] = done.id.to_string().into();
            if done.changed_since_plan {
                value["changed_since_plan"] = true.into();
            }
            value
        })
        .collect();
    let counts = applied.counts();
    say::document(&json!({
        "schema": SCHEMA,
        "changed": counts.changed,
        "in_sync": counts.in_sync,
        "failed": counts.failed,
        "not_tried": counts.not_tried,
        "deferred": counts.deferred,
        "resources": resources,
    }))
}
