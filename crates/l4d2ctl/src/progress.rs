//! Step lines on standard output: the web app shows them while a job runs, and reads nothing else there.

use left4me::name::InstanceName;
use left4me::{output, printable};

/// Prints the steps of one instance.
#[derive(Default)]
pub struct Progress {
    prefix: String,
}

impl Progress {
    /// For one of several instances: each line begins with `NAME: `.
    pub fn of_several(name: &InstanceName) -> Progress {
        Progress { prefix: format!("{name}: ") }
    }

    /// Prints one step.
    pub fn step(&self, step: &str) {
        output::line(&format!("{}{}", self.prefix, printable::line(step)));
    }
}
