//! Printing, for all programs. A reader who is gone, as in `… | head -n 1`, does not end a run half-way; and
//! except for an answer's own bytes, nothing printed steers a terminal, whoever chose the words in it.

use crate::printable;
use crate::{Context, Result};
use std::io::{ErrorKind, Write};

/// A line on standard output.
pub fn line(text: &str) {
    let _ = write(std::io::stdout().lock(), (printable::lines(text) + "\n").as_bytes());
}

/// What was asked for, on standard output, byte for byte. An error if a part is missing: it would be taken for
/// the whole.
pub fn answer(text: &str) -> Result<()> {
    answer_bytes(text.as_bytes())
}

/// [`answer`] for bytes that may be no text.
pub fn answer_bytes(bytes: &[u8]) -> Result<()> {
    write(std::io::stdout().lock(), bytes).context(|| "cannot write the output".into())
}

/// A JSON document, for [`answer`]. A program reads from it what was put in; no string in it steers a terminal.
#[cfg(feature = "json")]
pub fn document(value: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value).context(|| "cannot write JSON".into())?;
    Ok(printable::json(&text).into_owned() + "\n")
}

/// A line on standard error.
pub fn problem(text: &str) {
    to_stderr(&(printable::lines(text) + "\n"));
}

/// A line on standard error that is neither progress nor an error.
pub fn note(text: &str) {
    to_stderr(&format!("note: {}\n", printable::line(text)));
}

/// A line on standard error about what may go wrong later.
pub fn warning(text: &str) {
    to_stderr(&format!("warning: {}\n", printable::line(text)));
}

/// What another program wrote to its standard error, on ours.
pub fn pass_on(stderr: &[u8]) {
    to_stderr(&printable::lines_of_bytes(stderr));
}

/// Text that is printable already.
pub(crate) fn to_stderr(text: &str) {
    let _ = write(std::io::stderr().lock(), text.as_bytes());
}

fn write(mut stream: impl Write, bytes: &[u8]) -> std::io::Result<()> {
    match stream.write_all(bytes).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me_test_support::alone;
    use std::io::Error;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(Error::from(self.0))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_is_gone_is_no_error_and_a_full_disk_is() {
        assert!(write(Broken(ErrorKind::BrokenPipe), b"x").is_ok());
        assert!(write(Broken(ErrorKind::StorageFull), b"x").is_err());
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_document_keeps_its_values_and_steers_nothing() {
        let text = document(&["a\u{1b}[31m\u{9b}\u{202e}"]).unwrap();
        assert!(
            text.ends_with("]\n") && !text.chars().any(|c| c != '\n' && printable::is_steering(c)),
            "{text:?}"
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), ["a\u{1b}[31m\u{9b}\u{202e}"]);
    }

    const STREAMS: &str = "output::tests::what_goes_to_which_stream";

    /// An answer's bytes are its own; in everything else a sequence that steers the terminal is shown, not sent.
    #[test]
    fn what_goes_to_which_stream() {
        let text = "a\u{1b}[2J";
        if let Some(part) = alone::part() {
            match part.as_str() {
                "line" => line(text),
                "answer" => answer(text).unwrap(),
                "problem" => problem(text),
                "note" => note(text),
                "warning" => warning(text),
                _ => pass_on(format!("{text}\n").as_bytes()),
            }
            std::process::exit(0);
        }
        let shown = printable::line(text);
        for (part, stdout, stderr) in [
            ("line", format!("{shown}\n"), String::new()),
            ("answer", text.to_owned(), String::new()),
            ("problem", String::new(), format!("{shown}\n")),
            ("note", String::new(), format!("note: {shown}\n")),
            ("warning", String::new(), format!("warning: {shown}\n")),
            ("pass_on", String::new(), format!("{shown}\n")),
        ] {
            assert_eq!(alone::run(STREAMS, part), (Some(0), stdout, stderr), "{part}");
        }
    }
}
