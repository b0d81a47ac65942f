//! What an instance's engine may stumble over, said before it does.

use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::non_ascii::Scan;
use left4me::output::warning;

/// More are no help; `doctor` counts them.
const MOST: usize = 10;

/// Names the configuration files of these instances that have bytes beyond ASCII.
pub fn non_ascii<'n>(layout: &Layout, names: impl IntoIterator<Item = &'n InstanceName>) {
    let mut scan = Scan::default();
    names.into_iter().for_each(|name| scan.instance(layout, name));
    for finding in scan.findings.iter().take(MOST) {
        warning(&format!("{finding}; the engine may ignore settings, loop or crash over it"));
    }
    let more = scan.findings.len().saturating_sub(MOST);
    if more > 0 {
        warning(&format!("{more} more configuration files are not ASCII; sudo left4me-setup doctor"));
    }
}
