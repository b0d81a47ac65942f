//! `cargo bench`: what needs no other program. `cargo bench -- --test` runs each once, as a check.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use left4me::spec::Spec;
use left4me_steam::output::{Event, Parser};
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

/// What SteamCMD prints while it downloads the game.
fn progress(lines: u64) -> String {
    let mut text = String::new();
    for line in 0..lines {
        let (done, total) = (line * 76_674, lines * 76_674);
        let points = line * 10_000 / lines;
        let _ = write!(
            text,
            " Update state (0x61) downloading, progress: {}.{:02} ({done} / {total})\r\n",
            points / 100,
            points % 100
        );
    }
    text
}

/// A line of chatter, in which nothing matters.
const CHATTER: &str = "Redirecting stderr to '/var/lib/left4me/Steam/logs/stderr.txt'\r\n";

fn events(text: &str) -> usize {
    let mut parser = Parser::default();
    let mut count = 0;
    let mut emit = |event: Event| {
        black_box(event);
        count += 1;
    };
    // As the session reads it.
    for piece in text.as_bytes().chunks(16 << 10) {
        parser.push(piece, &mut emit);
    }
    parser.finish(&mut emit);
    count
}

fn parser(c: &mut Criterion) {
    let progress = progress(100_000);
    assert_eq!(events(&progress), 100_000);
    let chatter = CHATTER.repeat(100_000);
    assert_eq!(events(&chatter), 0);
    let mut group = c.benchmark_group("parser, 100,000 lines");
    group.sample_size(20);
    for (name, text) in [("progress", &progress), ("chatter", &chatter)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| events(black_box(text))));
    }
    group.finish();
}

fn spec(c: &mut Criterion) {
    let small = "port: 27015\noverlays:\n  - standard\n  - {path: \"8\", alias: overlay_8}\n\
        arguments: [\"-tickrate 100\", \"+map c1m1_hotel\"]\nconfig: [\"hostname my server\"]\n";
    let mut large = "port: 27015\noverlays:\n".to_owned();
    for n in 0..400 {
        let _ = writeln!(large, "  - users/42/overlay-{n}");
    }
    let mut group = c.benchmark_group("specification");
    for (name, text) in [("README's", small), ("400 overlays", &large)] {
        group.bench_function(name, |b| b.iter(|| Spec::parse(black_box(text), "spec.yaml").expect(name)));
    }
    group.finish();
}

/// The command on a tree that is in sync: desired state, every inspection, and the start of a process.
fn plan(c: &mut Criterion) {
    let tree = tempfile::tempdir().expect("a directory");
    run(tree.path(), &["apply", "--yes", "--offline", "--skip-game", "--quiet"]);
    let mut group = c.benchmark_group("plan");
    group.bench_function("in sync, with its process", |b| {
        b.iter_batched(
            || (),
            |()| run(tree.path(), &["plan", "--offline", "--skip-game"]),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn run(tree: &Path, arguments: &[&str]) {
    let ended = Command::new(env!("CARGO_BIN_EXE_left4me-setup"))
        .args(arguments)
        .arg("--sysroot")
        .arg(tree)
        .stdout(Stdio::null())
        .status()
        .expect("left4me-setup");
    assert!(ended.success(), "left4me-setup {arguments:?}: {ended}");
}

criterion_group!(pure, parser, spec, plan);
criterion_main!(pure);
