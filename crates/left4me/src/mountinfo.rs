//! The kernel's table of mounts.

use crate::name::InstanceName;
use crate::{Context, Result};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One line of a mountinfo file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Its number in the kernel; a stranger may get it again once the mount is gone.
    pub id: u64,
    /// The number of the mount it lies on.
    pub parent: u64,
    /// Where it is, as the kernel writes it but unescaped.
    pub point: PathBuf,
    /// `overlay`, `tmpfs`, …
    pub kind: String,
    /// For our mounts `left4me:NAME:HASH`.
    pub source: String,
    /// The file system's own options.
    pub options: String,
}

/// How the source of every mount of this instance begins.
pub fn source_prefix(name: &InstanceName) -> String {
    format!("left4me:{name}:")
}

/// A layer of a mount: its path below the root, and which directory lies there.
///
/// A squash, or the build of an overlay, puts another directory in the place of one that stays mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The path below the root.
    pub path: String,
    /// The file system it lies on.
    pub device: u64,
    /// Its number there, which nothing else has while it is mounted.
    pub inode: u64,
}

/// What the mount of an instance with these layers is called in the kernel's table: `left4me:NAME:HASH`; the layer
/// that wins comes first.
///
/// The hash (FNV-1a) only tells "these layers" from "others". Whoever writes the list could make two
/// with the same hash, and would keep their own old mount: nothing is gained, so it need not be
/// cryptographic.
pub fn source(name: &InstanceName, layers: &[Layer]) -> String {
    let words = layers.iter().map(|layer| format!("{}\0{}:{}", layer.path, layer.device, layer.inode));
    with_hash(name, words)
}

/// What version 0.1 called it. Servers that it started run on after an upgrade.
fn source_without_inodes(name: &InstanceName, layers: &[Layer]) -> String {
    with_hash(name, layers.iter().map(|layer| layer.path.clone()))
}

/// Whether a mount of this source has these layers.
pub fn has_layers(source_of_mount: &str, name: &InstanceName, layers: &[Layer]) -> bool {
    source_of_mount == source(name, layers) || source_of_mount == source_without_inodes(name, layers)
}

fn with_hash(name: &InstanceName, words: impl Iterator<Item = String>) -> String {
    let text = words.collect::<Vec<_>>().join(":");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{}{hash:016x}", source_prefix(name))
}

/// The mounts of this process's namespace.
pub fn ours() -> Result<Vec<Mount>> {
    Ok(parse(&read()?))
}

/// The overlay mounts of this process's namespace.
pub fn overlays() -> Result<Vec<Mount>> {
    // Most lines are others', and not worth reading whole: the mount helper does this all the time.
    Ok(overlays_in(&read()?))
}

/// The file systems in user space that this user mounted, and answers for.
pub fn fuse_mounts(uid: u32) -> Result<Vec<Mount>> {
    fuse_mounts_below(Path::new("/proc"), uid)
}

/// The mount of this number in this process's namespace.
pub fn with_id(id: u64) -> Result<Option<Mount>> {
    Ok(with_id_in(&read()?, id))
}

fn fuse_mounts_below(proc: &Path, uid: u32) -> Result<Vec<Mount>> {
    // An image is built without /proc; nobody has mounted anything there.
    if !proc.join("self").exists() {
        return Ok(Vec::new());
    }
    Ok(fuse_in(&read_table(&proc.join("self/mountinfo"))?, uid))
}

fn overlays_in(table: &[u8]) -> Vec<Mount> {
    select(table, |line| line.windows(11).any(|piece| piece == b" - overlay "))
}

fn fuse_in(table: &[u8], uid: u32) -> Vec<Mount> {
    let mut mounts = select(table, |line| line.windows(7).any(|piece| piece == b" - fuse"));
    let theirs = format!("user_id={uid}");
    mounts.retain(|mount| mount.options.split(',').any(|option| option == theirs));
    mounts
}

fn with_id_in(table: &[u8], id: u64) -> Option<Mount> {
    let start = format!("{id} ");
    select(table, |line| line.starts_with(start.as_bytes())).pop()
}

fn read() -> Result<Vec<u8>> {
    read_table(Path::new("/proc/self/mountinfo"))
}

