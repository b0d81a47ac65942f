//! Where shells find the names of instances: in the runtime user's home, which is `LEFT4ME_ROOT`.
//!
//! That user may make any directory there, so only what can be a name is offered, and a shell never reads it
//! as code. The directory is open to all, so nobody is asked for a password in the middle of a line.

use clap::{Arg, Command, ValueHint};
use clap_complete::{Shell, generate};

/// Whether an argument is the name of an instance.
pub fn is_name(program: &Command, argument: &Arg) -> bool {
    program.get_name() == "l4d2ctl" && matches!(argument.get_id().as_str(), "name" | "names")
}

fn made(shell: Shell, mut program: Command) -> String {
    let name = program.get_name().to_owned();
    let mut text = Vec::new();
    generate(shell, &mut program, &name, &mut text);
    String::from_utf8(text).unwrap()
}

/// clap_complete's script for zsh; for it, names are those of users, and what is no file is a host.
pub fn in_zsh(program: Command) -> String {
    let name = program.get_name().to_owned();
    let marked = marked(program.clone(), &program);
    let text =
        made(Shell::Zsh, marked).replace(":_users'", ":_l4d2ctl_instances'").replace(":_hosts'", ": '");
    match name.as_str() {
        "l4d2ctl" => text.replacen("_l4d2ctl() {", &format!("{ZSH}_l4d2ctl() {{"), 1),
        _ => text,
    }
}

fn marked(command: Command, program: &Command) -> Command {
    let command = command.mut_subcommands(|command| marked(command, program));
    command.mut_args(|argument| match argument.get_value_hint() {
        _ if is_name(program, &argument) => argument.value_hint(ValueHint::Username),
        ValueHint::AnyPath if !argument.is_positional() => argument,
        _ if argument.get_action().takes_values() && argument.get_possible_values().is_empty() => {
            argument.value_hint(ValueHint::Hostname)
        }
        _ => argument,
    })
}

/// clap_complete's script for fish, which knows no arguments but options, and the names.
pub fn in_fish(mut program: Command) -> String {
    let text = made(Shell::Fish, program.clone());
    program.build();
    let mut lines = String::new();
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        for (command, condition) in command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
            .map(|inner| (inner, format!("{name}; and __fish_seen_subcommand_from {}", inner.get_name())))
            .chain([(command, name.to_owned())])
        {
            let names = command.get_positionals().find(|argument| is_name(&program, argument));
            let what = match names.map(|names| names.get_num_args().is_some_and(|n| n.max_values() > 1)) {
                None => "",
                Some(true) => " -a \"(__l4d2ctl_instances)\"",
                Some(false) => " -a \"(__l4d2ctl_instances one)\"",
            };
            let function = program.get_name().replace('-', "_");
            lines += &format!(
                "complete -c {} -n \"__fish_{function}_using_subcommand {condition}\" -f{what}\n",
                program.get_name()
            );
        }
    }
    let functions = if program.get_name() == "l4d2ctl" { FISH } else { "" };
    format!("{functions}{text}{lines}")
}

pub const BASH: &str = r#"# Names of instances, into `names`: of legal characters only, whatever lies in that directory.
_l4d2ctl_instances() {
    local LC_ALL=C root=${LEFT4ME_ROOT:-~left4me} path name
    for path in "$root"/instances/*; do
        name=${path##*/}
        [[ $name =~ ^[a-z0-9][a-z0-9_-]{0,63}$ ]] && names+=("$name")
    done
}

"#;

pub const ZSH: &str = r#"# Names of instances that are not in the line yet: of legal characters only, whatever lies in that directory.
(( $+functions[_l4d2ctl_instances] )) ||
_l4d2ctl_instances() {
    setopt local_options extended_glob null_glob
    local LC_ALL=C root=${LEFT4ME_ROOT:-$({ print -r -- ~left4me } 2>/dev/null)} expl
    local -a names
    names=($root/instances/*)
    names=(${(M)${names:t}:#[a-z0-9][a-z0-9_-](#c0,63)})
    names=(${names:|words})
    _wanted instances expl instance compadd -a names
}

"#;

pub const FISH: &str = r#"# Names of instances that are not in the line yet: of legal characters only, whatever lies in that directory.
# With 'one', none when there is one.
function __l4d2ctl_instances
    set -l root ~left4me
    set -q LEFT4ME_ROOT; and set root $LEFT4ME_ROOT
    set -l paths $root/instances/*
    set -l typed (commandline -opc)
    set -l left
    for name in (string match -rg '/([a-z0-9][a-z0-9_-]{0,63})\z' -- $paths)
        if not contains -- $name $typed
            set -a left $name
        else if test "$argv" = one
            return
        end
    end
    string join \n -- $left
end

"#;
