//! The running kernel has the values of our sysctl.d file.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use left4me::host::Host;
use left4me::{Context, Result};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// The live side of one sysctl.d file.
#[derive(Debug)]
pub struct Sysctl {
    pub file: PathBuf,
}

impl Resource for Sysctl {
    fn id(&self) -> ResourceId {
        ResourceId::single("kernel settings")
    }

    fn why(&self) -> &'static str {
        "the running kernel takes the values of the file at once"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if !host.is_running() {
            return Ok(Finding::Deferred("the kernel reads them when the host boots".into()));
        }
        let differences: Vec<Difference> = self
            .settings(host)?
            .into_iter()
            // A key that this kernel or network namespace does not have cannot be set.
            .filter_map(|(key, want)| {
                let is = normal(&std::fs::read_to_string(key_path(&key)).ok()?);
                (is != want).then(|| Difference::new(&key, is, want))
            })
            .collect();
        let found_some = !differences.is_empty();
        let ours: Vec<Difference> =
            differences.into_iter().filter(|difference| is_writable(&difference.attribute)).collect();
        if found_some && ours.is_empty() {
            return Ok(Finding::Deferred("a container shares those of the machine it runs on".into()));
        }
        Ok(Finding::from_differences(ours))
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        for (key, want) in self.settings(host)? {
            let path = key_path(&key);
            let Ok(is) = std::fs::read_to_string(&path) else { continue };
            if normal(&is) != want && is_writable(&key) {
                std::fs::write(&path, &want).context(|| format!("cannot set {key} to {want}"))?;
            }
        }
        Ok(())
    }

    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        if !host.is_running() {
            return Ok(Removal::Absent);
        }
        Ok(Removal::Kept("the running kernel has them until it boots again".into()))
    }

    fn needs(&self, _: &Host) -> Vec<ResourceId> {
        vec![ResourceId::file(&self.file)]
    }
}

impl Sysctl {
    /// What the file says now: an administrator's changes count.
    fn settings(&self, host: &Host) -> Result<Vec<(String, String)>> {
        let text = match std::fs::read_to_string(host.path(&self.file)) {
            Ok(text) => text,
            // Not made yet: what will be in it.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => crate::deployed::SYSCTL.content.to_owned(),
            Err(e) => return Err(e).context(|| format!("cannot read {}", self.file.display())),
        };
        Ok(parse(&text))
    }
}

fn parse(text: &str) -> Vec<(String, String)> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with(['#', ';']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().trim_start_matches('-').to_owned(), normal(value)))
        .filter(|(key, _)| !key.is_empty() && !key.contains("..") && !key.starts_with('/'))
        .collect()
}

/// A container cannot set what is the machine's: all of /proc/sys is read-only there, or, with a network
/// namespace of its own, single keys.
fn is_writable(key: &str) -> bool {
    let access = rustix::fs::access(key_path(key), rustix::fs::Access::WRITE_OK);
    !matches!(access, Err(Errno::ROFS | Errno::ACCESS))
}

/// Values of several numbers are separated by tabs in /proc and by anything in files.
fn normal(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn key_path(key: &str) -> PathBuf {
    Path::new("/proc/sys").join(key.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sysctl_reads() {
        let text = "# a\n; b\nnet.core.rmem_max = 8388608\n-vm.x=1\t2\n\nbroken\n= 3\n../x = 1\n";
        assert_eq!(
            parse(text),
            [("net.core.rmem_max".to_owned(), "8388608".to_owned()), ("vm.x".to_owned(), "1 2".to_owned())]
        );
        assert_eq!(parse(crate::deployed::SYSCTL.content).len(), 8);
    }
}