fn read_table(path: &Path) -> Result<Vec<u8>> {
    // Room from the start: /proc names no size, and the kernel walks the table anew for every read.
    let mut bytes = Vec::with_capacity(32 * 1024);
    File::open(path)
        .and_then(|mut table| table.read_to_end(&mut bytes))
        .context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

/// Reads a mountinfo file; lines that are none are skipped.
pub fn parse(bytes: &[u8]) -> Vec<Mount> {
    select(bytes, |_| true)
}

fn select(bytes: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Vec<Mount> {
    bytes.split(|byte| *byte == b'\n').filter(|line| wanted(line)).filter_map(parse_line).collect()
}

fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
    let id = number(fields.next()?)?;
    let parent = number(fields.next()?)?;
    let point = PathBuf::from(OsString::from_vec(unescape(fields.nth(2)?)));
    // Optional fields of any number end with a lone dash.
    let mut rest = fields.skip_while(|field| *field != b"-").skip(1);
    let mut next = || rest.next().map(|field| String::from_utf8_lossy(&unescape(field)).into_owned());
    Some(Mount { id, parent, point, kind: next()?, source: next()?, options: next()? })
}

/// The kernel writes space, tab, newline and backslash as `\` and three octal digits; every other byte
/// of a path is itself, UTF-8 or not.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) if *first == b'\\' => {
                bytes.push(byte);
                rest = &after[3..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let text = b"36 35 98:0 /mnt1 /mnt\\040x\\134y rw,noatime shared:1 master:2 - ext3 /dev/root rw\n\
                     77 36 0:50 / /var/lib/left4me/runtime/a/merged rw,nosuid - overlay left4me:a:00ff rw,lowerdir=7\n\
                     broken\n";
        let mounts = parse(text);
        assert_eq!(mounts.len(), 2);
        assert_eq!((&mounts[0].point, mounts[0].kind.as_str()), (&PathBuf::from("/mnt x\\y"), "ext3"));
        assert_eq!((mounts[1].id, mounts[1].parent, mounts[1].options.as_str()), (77, 36, "rw,lowerdir=7"));
    }

    const TABLE: &[u8] = b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
        12 1 0:50 / /a rw - overlay left4me:a:00ff rw,lowerdir=7\n\
        2 1 0:51 / /b rw shared:1 - fuse.sshfs x rw,user_id=1000,group_id=0\n\
        3 1 0:52 / /c rw - fuse y rw,user_id=1001\n\
        4 1 0:53 / /d rw - fuseblk z rw,user_id=100\n\
        5 1 0:54 / /overlay rw - tmpfs overlay rw,user_id=1000\n";

    #[test]
    fn mounts_of_a_kind_or_number() {
        let points = |mounts: Vec<Mount>| {
            mounts.into_iter().map(|m| m.point.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(points(parse(TABLE)).len(), 6);
        assert_eq!(points(overlays_in(TABLE)), ["/a"]);
        for (uid, found) in [(1000, &["/b"][..]), (1001, &["/c"]), (100, &["/d"]), (10, &[]), (0, &[])] {
            assert_eq!(points(fuse_in(TABLE, uid)), found, "{uid}");
        }
        for (id, found) in [(1, Some("/")), (2, Some("/b")), (12, Some("/a")), (0, None), (6, None)] {
            assert_eq!(with_id_in(TABLE, id).map(|mount| mount.point), found.map(PathBuf::from), "{id}");
        }
    }

    #[test]
    fn without_proc_nothing_is_mounted() {
        let proc = tempfile::tempdir().unwrap();
        assert_eq!(fuse_mounts_below(proc.path(), 1000), Ok(vec![]));
        std::fs::create_dir(proc.path().join("self")).unwrap();
        assert!(fuse_mounts_below(proc.path(), 1000).is_err());
        std::fs::write(proc.path().join("self/mountinfo"), TABLE).unwrap();
        assert_eq!(fuse_mounts_below(proc.path(), 1000), Ok(fuse_in(TABLE, 1000)));
    }

    #[test]
    fn this_process_has_mounts() {
        let mounts = ours().unwrap();
        let proc = mounts.iter().rfind(|mount| mount.point == Path::new("/proc")).unwrap();
        assert_eq!(with_id(proc.id), Ok(Some(proc.clone())));
        let are_overlays = mounts.iter().filter(|mount| mount.kind == "overlay").count();
        assert_eq!(overlays().unwrap().len(), are_overlays);
        assert_eq!(fuse_mounts(u32::MAX), Ok(vec![]));
    }

    #[test]
    fn the_source_tells_layers_apart() {
        let name = InstanceName::parse("a").unwrap();
        assert_eq!(source_prefix(&name), "left4me:a:");
        let layer = |path: &str, inode| Layer { path: path.to_owned(), device: 1, inode };
        let (a, b) = (layer("a", 1), layer("b", 2));
        assert_eq!(source(&name, &[]), "left4me:a:cbf29ce484222325");
        assert_ne!(source(&name, &[a.clone(), b.clone()]), source(&name, &[b, a.clone()]));
        // Another directory in its place is another layer.
        assert!(!has_layers(&source(&name, std::slice::from_ref(&a)), &name, &[layer("a", 3)]));
        assert!(has_layers(&source(&name, std::slice::from_ref(&a)), &name, &[a]));
        // As version 0.1 mounted it.
        assert!(has_layers("left4me:a:9f0b510268ec560d", &name, &[layer("installation", 9)]));
    }

    #[test]
    fn escapes() {
        for (field, text) in
            [("a", "a"), ("\\040", " "), ("a\\", "a\\"), ("\\9x", "\\9x"), ("\\012\\011", "\n\t")]
        {
            assert_eq!(unescape(field.as_bytes()), text.as_bytes());
        }
        assert_eq!(unescape(b"\xff\\040"), b"\xff ");
    }
}
