//! Warnings before a start about files that the engine may not understand.

use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::non_ascii::Scan;
use left4me::output::warning;

/// How many files to name; `doctor` counts them all.
const MOST: usize = 10;

/// Warns of configuration files of these instances that are not ASCII.
pub fn non_ascii<'n>(layout: &Layout, names: impl IntoIterator<Item = &'n InstanceName>) {
    let mut scan = Scan::default();
    names.into_iter().for_each(|name| scan.instance(layout, name));
    for finding in scan.findings.iter().take(MOST) {
        warning(&format!("{finding}; the engine may ignore settings, hang or crash because of it"));
    }
    let more = scan.findings.len().saturating_sub(MOST);
    if more > 0 {
        warning(&format!(
            "{more} more configuration files are not ASCII; sudo left4me-setup doctor counts them"
        ));
    }
}
