//! `left4me-setup apply`: shows the plan, asks, and carries it out.

use super::{options, require_root};
use crate::apply;
use crate::cli::ApplyOptions;
use crate::config::{Config, SessionConfig};
use crate::plan::Plan;
use crate::render::{self, Detail};
use crate::report::{self, Notes, Reporter};
use crate::say;
use crate::state::State;
use left4me::host::Host;
use left4me::lock;
use left4me::{Error, Result, ask};
use std::process::ExitCode;

/// `left4me-setup apply`
pub fn command(options: ApplyOptions) -> Result<ExitCode> {
    require_root(options.host.sysroot.as_deref(), "apply")?;
    let mut session = SessionConfig::of_apply(&options)?;
    let config = Config::new(options::request(options.host))?;
    let host = config.host()?;
    session.recognise_login(State::load(&host).account());
    let reporter: Box<dyn Reporter> =
        if options.json { Box::new(Notes::default()) } else { report::reporter(session.progress) };
    let reporter = reporter.as_ref();
    let _lock = lock::take_host(&host, !options.no_wait, |line| reporter.note(line))?;
    if !options.yes && !confirm(&Plan::of(&config, &host), &host, reporter)? {
        return Err(Error::new("nothing was changed"));
    }
    let applied = apply::apply(&config, &host, &session, reporter, options.quiet)?;
    if options.json {
        say::answer(&render::applied_json(&applied))?;
    } else if !options.quiet {
        if !applied.rivals.is_empty() {
            reporter.result(&render::rivals(&applied));
        }
        reporter.result(&render::summary(&applied));
        if let Some(remaining) = render::first_boot(&applied).filter(|_| !host.is_running()) {
            reporter.result(remaining.trim_end());
        }
    }
    Ok(if applied.failed() + applied.skipped() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows the plan and asks; without anything to change there is nothing to ask.
fn confirm(plan: &Plan, host: &Host, reporter: &dyn Reporter) -> Result<bool> {
    if plan.pending() == 0 {
        return Ok(true);
    }
    reporter.result(render::plan_text(plan, host, Detail::Lines).trim_end());
    ask::need_terminal("left4me-setup apply --yes")?;
    loop {
        let answer = ask::line("apply? [y]es, [e]xplain, [n]o: ")?;
        match answer.map(|a| a.to_ascii_lowercase()).as_deref() {
            Some("y" | "yes") => return Ok(true),
            Some("n" | "no") | None => return Ok(false),
            Some("e" | "explain") => {
                reporter.result(render::plan_text(plan, host, Detail::Explained).trim_end());
            }
            Some(_) => {}
        }
    }
}
