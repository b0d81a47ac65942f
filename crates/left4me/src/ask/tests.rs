use super::*;
use left4me_test_support::alone;
use nix::pty::openpty;
use std::io::Write;
use std::process::Stdio;

const QUESTIONS: &str = "ask::tests::questions_and_answers";

/// Only a whole yes, or the whole name, is one; the end of input is none.
#[test]
fn questions_and_answers() {
    if let Some(part) = alone::part() {
        let answer = if part == "yes" { yes("what", "x --yes") } else { typed("what", "host", "x --yes") };
        std::process::exit(answer.map_or(30, |answer| if answer { 10 } else { 20 }));
    }
    for (part, typed, code) in [
        ("yes", "y\n", 10),
        ("yes", " YES \n", 10),
        ("yes", "n\n", 20),
        ("yes", "\n", 20),
        ("yes", "yesterday\n", 20),
        ("yes", "\u{4}", 20),
        ("name", "host\n", 10),
        ("name", "y\n", 20),
        ("name", "hosts\n", 20),
        ("name", "\n", 20),
        ("name", "\u{4}", 20),
    ] {
        let terminal = openpty(None, None).unwrap();
        std::fs::File::from(terminal.master.try_clone().unwrap()).write_all(typed.as_bytes()).unwrap();
        let status = alone::command(QUESTIONS, part)
            .stdin(terminal.slave.try_clone().unwrap())
            .stderr(terminal.slave)
            .stdout(Stdio::null())
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{part} {typed:?}");
    }
}

const NOBODY: &str = "ask::tests::nobody_is_there";

/// Without a terminal to ask on, the error says what to type instead.
#[test]
fn nobody_is_there() {
    if alone::part().is_some() {
        let error = need_terminal("x --yes").err();
        let remedy = error.as_ref().and_then(Error::remedy);
        std::process::exit(match remedy {
            None => 10,
            Some("x --yes") => 20,
            Some(_) => 30,
        });
    }
    for (input, error, code) in [(true, true, 10), (true, false, 20), (false, true, 20), (false, false, 20)] {
        let terminal = openpty(None, None).unwrap();
        let stream = |is_terminal| {
            if is_terminal { terminal.slave.try_clone().unwrap().into() } else { Stdio::null() }
        };
        let status = alone::command(NOBODY, "ask")
            .stdin(stream(input))
            .stderr(stream(error))
            .stdout(Stdio::null())
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{input} {error}");
    }
}

const LINE: &str = "ask::tests::an_empty_answer_is_not_the_end";

#[test]
fn an_empty_answer_is_not_the_end() {
    if alone::part().is_some() {
        let answers = [line("1?").unwrap(), line("2?").unwrap(), line("3?").unwrap()];
        let expected = [Some(String::new()), Some("b c".to_owned()), None];
        std::process::exit(if answers == expected { 10 } else { 20 });
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "\n b c \n").unwrap();
    let output = alone::command(LINE, "lines").stdin(file.reopen().unwrap()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(10), b"1?2?3?".to_vec()));
}
