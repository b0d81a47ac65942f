//! What is in the built package, as far as it can be judged without installing it.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use left4me_test_support::{deb, needs};
use std::path::Path;
use std::process::{Command, Output};

const PROGRAMS: [&str; 2] = ["usr/bin/left4me-setup", "usr/bin/l4d2ctl"];
const HELPERS: [&str; 3] = [
    "usr/libexec/left4me/left4me-overlay",
    "usr/libexec/left4me/left4me-systemctl",
    "usr/libexec/left4me/left4me-journalctl",
];
/// Ubuntu 22.04's; Debian 12 has 2.36.
const NEWEST_GLIBC: (u32, u32) = (2, 35);

/// The package's files, unpacked.
fn unpacked() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(Command::new("dpkg-deb").arg("-R").arg(deb::built()).arg(dir.path()));
    dir
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{stdout}{stderr}");
    stdout.into_owned()
}

fn readelf(what: &str, program: &Path) -> String {
    run(Command::new("readelf").env("LC_ALL", "C").args([what, "-W"]).arg(program))
}

#[test]
#[ignore = "needs the built package and lintian: tests/run.sh"]
fn lintian_has_nothing_to_say() {
    needs::file("/usr/bin/lintian");
    let said = run(Command::new("lintian")
        .args(["-I", "--pedantic", "--allow-root", "--fail-on", "error,warning,info,pedantic"])
        .arg(deb::built()));
    assert_eq!(said, "");
}

#[test]
#[ignore = "needs the built package: tests/run.sh"]
fn programs_are_hardened_stripped_and_run_on_older_debians() {
    let dir = unpacked();
    for name in PROGRAMS.iter().chain(&HELPERS) {
        let program = dir.path().join(name);
        let header = readelf("-h", &program);
        assert!(header.contains("DYN (Position-Independent Executable file)"), "{name}: {header}");
        let segments = readelf("-l", &program);
        assert!(segments.contains("GNU_RELRO"), "{name}: {segments}");
        let stack = segments.lines().find(|line| line.contains("GNU_STACK")).expect(name);
        assert!(!stack.contains('E'), "{name}: the stack is executable: {stack}");
        let dynamic = readelf("-d", &program);
        assert!(dynamic.contains("BIND_NOW"), "{name}: {dynamic}");
        for line in dynamic.lines().filter(|line| line.contains("(NEEDED)")) {
            let ours = ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"];
            assert!(ours.iter().any(|library| line.contains(library)), "{name}: {line}");
        }
        let sections = readelf("-S", &program);
        assert!(!sections.contains(".symtab") && !sections.contains(".debug_"), "{name} is not stripped");

        let versions = readelf("--version-info", &program);
        let newest = versions.split("GLIBC_").skip(1).filter_map(version).max().expect(name);
        assert!(newest <= NEWEST_GLIBC, "{name} needs glibc {newest:?}");
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (major, minor) = text[..end].split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

#[test]
#[ignore = "needs the built package: tests/run.sh"]
fn the_package_is_small() {
    let dir = unpacked();
    let length = |path: &Path| path.metadata().unwrap().len();
    assert!(length(&deb::built()) <= 3_000_000);
    let control = std::fs::read_to_string(dir.path().join("DEBIAN/control")).unwrap();
    let installed = control.lines().find_map(|line| line.strip_prefix("Installed-Size: ")).unwrap();
    let installed: u64 = installed.parse().unwrap();
    // 8762 KiB (9.0 MB) with RCON, updates and archives.
    assert!(installed * 1024 <= 9_500_000, "{installed} KiB");
    for helper in HELPERS {
        assert!(length(&dir.path().join(helper)) <= 600_000, "{helper}");
    }
}

/// Each file that the project offers is there, and each asset of a kind is complete.
#[test]
#[ignore = "needs the built package: tests/run.sh"]
fn every_page_completion_and_unit_is_shipped() {
    let dir = unpacked();
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (from, to, suffix) in [
        ("deploy/usr/lib/systemd/system", "usr/lib/systemd/system", ""),
        ("deploy/usr/lib/sysusers.d", "usr/lib/sysusers.d", ""),
        ("deploy/etc/needrestart/conf.d", "etc/needrestart/conf.d", ""),
        ("packaging/completions/bash", "usr/share/bash-completion/completions", ""),
        ("packaging/completions/zsh", "usr/share/zsh/vendor-completions", ""),
        ("packaging/completions/fish", "usr/share/fish/vendor_completions.d", ""),
    ] {
        let names = |dir: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
            let mut names: Vec<_> =
                entries.map(|e| e.unwrap().file_name().into_string().unwrap() + suffix).collect();
            names.sort();
            names
        };
        assert_eq!(names(&source.join(from)), names(&dir.path().join(to)), "{to}");
    }
    for page in [
        "left4me-setup.8",
        "l4d2ctl.1",
        "left4me-overlay.8",
        "left4me-systemctl.8",
        "left4me-journalctl.8",
        "left4me-spec.5",
    ] {
        let section = page.rsplit('.').next().unwrap();
        let shipped = dir.path().join(format!("usr/share/man/man{section}/{page}.gz"));
        let text = run(Command::new("gzip").arg("-dc").arg(shipped));
        assert_eq!(text, std::fs::read_to_string(source.join("packaging/man").join(page)).unwrap());
    }
    let conffiles = std::fs::read_to_string(dir.path().join("DEBIAN/conffiles")).unwrap();
    assert_eq!(conffiles, "/etc/needrestart/conf.d/left4me-setup.conf\n");
    assert!(!dir.path().join("usr/local").exists());
}

/// Maintainer scripts ask nothing and reach nowhere: no debconf, no downloads, no package tools.
#[test]
#[ignore = "needs the built package: tests/run.sh"]
fn maintainer_scripts_are_short_and_stay_at_home() {
    let dir = unpacked();
    for script in ["postinst", "prerm", "postrm"] {
        let text = std::fs::read_to_string(dir.path().join("DEBIAN").join(script)).unwrap();
        // Both are there before any package: the second can close what it has open.
        let shell = ["#!/bin/sh\n", "#!/bin/bash\n"].iter().any(|shell| text.starts_with(shell));
        assert!(shell && text.contains("\nset -e\n"), "{script}");
        let code = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        assert!(code.clone().count() <= 100, "{script} is long");
        for word in ["debconf", "read ", "curl", "wget", "apt", "http", "systemctl ", "restart "] {
            // What systemd is asked is no matter of policy; what it is to do is deb-systemd-invoke's.
            let asks = |line: &str| {
                ["systemctl show ", "systemctl list-units "].iter().any(|ask| line.contains(ask))
            };
            let has = |line: &str| line.contains(word) && !(word == "systemctl " && asks(line));
            assert!(!code.clone().any(has), "{script} has '{word}'");
        }
    }
    assert!(!dir.path().join("DEBIAN/templates").exists());
}
