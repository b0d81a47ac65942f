//! Where shells find names: of instances and of the game's builds, in the runtime user's home, which is `LEFT4ME_ROOT`.
//!
//! That user may make any file there, so only what can be a name is offered, and a shell never reads it
//! as code. The directories are open to all, so nobody is asked for a password in the middle of a line.

use clap::{Arg, Command, ValueHint};
use clap_complete::{Shell, generate};

/// What a program takes names of.
struct Names {
    program: &'static str,
    arguments: &'static [&'static str],
    /// What one is, and many are.
    one: &'static str,
    many: &'static str,
    /// The directory that has an entry of each name, below the root.
    directory: &'static str,
    /// A name, as a POSIX extended regular expression.
    expression: &'static str,
    /// As a pattern of zsh.
    pattern: &'static str,
}

const INSTANCES: Names = Names {
    program: "l4d2ctl",
    arguments: &["name", "names"],
    one: "instance",
    many: "instances",
    directory: "instances",
    expression: "[a-z0-9][a-z0-9_-]{0,63}",
    pattern: "[a-z0-9][a-z0-9_-](#c0,63)",
};

const BUILDS: Names = Names {
    program: "left4me-setup",
    arguments: &["build"],
    one: "build",
    many: "builds",
    directory: "updates/.lists",
    expression: "[1-9][0-9]{0,19}([.][1-9][0-9]{0,2})?",
    pattern: "[1-9][0-9](#c0,19)(|.[1-9][0-9](#c0,2))",
};

impl Names {
    fn of(program: &Command) -> &'static Names {
        let names = [&INSTANCES, &BUILDS].into_iter().find(|names| names.program == program.get_name());
        names.unwrap_or_else(|| panic!("{} has no names", program.get_name()))
    }

    fn fill(&self, template: &str) -> String {
        template
            .replace("@FUNCTION@", &function(self.program))
            .replace("@ONE@", self.one)
            .replace("@MANY@", self.many)
            .replace("@DIRECTORY@", self.directory)
            .replace("@EXPRESSION@", self.expression)
            // fish shows what each group matched.
            .replace("@PCRE@", &self.expression.replace('(', "(?:"))
            .replace("@PATTERN@", self.pattern)
    }
}

/// A program's name, in that of a shell's function.
pub fn function(program: &str) -> String {
    program.replace('-', "_")
}

/// Whether an argument is such a name.
pub fn is_name(program: &Command, argument: &Arg) -> bool {
    Names::of(program).arguments.contains(&argument.get_id().as_str())
}

/// The function that lists them, in bash.
pub fn list(program: &Command) -> String {
    Names::of(program).fill("_@FUNCTION@_@MANY@")
}

/// And what that is.
pub fn in_bash(program: &Command) -> String {
    Names::of(program).fill(BASH)
}

fn made(shell: Shell, mut program: Command) -> String {
    let name = program.get_name().to_owned();
    let mut text = Vec::new();
    generate(shell, &mut program, &name, &mut text);
    String::from_utf8(text).unwrap()
}

/// clap_complete's script for zsh; for it, names are those of users, and what is no file is a host.
pub fn in_zsh(program: Command) -> String {
    let names = Names::of(&program);
    let main = format!("_{}() {{", names.program);
    made(Shell::Zsh, marked(program.clone(), &program))
        .replace(":_users'", &names.fill(":_@FUNCTION@_@MANY@'"))
        .replace(":_hosts'", ": '")
        .replacen(&main, &format!("{}{main}", names.fill(ZSH)), 1)
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
    let names = Names::of(&program);
    let mut lines = String::new();
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        for (command, condition) in command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
            .map(|inner| (inner, format!("{name}; and __fish_seen_subcommand_from {}", inner.get_name())))
            .chain([(command, name.to_owned())])
        {
            let named = command.get_positionals().find(|argument| is_name(&program, argument));
            let what = match named.map(|named| named.get_num_args().is_some_and(|n| n.max_values() > 1)) {
                None => "",
                Some(true) => " -a \"(__@FUNCTION@_@MANY@)\"",
                Some(false) => " -a \"(__@FUNCTION@_@MANY@ one)\"",
            };
            let what = names.fill(what);
            let (program, function) = (names.program, function(names.program));
            lines += &format!(
                "complete -c {program} -n \"__fish_{function}_using_subcommand {condition}\" -f{what}\n"
            );
        }
    }
    format!("{}{text}{lines}", names.fill(FISH))
}

const BASH: &str = r#"# Names of @MANY@, into `names`: of legal characters only, whatever lies in that directory.
_@FUNCTION@_@MANY@() {
    local LC_ALL=C root=${LEFT4ME_ROOT:-~left4me} path name
    for path in "$root"/@DIRECTORY@/*; do
        name=${path##*/}
        [[ $name =~ ^@EXPRESSION@$ ]] && names+=("$name")
    done
}

"#;

const ZSH: &str = r#"# Names of @MANY@ that are not in the line yet: of legal characters only, whatever lies in that directory.
(( $+functions[_@FUNCTION@_@MANY@] )) ||
_@FUNCTION@_@MANY@() {
    setopt local_options extended_glob null_glob
    local LC_ALL=C root=${LEFT4ME_ROOT:-$({ print -r -- ~left4me } 2>/dev/null)} expl
    local -a names
    names=($root/@DIRECTORY@/*)
    names=(${(M)${names:t}:#@PATTERN@})
    names=(${names:|words})
    _wanted @MANY@ expl @ONE@ compadd -a names
}

"#;

const FISH: &str = r#"# Names of @MANY@ that are not in the line yet: of legal characters only, whatever lies in that directory.
# With 'one', none when there is one.
function __@FUNCTION@_@MANY@
    set -l root ~left4me
    set -q LEFT4ME_ROOT; and set root $LEFT4ME_ROOT
    set -l paths $root/@DIRECTORY@/*
    set -l typed (commandline -opc)
    set -l left
    for name in (string match -rg '/(@PCRE@)\z' -- $paths)
        if not contains -- $name $typed
            set -a left $name
        else if test "$argv" = one
            return
        end
    end
    string join \n -- $left
end

"#;
