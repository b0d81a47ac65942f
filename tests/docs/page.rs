//! One man page for a whole program: every command is a subsection, as people search one page.

use clap::Command;
use clap_mangen::Man;

/// `program` with its commands; `tail` is the hand-written end of the page.
///
/// There is no version and no date in it: those would change the page with every release.
pub fn render(mut program: Command, section: &str, tail: &str) -> String {
    program.build();
    let name = program.get_name().to_owned();
    let mut page = format!(
        ".\\\" Made from the program's command line; see tests/docs.rs.\n\
         .ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {} {section} \"\" left4me\n",
        name.to_uppercase()
    );
    let about = program.get_about().map(ToString::to_string).unwrap_or_default();
    let (short, _) = about.split_once([':', '.']).unwrap_or((&about, ""));
    page += &format!(".SH NAME\n{} \\- {}\n", escape(&name), escape(&lowercase_first(short)));
    page += &format!(".SH SYNOPSIS\n.B {}\n.I command\n[options]\n", escape(&name));
    page += &format!(".SH DESCRIPTION\n{}\n", escape(&about));
    page += ".SH COMMANDS\n";
    for command in program.get_subcommands() {
        add_command(&mut page, command);
    }
    page += &further(&program, ".SH");
    page + tail
}

fn add_command(page: &mut String, command: &Command) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    if command.is_subcommand_required_set() {
        return command.get_subcommands().for_each(|command| add_command(page, command));
    }
    // A short synopsis reads as a heading; the options follow anyway.
    let mut heading = command.get_bin_name().unwrap_or_default().to_owned();
    for argument in command.get_positionals() {
        heading += &format!(" {argument}");
    }
    *page += &format!(".SS {}\n", escape(&heading));
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    *page += &format!("{}.\n", escape(about.trim_end_matches('.')));
    let mut options = Vec::new();
    let shown = command.clone().mut_args(|argument| match argument.get_id().as_str() {
        "help" | "version" => argument.hide(true),
        _ => argument,
    });
    Man::new(shown).render_options_section(&mut options).expect("writing to memory");
    let options = String::from_utf8(options).expect("man pages are UTF-8");
    // Without its own heading, and without the definitions that every rendering starts with.
    let body = options.split_once(".SH OPTIONS\n").map(|(_, body)| body).unwrap_or_default();
    *page += body;
    *page += &further(command, ".PP");
    command.get_subcommands().for_each(|command| add_command(page, command));
}

/// What `--help` says after the options: examples stay as they are laid out, the rest is text.
fn further(command: &Command, heading: &str) -> String {
    let mut page = String::new();
    let mut literal = false;
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    for line in text.lines() {
        let indented = line.starts_with("  ");
        if literal && !indented {
            page += ".fi\n.RE\n";
        }
        match line.strip_suffix(':') {
            Some(title) if !indented && heading == ".SH" => {
                page += &format!(".SH {}\n", escape(&title.to_uppercase()));
            }
            _ if indented && !literal => page += &format!(".RS 4\n.nf\n{}\n", escape(line.trim_start())),
            _ if indented => page += &format!("{}\n", escape(line.strip_prefix("  ").unwrap_or(line))),
            _ if line.is_empty() => {}
            _ => match line.split_once("Exit codes: ") {
                Some(("", codes)) if heading == ".SH" => {
                    page += &format!(".SH EXIT STATUS\n{}\n", escape(codes));
                }
                _ => page += &format!(".PP\n{}\n", escape(line)),
            },
        }
        literal = indented;
    }
    if literal {
        page += ".fi\n.RE\n";
    }
    page
}

fn lowercase_first(text: &str) -> String {
    // Proper names at the start keep their capital.
    if text.starts_with("Left") {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map(|c| c.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Text as roff takes it literally.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('…', "...");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
