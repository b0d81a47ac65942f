//! Questions to the person at the terminal. Without one there are none.

use crate::{Context, Error, Result, output};
use std::io::{BufRead, IsTerminal};

/// One line of an answer; `None` at the end of input.
pub fn line(question: &str) -> Result<Option<String>> {
    output::to_stderr(question);
    let mut answer = String::new();
    let count = std::io::stdin().lock().read_line(&mut answer).context(|| "cannot read the answer".into())?;
    Ok((count > 0).then(|| answer.trim().to_owned()))
}

/// Whether somebody sits at a terminal, sees a question and can answer it.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Without a terminal, `instead` is what to type.
pub fn need_terminal(instead: &str) -> Result<()> {
    if is_possible() { Ok(()) } else { Err(Error::new("there is no terminal to ask on").hint(instead)) }
}

/// Shows what would happen and asks for a yes.
pub fn yes(what: &str, instead: &str) -> Result<bool> {
    need_terminal(instead)?;
    output::problem(what);
    let answer = line("continue? [y]es, [n]o: ")?.unwrap_or_default().to_ascii_lowercase();
    Ok(answer == "y" || answer == "yes")
}

/// Shows what would be lost and asks for `word`: a yes is typed too easily.
pub fn typed(what: &str, word: &str, instead: &str) -> Result<bool> {
    need_terminal(instead)?;
    output::problem(what);
    Ok(line(&format!("to continue, type the name of this host ({word}): "))?.as_deref() == Some(word))
}

#[cfg(test)]
mod tests;
