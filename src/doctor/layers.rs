//! Whether overlayfs can keep the writable layers of instances on the file system of `runtime`.

use left4me::Context;
use left4me::check::Check;
use left4me::host::Host;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use std::path::Path;

const NAME: &str = "writable layers";
const REMEDY: &str =
    "put LEFT4ME_ROOT on ext4 or XFS: left4me-setup apply --root, or mount such a disk on it";

/// File systems, by their magic numbers in statfs(2), that lack what an upper layer needs: extended attributes,
/// whiteouts, or a kernel that sees every change.
const UNFIT: [(u64, &str); 10] = [
    (0x794c_7630, "an overlay"),
    (0x6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9p"),
    (0x4d44, "FAT"),
    (0x2011_bab0, "exFAT"),
    (0x7366_746e, "NTFS"),
    (0xf15f, "eCryptfs"),
];

/// Checks as the runtime user, through one descriptor.
pub fn check(host: &Host) -> Check {
    let place = host.layout.runtimes();
    let inspect = || {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let what = || format!("cannot inspect the file system of {}", place.display());
        let dir = rustix::fs::open(host.path(&place), flags, Mode::empty()).context(what)?;
        let kind = rustix::fs::fstatfs(&dir).context(what)?.f_type;
        let mut entries = Dir::read_from(&dir).context(what)?;
        let typed = entries.all(|entry| entry.is_ok_and(|entry| entry.file_type() != FileType::Unknown));
        Ok(check_kind(kind as u64, typed, &place))
    };
    host.as_runtime_user(inspect)
        .unwrap_or_else(|e| Check::fail(NAME, e.message(), "sudo left4me-setup apply"))
}

/// `typed`: listing a directory gives the type of each file, which overlayfs needs.
fn check_kind(kind: u64, typed: bool, place: &Path) -> Check {
    let shown = place.display();
    let unfit = UNFIT.iter().find(|(number, _)| *number == kind & 0xffff_ffff).map(|(_, name)| *name);
    match unfit {
        Some(name) => {
            Check::fail(NAME, format!("{shown} is on {name}, which cannot hold writable layers"), REMEDY)
        }
        None if !typed => {
            let sentence = format!("the file system of {shown} lists files without their types");
            Check::fail(NAME, sentence, REMEDY)
        }
        None => Check::ok(NAME, format!("the file system of {shown} can hold them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;
    use left4me::layout::Layout;

    #[test]
    fn file_systems() {
        let table = [
            (0xef53, true, Status::Ok),
            (0xef53, false, Status::Fail),
            (0x6969, true, Status::Fail),
            (0x794c_7630, true, Status::Fail),
            // As a signed 32-bit number comes out.
            (0xffff_ffff_ff53_4d42, true, Status::Fail),
        ];
        for (kind, typed, status) in table {
            assert_eq!(check_kind(kind, typed, Path::new("/x")).status, status, "{kind:x}");
        }
    }

    #[test]
    fn a_missing_directory_fails() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir_in("/var/tmp").unwrap();
        let host = Host::unprivileged(Layout::new(dir.path()).unwrap());
        assert_eq!(check(&host).status, Status::Fail);
        std::fs::create_dir(host.layout.runtimes()).unwrap();
        let found = check(&host);
        assert!(found.sentence.contains(&format!("{}/runtime", dir.path().display())), "{found:?}");
    }
}
