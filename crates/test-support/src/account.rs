//! The runtime user's account, in a namespace where the real database is covered.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Adds left4me, whose home is `/var/lib/left4me`; `directory` keeps the files.
pub fn add(directory: &Path, user: u32) {
    for (file, line) in [
        ("passwd", format!("left4me:x:{user}:{user}::/var/lib/left4me:/usr/sbin/nologin\n")),
        ("group", format!("left4me:x:{user}:\n")),
    ] {
        let real = Path::new("/etc").join(file);
        let ours = directory.join(file);
        fs::write(&ours, line + &fs::read_to_string(&real).unwrap()).unwrap();
        fs::set_permissions(&ours, fs::Permissions::from_mode(0o644)).unwrap();
        rustix::mount::mount_bind(&ours, &real).unwrap();
    }
}
