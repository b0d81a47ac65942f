//! Man pages and completions are what the programs say about themselves.
//!
//! `UPDATE_DOCS=1 cargo test -p left4me-setup --test docs` writes those that are made from the command lines.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use clap::Command;
use std::path::{Path, PathBuf};

mod bash;
mod cli;
mod names;
mod page;

/// What stands before the host.yaml in README; the other YAML there are specifications.
const HOST_FILE_FOLLOWS: &str = "`/etc/left4me/host.yaml`:\n\n```yaml\n";

fn packaging(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(path)
}

fn read(path: &str) -> String {
    let path = packaging(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The committed file of the package is this text; with `UPDATE_DOCS=1` it becomes it.
fn is_committed(path: &str, text: &str) {
    is_committed_at(&packaging(path), text);
}

/// The same for any file of the repository.
fn is_committed_at(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is stale\nhint: UPDATE_DOCS=1 cargo test -p left4me-setup --test docs",
        path.display()
    );
}

fn programs() -> [(Command, &'static str); 2] {
    [(left4me_setup::command(), "8"), (l4d2ctl::command(), "1")]
}

#[test]
fn man_pages_are_made_from_the_command_lines() {
    for (program, section) in programs() {
        let name = program.get_name().to_owned();
        let tail = read(&format!("man/{name}.tail"));
        is_committed(&format!("man/{name}.{section}"), &page::render(program, section, &tail));
    }
}

#[test]
fn completions_are_made_from_the_command_lines() {
    for (program, _) in programs() {
        let name = program.get_name().to_owned();
        is_committed(&format!("completions/bash/{name}"), &bash::script(program.clone()));
        is_committed(&format!("completions/zsh/_{name}"), &names::in_zsh(program.clone()));
        is_committed(&format!("completions/fish/{name}.fish"), &names::in_fish(program));
    }
}

/// The pages written by hand name every verb and option that `--help` names.
#[test]
fn helper_pages_name_all_that_the_helpers_take() {
    for name in ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"] {
        let help =
            std::process::Command::new(left4me_test_support::program(name)).arg("--help").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let page = read(&format!("man/{name}.8")).replace("\\-", "-");
        let usage = help.split("\n\n").next().unwrap();
        let words = usage.split(|c: char| !(c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()));
        let words: Vec<&str> = words.filter(|word| word.len() > 1 && *word != "usage").collect();
        assert!(words.len() > 3, "{name}: {help}");
        for word in words {
            assert!(page.contains(word), "{name}(8) does not mention '{word}'");
        }
        let (_, codes) = help.split_once("Exit codes: ").unwrap();
        for code in codes.split(|c: char| !c.is_ascii_digit()).filter(|code| !code.is_empty()) {
            assert!(page.contains(&format!(".B {code}\n")), "{name}(8) does not mention exit code {code}");
        }
    }
}

/// The example of left4me-spec(5) is a specification, and each of its keys has a paragraph.
#[test]
fn the_example_specification_is_one() {
    let page = read("man/left4me-spec.5").replace("\\-", "-");
    let (_, example) = page.split_once(".SH EXAMPLE\n").unwrap();
    let (_, example) = example.split_once(".nf\n").unwrap();
    let (example, _) = example.split_once(".fi\n").unwrap();
    let spec = left4me::spec::Spec::parse(example, "left4me-spec(5)").unwrap();
    assert!(!spec.overlays.is_empty() && !spec.arguments.is_empty() && !spec.config.is_empty());
    for line in example.lines().filter(|line| line.starts_with(char::is_alphabetic)) {
        let (key, _) = line.split_once(':').unwrap();
        assert!(page.contains(&format!(".B {key}\n")), "the key {key} has no paragraph");
    }
    assert!(page.contains(&left4me::spec::MAX_OVERLAYS.to_string()));
}

/// README's and the help's host.yaml can be read, and name every key.
#[test]
fn host_files_of_the_documentation_are_read() {
    let readme = std::fs::read_to_string(packaging("../README.md")).unwrap();
    let in_readme = readme.split_once(HOST_FILE_FOLLOWS).unwrap().1.split("```").next().unwrap().to_owned();
    let config = left4me_setup::command().find_subcommand("config").unwrap().clone();
    let help = config.get_after_help().unwrap().to_string();
    let in_help = help.lines().filter_map(|line| line.strip_prefix("  ")).collect::<Vec<_>>().join("\n");
    for text in [in_readme, in_help] {
        let file =
            left4me::host_file::HostFile::parse(&text, "host.yaml").unwrap_or_else(|e| panic!("{e}: {text}"));
        assert!(file.root.is_some() && file.mirror.is_some() && file.digest.is_some(), "{text}");
        assert!(file.game.is_some() && file.ports.is_some(), "{text}");
        let update = file.update;
        assert!(update.schedule.is_some() && update.canary.is_some(), "{text}");
        assert!(update.warn.is_some() && update.deadline.is_some(), "{text}");
    }
}

/// README's specifications are ones, the first for a host that has no overlays yet; its commands exist.
#[test]
fn readme_can_be_typed() {
    let readme = std::fs::read_to_string(packaging("../README.md")).unwrap();
    let here = readme.split("<<'YAML'\n").skip(1).map(|rest| rest.split("YAML\n").next().unwrap());
    let host_file = readme.split_once(HOST_FILE_FOLLOWS).unwrap().1.split("```").next().unwrap();
    let fenced = readme.split("```yaml\n").skip(1).filter(|rest| !rest.starts_with(host_file));
    let fenced = fenced.map(|rest| rest.split("```").next().unwrap());
    let specs: Vec<_> = here
        .chain(fenced)
        .map(|text| left4me::spec::Spec::parse(text, "README.md").unwrap_or_else(|e| panic!("{e}: {text}")))
        .collect();
    assert!(specs.len() >= 2 && specs[0].overlays.is_empty() && !specs[1].overlays.is_empty());

    let mut found = 0;
    for (program, _) in programs() {
        let call = format!("{} ", program.get_name());
        for rest in readme.split(&call).skip(1) {
            let word: String = rest.chars().take_while(|c| c.is_ascii_lowercase()).collect();
            let known = program.get_subcommands().any(|command| command.get_name() == word);
            assert!(known || word.is_empty(), "{call}{word}");
            found += usize::from(known);
        }
    }
    assert!(found > 20, "README names {found} commands only");
}

/// What groff complains about, readers see.
#[test]
fn all_pages_render_without_a_warning() {
    for entry in std::fs::read_dir(packaging("man")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e == "tail") {
            continue;
        }
        let rendered = std::process::Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-z"])
            .arg(&path)
            .output()
            .expect("groff renders man pages");
        let said = String::from_utf8_lossy(&rendered.stderr);
        assert!(rendered.status.success() && said.is_empty(), "{}: {said}", path.display());
    }
}

