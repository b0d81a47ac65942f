//! One command for several instances: what can be done for all at once is, and what fails for one does
//! not hold up the others.

use crate::instances;
use crate::progress::Progress;
use left4me::Result;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::note;
use std::process::ExitCode;

/// The instances that a command still works on.
pub struct Batch {
    /// Where they are.
    pub layout: Layout,
    left: Vec<(InstanceName, Progress)>,
    code: ExitCode,
}

impl Batch {
    /// The instances named, or all.
    pub fn select(layout: Layout, names: &[String], everything: bool) -> Result<Batch> {
        let names = instances::select(&layout, names, everything)?;
        if names.is_empty() {
            note("there are no instances");
        }
        let progress =
            |name: &_, several| if several { Progress::of_several(name) } else { Progress::default() };
        let several = names.len() > 1;
        let left = names.into_iter().map(|name| (name.clone(), progress(&name, several))).collect();
        Ok(Batch { layout, left, code: ExitCode::SUCCESS })
    }

    /// Does it for each; one whose error is told is left out from then on.
    pub fn each(&mut self, mut work: impl FnMut(&Layout, &InstanceName, &Progress) -> Result<()>) {
        let (layout, code) = (&self.layout, &mut self.code);
        self.left.retain(|(name, progress)| match work(layout, name, progress) {
            Ok(()) => true,
            Err(error) => {
                *code = error.report("error");
                false
            }
        });
    }

    /// Goes on with those alone.
    pub fn retain(&mut self, wanted: impl Fn(&Layout, &InstanceName) -> bool) {
        let layout = &self.layout;
        self.left.retain(|(name, _)| wanted(layout, name));
    }

    /// Does it for all at once; not for none. Its error is that of all.
    pub fn together<T>(&self, work: impl FnOnce(&[&InstanceName]) -> Result<T>) -> Result<Option<T>> {
        let names = self.names();
        if names.is_empty() { Ok(None) } else { work(&names).map(Some) }
    }

    /// Prints a step of each.
    pub fn step(&self, step: &str) {
        self.left.iter().for_each(|(_, progress)| progress.step(step));
    }

    /// Who is left.
    pub fn names(&self) -> Vec<&InstanceName> {
        self.left.iter().map(|(name, _)| name).collect()
    }

    /// The last error's exit code; success when there was none.
    pub fn code(self) -> ExitCode {
        self.code
    }
}
