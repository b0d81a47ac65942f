//! `docs/cli.md`: every `--help` text of every program, as the program prints it.

use super::{is_committed_at, programs};
use clap::Command;
use std::fmt::Write;
use std::path::Path;

const HELPERS: [&str; 3] = ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"];
/// Columns of the texts, whatever the terminal.
const WIDTH: usize = 100;

#[test]
fn the_reference_is_what_the_programs_say() {
    let mut page = String::from(
        "# Command line reference\n\n\
         Every `--help` text, written by `UPDATE_DOCS=1 cargo test -p left4me-setup --test docs`.\n",
    );
    for (program, _) in programs() {
        let name = program.get_name().to_owned();
        push_command(&mut page, program, &name, 2);
    }
    for helper in HELPERS {
        let output =
            std::process::Command::new(left4me_test_support::program(helper)).arg("--help").output().unwrap();
        assert!(output.status.success(), "{helper}");
        push(&mut page, helper, 2, std::str::from_utf8(&output.stdout).unwrap());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    is_committed_at(&path, &page);
}

/// A program or command, and then its commands.
fn push_command(page: &mut String, command: Command, path: &str, depth: usize) {
    // Whatever the environment of this test says.
    let mut shown =
        command.clone().bin_name(path).term_width(WIDTH).mut_args(|argument| argument.hide_env_values(true));
    push(page, path, depth, &shown.render_long_help().to_string());
    for below in command.get_subcommands() {
        push_command(page, below.clone(), &format!("{path} {}", below.get_name()), depth + 1);
    }
}

fn push(page: &mut String, title: &str, depth: usize, help: &str) {
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    writeln!(page, "\n{} {title}\n\n```text\n{}\n```", "#".repeat(depth), help.join("\n")).unwrap();
}
