//! `left4me-setup apply`: shows the plan, asks, and carries it out.

use super::session::Session;
use super::{options, require_root};
use crate::apply::apply;
use crate::cli::ApplyOptions;
use crate::config::Config;
use crate::desired::desired;
use crate::made::Made;
use crate::outcome::{Applied, AppliedResource};
use crate::plan::Plan;
use crate::predecessor::rivals;
use crate::render::{self, Detail};
use crate::report::{self, Notes, Reporter};
use crate::resource::{Tools, foreign_root};
use crate::say;
use crate::state::State;
use left4me::host::Host;
use left4me::{Error, Result, ask};
use std::process::ExitCode;

/// `left4me-setup apply`
pub fn command(options: ApplyOptions) -> Result<ExitCode> {
    require_root(options.host.sysroot.as_deref(), "apply")?;
    let mut session = Session::from_apply(&options)?;
    let config = Config::new(options::request(options.host))?;
    let host = config.host()?;
    session.recognise_login(State::load(&host).account());
    let reporter: Box<dyn Reporter> =
        if options.json { Box::new(Notes::default()) } else { report::reporter(session.progress) };
    let reporter = reporter.as_ref();
    let _lock = host.lock(!options.no_wait, |line| reporter.note(line))?;
    // Before host.env names it, which a purge believes.
    foreign_root::refuse(&host)?;
    let resources = desired(&config);
    let mut state = State::load(&host);
    let mut made = Made::load(&host).unwrap_or_default();
    let mut tools = Tools { reporter, settings: &session.steam, state: &mut state, made: &mut made };
    let mut watch = |done: &AppliedResource| print_line(done, reporter, options.quiet);
    let applied = if options.yes {
        apply(resources, &host, &mut tools, &mut watch)?
    } else {
        let plan = Plan::inspect(resources, &host);
        // JSON has standard output to itself, but nobody confirms what they have not seen.
        let show = |text: &str| if options.json { say::problem(text) } else { reporter.result(text) };
        if !confirm(&plan, &host, show)? {
            return Err(Error::new("nothing was changed"));
        }
        plan.apply(&host, &mut tools, &mut watch)?
    };
    if options.json {
        say::answer(&render::applied_json(&applied))?;
    } else if !options.quiet {
        print_summary(&applied, &host, reporter);
    }
    let counts = applied.counts();
    Ok(if counts.failed + counts.not_tried == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A quiet run still says what failed, and what nobody had confirmed.
fn print_line(done: &AppliedResource, reporter: &dyn Reporter, quiet: bool) {
    match render::outcome_line(done) {
        Some(line) if done.outcome.is_bad() => reporter.problem(&line),
        Some(line) if !quiet || done.changed_since_plan => reporter.result(&line),
        _ => {}
    }
}

fn print_summary(applied: &Applied, host: &Host, reporter: &dyn Reporter) {
    if let Some(rivals) = rivals::summary(applied) {
        reporter.result(&format!("note: {rivals}"));
    }
    reporter.result(&render::summary(applied));
    if let Some(remaining) = render::first_boot(applied).filter(|_| !host.is_running()) {
        reporter.result(remaining.trim_end());
    }
}

/// Shows the plan and asks; without anything to change there is nothing to ask.
fn confirm(plan: &Plan, host: &Host, show: impl Fn(&str)) -> Result<bool> {
    if plan.pending() == 0 {
        return Ok(true);
    }
    show(render::plan_text(plan, host, Detail::Lines).trim_end());
    ask::need_terminal("left4me-setup apply --yes")?;
    loop {
        let answer = ask::line("apply? [y]es, [e]xplain, [n]o: ")?;
        match answer.map(|a| a.to_ascii_lowercase()).as_deref() {
            Some("y" | "yes") => return Ok(true),
            Some("n" | "no") | None => return Ok(false),
            Some("e" | "explain") => {
                show(render::plan_text(plan, host, Detail::Explained).trim_end());
            }
            Some(_) => {}
        }
    }
}
