use crate::rcon::{self, Options};
use crate::rcon_interactive;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::name::InstanceName;
use left4me::{Error, Result};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// Run commands on a server's console and print the replies.
#[derive(Debug, Args)]
#[command(
    override_usage = "l4d2ctl rcon [OPTIONS] <NAME|--all> [--] [COMMAND]...",
    after_help = "\
Examples:
  sudo l4d2ctl rcon versus status
  sudo l4d2ctl rcon versus sm_kick \"two words\"             an argument with spaces keeps its quotes
  sudo l4d2ctl rcon --all say Back in five minutes
  sudo l4d2ctl rcon versus                                 interactive, with history; Ctrl-D ends it
  sudo l4d2ctl rcon versus < commands.txt                  one command a line

The password comes from the running server's own configuration: rcon_password in server.cfg. Terminal sequences in replies \
are escaped; --raw prints them as they are. The exit code is 0 if every command got a reply, whatever the reply says. \
Interactive sessions keep their history in LEFT4ME_ROOT/.rcon_history, without lines that begin with a space or set a \
password."
)]
pub struct Rcon {
    /// Name of the instance.
    #[arg(value_name = "NAME", required_unless_present = "all")]
    name: Option<String>,
    /// The command; without one, commands are read from the terminal or standard input.
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    /// All running instances; each line of a reply begins with the name of its instance.
    #[arg(long)]
    all: bool,
    /// Seconds to wait for the login and for each reply.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print replies as they are, including terminal sequences.
    #[arg(long)]
    raw: bool,
}

impl Rcon {
    pub fn run(self) -> Result<ExitCode> {
        let options = Options { timeout: Duration::from_secs(self.timeout), raw: self.raw };
        let mut words = self.command;
        if self.all {
            // Where a name would be, the command begins.
            words.splice(..0, self.name);
            return match rcon::join(&words) {
                Some(command) => rcon::all(&become_runtime_user()?, &command, options),
                None => Err(Error::usage("--all needs a command").hint("sudo l4d2ctl rcon --all status")),
            };
        }
        let name = InstanceName::parse(&self.name.unwrap_or_default())?;
        let layout = become_runtime_user()?;
        match rcon::join(&words) {
            Some(command) => rcon::one(&layout, &name, &command, options),
            None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => {
                rcon_interactive::run(&layout, &name, options)
            }
            None => rcon::script(&layout, &name, options),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}
