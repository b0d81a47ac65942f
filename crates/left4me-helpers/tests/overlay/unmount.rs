//! What is unmounted, what is left alone, and what is cleaned up.

use super::host::{self, Guard, Host, ROOT};
use rustix::mount::MountFlags;
use std::fs;
use std::process::{Command, Stdio};

fn overlay(host: &Host, source: &str) {
    let data =
        format!("lowerdir={ROOT}/installation,upperdir={ROOT}/runtime/a/upper,workdir={ROOT}/runtime/a/work");
    let data = std::ffi::CString::new(data).unwrap();
    let target = host.path("runtime/a/merged");
    rustix::mount::mount(source, target, "overlay", MountFlags::empty(), data.as_c_str()).unwrap();
}

fn mounts_on_merged() -> usize {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    table.lines().filter(|line| line.contains("/runtime/a/merged ")).count()
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_is_not_ours_is_left_alone() {
    host::run("unmount::what_is_not_ours_is_left_alone", |host| {
        let merged = host.path("runtime/a/merged");
        rustix::mount::mount("foreign", &merged, "tmpfs", MountFlags::empty(), None).unwrap();
        for line in ["mount a", "umount a", "--print mount a", "--print umount a"] {
            host.fails(line, "is a mount point of something else (tmpfs from foreign), which is left alone");
        }
        assert_eq!(mounts_on_merged(), 1);
        rustix::mount::unmount(&merged, rustix::mount::UnmountFlags::empty()).unwrap();

        // A bind mount of the same file system, another instance's tree, another program's overlay.
        rustix::mount::mount_bind(host.path("overlays/8"), &merged).unwrap();
        host.fails("umount a", "mount point of something else");
        rustix::mount::unmount(&merged, rustix::mount::UnmountFlags::empty()).unwrap();
        overlay(host, "left4me:aa:0");
        host.fails("umount a", "something else (overlay from left4me:aa:0)");
        assert_eq!(mounts_on_merged(), 1);
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn stacked_ones_and_the_predecessors_are_ours() {
    host::run("unmount::stacked_ones_and_the_predecessors_are_ours", |host| {
        overlay(host, "overlay");
        overlay(host, "left4me:a:0");
        overlay(host, "left4me:a:1");
        assert_eq!(mounts_on_merged(), 3);
        host.ok("umount a");
        assert_eq!(mounts_on_merged(), 0);
        overlay(host, "overlay");
        host.ok("mount a");
        assert_eq!((mounts_on_merged(), host.overlays().len()), (1, 1));
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_mount_that_a_rename_carried_away_is_found() {
    host::run("unmount::a_mount_that_a_rename_carried_away_is_found", |host| {
        host.ok("mount a");
        fs::rename(host.path("runtime/a"), host.path("runtime/else where")).unwrap();
        let plan = host.call("--print umount a").out;
        assert!(plan.starts_with("umount '/var/lib/left4me/runtime/else where/merged'\n"), "{plan}");
        host.ok("umount a");
        assert!(host.overlays().is_empty());
        host.fails("mount a", "path does not exist: /var/lib/left4me/runtime/a");
    });
}

/// To wherever its owner may write, and under names that are no text.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_mount_that_was_carried_out_of_the_root_is_found() {
    use std::os::unix::ffi::OsStrExt;
    host::run("unmount::a_mount_that_was_carried_out_of_the_root_is_found", |host| {
        // Only within one mount can anything be renamed.
        let odd = std::ffi::OsStr::from_bytes(b"\xff \\\x1b");
        host.ok("mount a");
        fs::rename(host.path("runtime/a"), host.path("runtime").join(odd)).unwrap();
        host.ok("umount a");
        assert!(host.overlays().is_empty());

        rustix::mount::unmount(ROOT, rustix::mount::UnmountFlags::DETACH).unwrap();
        host.dir("runtime");
        for directory in ["installation", "overlays", "instances", "runtime", "updates", "workshop_cache"] {
            host.dir(directory);
        }
        std::os::unix::fs::chown(ROOT, Some(host::USER), None).unwrap();
        host.instance("a", &["installation"]);
        for _ in 0..3 {
            host.ok("mount a");
            fs::rename(host.path("runtime/a"), std::path::Path::new("/var/lib").join(odd)).unwrap();
            host.instance("a", &["installation"]);
            host.ok("mount a");
            assert_eq!(host.overlays().len(), 1, "mounts pile up");
            host.ok("umount a");
            fs::remove_dir_all(std::path::Path::new("/var/lib").join(odd)).unwrap();
        }
        assert!(host.overlays().is_empty());
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn busy_names_its_holders() {
    host::run("unmount::busy_names_its_holders", |host| {
        host.ok("mount a");
        let merged = host.path("runtime/a/merged");
        fs::copy("/usr/bin/sleep", host.path("runtime/a/merged/slow\u{1b}eep")).unwrap();
        let mut directory = Command::new("sleep");
        let mut open = Command::new("sh");
        open.args(["-c", "exec sleep 60"]).stdin(fs::File::open(merged.join("base")).unwrap());
        let mut executable = Command::new(merged.join("slow\u{1b}eep"));
        let holders = [
            Guard(directory.arg("60").current_dir(&merged).spawn().unwrap()),
            Guard(open.spawn().unwrap()),
            Guard(executable.arg("60").stdin(Stdio::null()).spawn().unwrap()),
        ];
        drop(open);
        let done = host.call("umount a");
        assert_eq!(done.code, 1);
        for (holder, comm) in holders.iter().zip(["sleep", "sleep", "slow\\u{1b}eep"]) {
            let expected = format!("{comm} (pid {})", holder.0.id());
            assert!(done.err.contains(&expected), "{expected} is not in {}", done.err);
        }
        assert_eq!(host.overlays().len(), 1);
        drop(holders);

        // A mount inside, then one in a namespace that receives ours.
        let inner = host.dir("runtime/a/merged/inner");
        rustix::mount::mount("inner", &inner, "tmpfs", MountFlags::empty(), None).unwrap();
        host.fails("umount a", "it is in use by a tmpfs mount on /var/lib/left4me/runtime/a/merged/inner");
        rustix::mount::unmount(&inner, rustix::mount::UnmountFlags::empty()).unwrap();
        host.ok("umount a");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_holder_in_a_services_namespace_is_named() {
    host::run("unmount::a_holder_in_a_services_namespace_is_named", |host| {
        rustix::mount::mount_change(ROOT, rustix::mount::MountPropagationFlags::SHARED).unwrap();
        host.ok("mount a");
        let mut service = Command::new("unshare");
        service.args(["--mount", "--propagation", "slave", "sh", "-c", "cd \"$0\" && exec sleep 60"]);
        let service = Guard(service.arg(host.path("runtime/a/merged")).spawn().unwrap());
        let comm = format!("/proc/{}/comm", service.0.id());
        while fs::read_to_string(&comm).unwrap() != "sleep\n" {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        host.fails("umount a", &format!("it is in use by sleep (pid {})", service.0.id()));
        // One that ends meanwhile is waited for.
        let umount = host.helper("umount a").spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        drop(service);
        assert!(Guard(umount).0.wait().unwrap().success());
        assert!(host.overlays().is_empty());
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn read_only_fall_back_is_an_error_and_unmounted() {
    host::run("unmount::read_only_fall_back_is_an_error_and_unmounted", |host| {
        let outside = host.file("workshop_cache/kept", "kept");
        host.file("runtime/a/work/work/1/2/3/4/5/6/file", "x");
        std::os::unix::fs::symlink(&outside, host.path("runtime/a/work/work/1/link")).unwrap();
        std::os::unix::fs::symlink(outside.parent().unwrap(), host.path("runtime/a/work/work/dir")).unwrap();
        let message = "read-only because it cannot make /var/lib/left4me/runtime/a/work/work anew\n\
                       hint: free disk space; sudo l4d2ctl du a --files shows what the server wrote\n";
        for _ in 0..2 {
            host.fails("mount a", message);
            assert!(host.overlays().is_empty());
        }
        // A helper killed before it looked: the next one must not take it for a good mount.
        let plan = host.call("--print mount a").out;
        overlay(host, plan.split(' ').find(|word| word.starts_with("left4me:a:")).unwrap());
        host.fails("mount a", message);
        assert!(host.overlays().is_empty());

        host.ok("umount a");
        assert!(!host.path("runtime/a/work/work").exists() && outside.exists());
        host.ok("mount a");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn scratch_that_is_no_directory_or_too_deep_is_the_users() {
    host::run("unmount::scratch_that_is_no_directory_or_too_deep_is_the_users", |host| {
        let work = host.file("runtime/a/work/work", "planted");
        host.ok("umount a");
        assert!(work.exists());
        fs::remove_file(&work).unwrap();
        std::os::unix::fs::symlink("/etc", &work).unwrap();
        host.ok("umount a");
        fs::remove_file(&work).unwrap();
        host.dir(&format!("runtime/a/work/work{}", "/d".repeat(300)));
        host.fails("umount a", " below /var/lib/left4me/runtime/a/work/work: Directory not empty");
    });
}
