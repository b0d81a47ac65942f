//! l4d2ctl: drives instances, as the runtime user, through sudo and the helpers.
//!
//! Here: the command line, who is asking, and which function answers. One file a subject:
//! [`initialize`] (with [`shadowed_cfg`] and [`warnings`]), [`start`] (with [`port_check`], [`server_cfg`] into
//! [`cfg_directory`], and [`ready`]), [`stop`] (after [`confirm`]), [`stopped`] for `--all`,
//! [`list`] (with [`status`], [`running`], [`status_table`] on the [`terminal`]), [`instance_spec`], [`logs`],
//! [`overlays`] and [`du`] (with [`layers`]).

mod a2s_client;
mod batch;
mod cfg_directory;
mod cli;
mod confirm;
mod du;
mod helper;
mod initialize;
mod instance_spec;
mod instances;
mod layers;
mod list;
mod logs;
mod misplaced_number;
mod overlays;
mod ownership;
mod parallel;
mod port_check;
mod progress;
mod ready;
mod running;
mod runtime_user;
mod server_cfg;
mod shadowed_cfg;
mod start;
mod status;
mod status_table;
mod stop;
mod stopped;
mod table;
mod terminal;
mod tree_walk;
mod units;
mod warnings;

use batch::Batch;
use clap::{CommandFactory, Parser};
use cli::{Cli, Command, Names, OverlayCommand};
use left4me::error::end_of_usage;
use left4me::name::InstanceName;
use left4me::{Error, Result, child};
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const SETUP: &str = "/usr/bin/left4me-setup";

/// The command line, for man pages and completions.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// The program.
pub fn main() -> ExitCode {
    left4me::inherited::keep_from_children();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) => match misplaced_number::explain_conflict(&refusal) {
            Some(error) => return error.report("error"),
            None => return end_of_usage(&refusal.to_string(), refusal.use_stderr(), refusal.exit_code()),
        },
    };
    run(cli.command).unwrap_or_else(|error| error.report("error"))
}

fn run(command: Command) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Install { arguments } => install(&arguments),
        Command::Initialize { name, spec, check } => initialize(&name, &spec, check).map(done),
        Command::Start { names, stopped, wait } => {
            let mut batch = select(&names)?;
            if names.all && !stopped {
                stopped::leave_stopped(&mut batch, "start")?;
            }
            up(batch, wait, start::start, "start complete.")
        }
        Command::Restart { names, wait } => {
            let mut batch = select(&names)?;
            if names.all {
                stopped::leave_stopped(&mut batch, "restart")?;
            }
            up(batch, wait, start::restart, "restart complete.")
        }
        Command::Stop { names } => {
            let mut batch = select(&names)?;
            stop::stop(&mut batch)?;
            Ok(batch.code())
        }
        Command::Delete { names, yes } => remove(&names, yes, "delete", stop::delete),
        Command::Reset { names, yes } => remove(&names, yes, "reset", stop::reset),
        Command::Status { names, json, watch, .. } => {
            list::status(&runtime_user::become_runtime_user()?, &names, json, watch).map(done)
        }
        Command::Du { names, files, json, .. } => {
            du::du(&runtime_user::become_runtime_user()?, &names, files.unwrap_or_default() as usize, json)
                .map(done)
        }
        Command::List { json } => list::list(&runtime_user::become_runtime_user()?, json).map(done),
        Command::Show { name } => {
            let name = InstanceName::parse(&name)?;
            instance_spec::show(&runtime_user::become_runtime_user()?, &name).map(done)
        }
        Command::Logs { name, lines, since, no_follow, timestamps, no_timestamps, raw, .. } => {
            let from =
                since.map_or(helper::From::Lines(lines), |time| helper::From::Since(logs::since(&time)));
            let timestamps = timestamps || std::io::stdout().is_terminal() && !no_timestamps;
            let part = helper::Part { from, follow: !no_follow, timestamps };
            logs::logs(&runtime_user::become_runtime_user()?, &name, &part, raw)
        }
        Command::Overlay { command } => overlay(command).map(done),
    }
}

