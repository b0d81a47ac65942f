//! Which instances there are.

use crate::name::InstanceName;
use crate::{Context, Result};
use std::io::ErrorKind;
use std::path::Path;

/// The instances in this directory, which is [`crate::layout::Layout::instances`] or that of a sysroot, in reading
/// order; none where there is no such directory. What has no `instance.env` was not initialized.
pub fn list(directory: &Path) -> Result<Vec<InstanceName>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).context(|| format!("cannot read {}", directory.display())),
    };
    let is_initialized =
        |name: &InstanceName| directory.join(name.as_str()).join("instance.env").symlink_metadata().is_ok();
    let mut names: Vec<InstanceName> = entries
        .filter_map(|entry| InstanceName::parse(entry.ok()?.file_name().to_str()?).ok())
        .filter(is_initialized)
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_reading_order_and_whole_ones_only() {
        let dir = tempfile::tempdir().unwrap();
        let instances = dir.path().join("instances");
        assert!(list(&instances).unwrap().is_empty());
        for name in ["s10", "10", "s2", "2", "versus", "Not_a_name", "half"] {
            std::fs::create_dir_all(instances.join(name)).unwrap();
            if name != "half" {
                std::fs::write(instances.join(name).join("instance.env"), "").unwrap();
            }
        }
        std::fs::write(instances.join("file"), "").unwrap();
        let names: Vec<String> = list(&instances).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["2", "10", "s2", "s10", "versus"]);
        assert!(list(&instances.join("file")).is_err());
    }
}
