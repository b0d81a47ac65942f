//! One command for several instances. Where possible, one call does the work for all of them; a failure of one
//! does not hold up the others.

use crate::instances;
use crate::progress::Progress;
use left4me::Result;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::note;
use std::process::ExitCode;

/// The instances that a command is still working on.
pub struct Batch {
    /// Where their files are.
    pub layout: Layout,
    left: Vec<(InstanceName, Progress)>,
    code: ExitCode,
    failed: Vec<(InstanceName, String)>,
}

impl Batch {
    /// These instances, each line of which begins with its name.
    pub fn of(layout: Layout, names: impl IntoIterator<Item = InstanceName>) -> Batch {
        let left = names.into_iter().map(|name| (name.clone(), Progress::of_several(&name))).collect();
        Batch { layout, left, code: ExitCode::SUCCESS, failed: Vec::new() }
    }

    /// The named instances, or all of them.
    pub fn select(layout: Layout, names: &[String], everything: bool) -> Result<Batch> {
        let names = instances::select(&layout, names, everything)?;
        if names.is_empty() {
            note("there are no instances");
        }
        let progress =
            |name: &_, several| if several { Progress::of_several(name) } else { Progress::default() };
        let several = names.len() > 1;
        let left = names.into_iter().map(|name| (name.clone(), progress(&name, several))).collect();
        Ok(Batch { layout, left, code: ExitCode::SUCCESS, failed: Vec::new() })
    }

    /// Does `work` for each; an instance that fails is reported, and left out from then on.
    pub fn each(&mut self, mut work: impl FnMut(&Layout, &InstanceName, &Progress) -> Result<()>) {
        let (layout, code, failed) = (&self.layout, &mut self.code, &mut self.failed);
        self.left.retain(|(name, progress)| match work(layout, name, progress) {
            Ok(()) => true,
            Err(error) => {
                *code = error.report("error");
                failed.push((name.clone(), error.message().to_owned()));
                false
            }
        });
    }

    /// Leaves out the others.
    pub fn retain(&mut self, wanted: impl Fn(&Layout, &InstanceName) -> bool) {
        let layout = &self.layout;
        self.left.retain(|(name, _)| wanted(layout, name));
    }

    /// Does `work` for all at once, unless none is left. An error is that of all.
    pub fn together<T>(&self, work: impl FnOnce(&[&InstanceName]) -> Result<T>) -> Result<Option<T>> {
        let names = self.names();
        if names.is_empty() { Ok(None) } else { work(&names).map(Some) }
    }

    /// Prints a step for each.
    pub fn step(&self, step: &str) {
        self.left.iter().for_each(|(_, progress)| progress.step(step));
    }

    /// The instances that are left.
    pub fn names(&self) -> Vec<&InstanceName> {
        self.left.iter().map(|(name, _)| name).collect()
    }

    /// Those that failed, and why.
    pub fn failed(&self) -> &[(InstanceName, String)] {
        &self.failed
    }

    /// The exit code of the last error, or success.
    pub fn code(self) -> ExitCode {
        self.code
    }
}
