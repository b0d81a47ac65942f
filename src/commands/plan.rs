//! `left4me-setup plan`: what `apply` would change.

use super::{options, require_root};
use crate::cli::PlanOptions;
use crate::config::Config;
use crate::desired::desired;
use crate::plan::Plan;
use crate::render::{self, Detail};
use crate::say;
use left4me::Result;
use std::process::ExitCode;

/// Exit code when `apply` would change something.
const CHANGES_PENDING: u8 = 3;

/// `left4me-setup plan`
pub fn command(options: PlanOptions) -> Result<ExitCode> {
    require_root(options.host.sysroot.as_deref(), "plan")?;
    let config = Config::new(options::request(options.host))?;
    let host = config.host()?;
    let plan = Plan::inspect(desired(&config), &host);
    let detail = if options.diff { Detail::Diff } else { Detail::Lines };
    let text = if options.json {
        render::plan_json(&plan, &host, options.diff)
    } else {
        say::fitting(&render::plan_text(&plan, &host, detail))
    };
    say::answer(&text)?;
    match plan.first_error() {
        Some(error) => Err(error.clone()),
        None if plan.pending() > 0 => Ok(ExitCode::from(CHANGES_PENDING)),
        None => Ok(ExitCode::SUCCESS),
    }
}
