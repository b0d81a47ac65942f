//! Completion for bash. clap_complete's does nothing below the first word of a program with a '-' in its
//! name, offers files wherever it knows nothing, and no names.

use super::names;
use clap::{Arg, Command, ValueHint};
use std::fmt::Write;

const SCRIPT: &str = include_str!("completion.bash");

/// The whole script.
pub fn script(mut program: Command) -> String {
    program.build();
    let mut commands = String::new();
    add_command(&mut commands, &program, &program, "");
    let name = program.get_name();
    SCRIPT
        .replace("@NAMES@\n", &names::in_bash(&program))
        .replace("@COMMANDS@\n", &commands)
        .replace("@LIST@", &names::list(&program))
        .replace("@FUNCTION@", &names::function(name))
        .replace("@PROGRAM@", name)
}

/// What a command takes, as one branch of a `case`; `typed` are the words that lead to it.
fn add_command(text: &mut String, program: &Command, command: &Command, typed: &str) {
    let shown = |command: &&Command| !command.is_hide_set();
    let subcommands: Vec<&str> = command.get_subcommands().filter(shown).map(Command::get_name).collect();
    let (mut options, mut values) = (Vec::new(), Vec::new());
    for argument in command.get_arguments().filter(|a| !a.is_positional() && !a.is_hide_set()) {
        for spelling in spellings(argument) {
            if argument.get_action().takes_values() && !argument.is_require_equals_set() {
                values.push(format!("{spelling}:{}", kind(program, argument)));
            }
            options.push(spelling);
        }
    }
    let arguments: Vec<String> = command
        .get_positionals()
        .map(|a| {
            kind(program, a) + if a.get_num_args().is_some_and(|n| n.max_values() > 1) { "..." } else { "" }
        })
        .collect();
    let _ = writeln!(text, "        '{typed}')");
    for (variable, words) in [
        ("subcommands", subcommands.join(" ")),
        ("options", options.join(" ")),
        ("values", values.join(" ")),
        ("arguments", arguments.join(" ")),
    ] {
        if !words.is_empty() {
            let _ = writeln!(text, "            {variable}='{words}'");
        }
    }
    text.push_str("            ;;\n");
    for subcommand in command.get_subcommands().filter(shown) {
        let typed = format!("{typed} {}", subcommand.get_name());
        add_command(text, program, subcommand, typed.trim_start());
    }
}

fn spellings(argument: &Arg) -> Vec<String> {
    let long = argument.get_long().map(|long| format!("--{long}"));
    let short = argument.get_short().map(|short| format!("-{short}"));
    long.into_iter().chain(short).collect()
}

/// What completes it: names, files, directories, one of some words, or nothing.
fn kind(program: &Command, argument: &Arg) -> String {
    let words: Vec<String> =
        argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let is_directory =
        argument.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == "DIR"));
    match argument.get_value_hint() {
        _ if names::is_name(program, argument) => "names".into(),
        _ if !words.is_empty() => words.join(","),
        _ if is_directory => "directories".into(),
        // A path in a server's tree is none here.
        ValueHint::AnyPath if !argument.is_positional() => "files".into(),
        _ => "text".into(),
    }
}