/// The game is left4me-setup's business, which knows what to do as root and as the runtime user.
/// `game update` installs what is not there, as the predecessor's `install` did both; a program that
/// reads our output, as the web app does, gets its step lines too.
fn install(arguments: &[String]) -> Result<ExitCode> {
    let missing =
        |error| Error::new(format!("cannot run {SETUP}: {error}")).hint("install the package left4me-setup");
    let mut setup = child::command(SETUP);
    child::pass(&mut setup, is_for_setup);
    setup.args(["game", "update"]).args(arguments);
    if std::io::stdout().is_terminal() || !arguments.is_empty() {
        return Err(missing(setup.exec()));
    }
    let steps = progress::Steps::of(&"install", false);
    steps.say("downloading linux platform payload...");
    let status = setup.status().map_err(missing)?;
    if status.success() {
        steps.say("installation complete.");
    }
    Ok(ExitCode::from(child::exit_code(status)))
}

/// What left4me-setup reads of the environment: its options, the terminal, and the way to the network.
fn is_for_setup(variable: &str) -> bool {
    const EXACT: [&str; 11] = [
        "CREDENTIALS_DIRECTORY",
        "TERM",
        "COLUMNS",
        "NO_COLOR",
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
    ];
    variable.starts_with("LEFT4ME_") || variable.starts_with("SSL_CERT_") || EXACT.contains(&variable)
}

fn initialize(name: &str, spec: &Path, check: bool) -> Result<()> {
    let name = InstanceName::parse(name)?;
    let (checked, text) = initialize::read_spec(spec)?;
    if !check {
        return initialize::initialize(&runtime_user::become_runtime_user()?, &name, &checked, &text);
    }
    match runtime_user::become_runtime_user() {
        Ok(layout) => {
            initialize::check_on_this_host(&layout, &name, &checked)?;
            shadowed_cfg::notes(&layout, &checked).iter().for_each(|sentence| progress::note(sentence));
        }
        // A specification can be checked anywhere, also where there is no host.
        Err(error) => {
            progress::note(&format!("ports and overlays of this host were not checked: {}", error.message()))
        }
    }
    list::print(&format!("{}: OK\n", spec.display()))
}

fn overlay(command: OverlayCommand) -> Result<()> {
    let layout = runtime_user::become_runtime_user()?;
    match command {
        OverlayCommand::List { json } => overlays::list(&layout, json),
        OverlayCommand::Show { name } => overlays::show(&layout, &InstanceName::parse(&name)?),
        OverlayCommand::Explain { name, path } => {
            overlays::explain(&layout, &InstanceName::parse(&name)?, &path)
        }
    }
}

/// What is done to instances.
type Action = fn(&mut Batch) -> Result<()>;

fn select(names: &Names) -> Result<Batch> {
    Batch::select(runtime_user::become_runtime_user()?, &names.names, names.all)
}

/// Deletes or resets, after a question on a terminal.
fn remove(names: &Names, yes: bool, verb: &str, action: Action) -> Result<ExitCode> {
    let mut batch = select(names)?;
    confirm::removal(&mut batch, verb, yes)?;
    action(&mut batch)?;
    Ok(batch.code())
}

/// Starts all, then waits for all: one slow server does not keep the others down.
fn up(mut batch: Batch, wait: Option<u64>, action: Action, complete: &str) -> Result<ExitCode> {
    action(&mut batch)?;
    let deadline = Instant::now() + Duration::from_secs(wait.unwrap_or_default());
    batch.each(|layout, name, steps| {
        if let Some(seconds) = wait {
            steps.say("waiting for the server to answer...");
            ready::wait(layout, name, seconds, deadline)?;
        }
        steps.say(complete);
        Ok(())
    });
    Ok(batch.code())
}