/// Whoever pastes a hint loses neither data nor settings.
#[test]
fn no_message_names_a_command_that_destroys() {
    const DESTROY: [&str; 10] = [
        "rm ",
        "rmdir ",
        "reset-config",
        "l4d2ctl reset",
        "l4d2ctl delete",
        "purge",
        "mkfs",
        "truncate ",
        "shred ",
        "dd ",
    ];
    // What --print says the helper itself does, and what uninstall was asked for or does not do.
    const NO_HINTS: [&str; 4] = [
        r#"Ok(if there { format!("rm -rf {}\n", scratch.display()) } else { String::new() })"#,
        r#"if path.exists() { format!("rm {}\n", path.display()) } else { String::new() }"#,
        r#""left4me-setup uninstall --purge --yes","#,
        r#""{} and the user left4me are kept (left4me-setup uninstall --purge removes both)","#,
    ];
    let mut read = 0;
    for file in programs_sources() {
        let text = std::fs::read_to_string(&file).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        let lines = program.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        for line in lines.filter(|line| !NO_HINTS.contains(line)) {
            for text in line.split('"').skip(1).step_by(2) {
                read += text.len();
                let named = DESTROY.iter().find(|word| names(text, word));
                assert_eq!(named, None, "{}: {line}", file.display());
            }
        }
    }
    assert!(read > 10_000, "the programs say more than {read} bytes");
}

/// `word` stands in `text`, and not as the end of a longer one.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

fn programs_sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = ["left4me", "left4me-steam", "l4d2ctl", "left4me-helpers"];
    let crates = crates.iter().flat_map(|name| sources(&root.join("crates").join(name).join("src")));
    sources(&root.join("src")).into_iter().chain(crates).collect()
}

/// The programs' sources; their tests may destroy what they made.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("tests" | "tests.rs" | "cli" | "cli.rs") => {}
            Some(name) if name.ends_with(".rs") => found.push(path),
            _ if path.is_dir() => found.extend(sources(&path)),
            _ => {}
        }
    }
    found
}

/// Each promise of the threat model names a test; the test is there.
#[test]
fn the_threat_models_tests_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = std::fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let sources = walk(&root.join("src")) + &walk(&root.join("crates")) + &walk(&root.join("tests"));
    let quoted: Vec<&str> = model.split('`').skip(1).step_by(2).collect();
    let is_name = |word: &&&str| {
        word.matches('_').count() > 1
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let names: Vec<&&str> = quoted.iter().filter(is_name).collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        assert!(
            sources.contains(&format!("fn {name}(")),
            "docs/threat-model.md names {name}, which is no test"
        );
    }
    for path in
        quoted.iter().filter(|word| ["tests/", "src/", "crates/"].iter().any(|top| word.starts_with(top)))
    {
        assert!(root.join(path).exists(), "docs/threat-model.md names {path}");
    }
}

/// All Rust sources below, in one text.
fn walk(directory: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &walk(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &std::fs::read_to_string(&path).unwrap();
        }
    }
    text
}

/// Every path that these pages name is there.
#[test]
fn the_paths_in_the_developers_pages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md", "docs/releasing.md"]
    {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2).filter(|word| {
            let is_path = ["src/", "crates/", "tests/", "deploy/", "docs/", "packaging/"]
                .iter()
                .any(|top| word.starts_with(top));
            is_path && !word.contains(['*', ' ', '\n'])
        });
        let beside = root.join(page).parent().unwrap().to_owned();
        let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let linked = linked.filter(|target| !target.contains("://")).map(|target| beside.join(target));
        for path in quoted.map(|path| root.join(path)).chain(linked) {
            checked += 1;
            assert!(path.exists(), "{page} names {}, which is not there", path.display());
        }
    }
    assert!(checked > 40, "the pages name {checked} paths only");
}
