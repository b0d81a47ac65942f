//! `game squash` and `game prune`.

use super::host::{self, ROOT, USER, at, current, file, names, next, refused, setup};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Every way in which a layer can change what lies below, made by the kernel itself.
const CHANGES: &str = "
    rm left4dead2/pak01_dir.vpk
    rm -r gone
    rm -r remade && mkdir remade && echo new >remade/new
    rm -r becomes-file && echo file >becomes-file
    rm becomes-directory && mkdir becomes-directory && echo x >becomes-directory/x
    rm -r becomes-link && ln -s /etc becomes-link
    rm was-link && mkdir was-link && echo y >was-link/y
    chmod 0751 bin && chmod 0600 bin/engine.so
    mkdir closed && echo z >closed/z && chmod 0500 closed
    mv moved elsewhere && echo moved >elsewhere/more
";

/// Adds them as the update 30.
fn change() {
    for path in ["gone/a", "remade/old", "becomes-file/a/b", "becomes-directory", "becomes-link/a", "moved/a"]
    {
        file(&format!("installation/{path}"), b"base");
    }
    symlink("bin", at("installation/was-link")).unwrap();
    host::own(&at("installation"));
    // A lower layer has more in the same places.
    for path in ["remade/older", "becomes-file/c", "gone/b"] {
        file(&format!("updates/10/{path}"), b"10");
    }
    for path in ["upper", "work", "merged"] {
        fs::create_dir_all(at(&format!("staging/{path}"))).unwrap();
    }
    host::own(&at("staging"));
    let (s, u) = (format!("{ROOT}/staging"), format!("{ROOT}/updates"));
    let mount = format!(
        "mount -t overlay x -o lowerdir={u}/20:{u}/10:{ROOT}/installation,upperdir={s}/upper,workdir={s}/work,\
         index=off,metacopy=off,redirect_dir=nofollow,xino=off {s}/merged"
    );
    assert!(Command::new("sh").args(["-ec", &mount]).status().unwrap().success());
    let changed = Command::new("sh")
        .args(["-ec", CHANGES])
        .current_dir(at("staging/merged"))
        .uid(USER)
        .gid(USER)
        .status();
    assert!(changed.unwrap().success());
    rustix::mount::unmount(at("staging/merged"), rustix::mount::UnmountFlags::empty()).unwrap();
    fs::rename(at("staging/upper"), at("updates/30")).unwrap();
    fs::remove_dir_all(at("staging")).unwrap();
    host::build("updates/30", "30");
    file("updates/.lists/30", b"30\n20\n10\n");
    file("updates/current", b"30\n20\n10\n");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_squash_shows_what_the_layers_showed() {
    host::run("squash::a_squash_shows_what_the_layers_showed", || {
        change();
        host::mounted("plays");
        let seen = host::seen_by("plays");
        let engine = fs::metadata(at("updates/30/bin/engine.so")).unwrap().ino();
        let text = setup(&["game", "squash"]);
        assert!(text.contains("merged 3 updates into the base"), "{text}");
        for build in ["5", "10", "20"] {
            assert!(text.contains(&format!("build {build} can no longer be rolled back to")), "{text}");
        }
        assert_eq!((current().as_str(), host::seen_by("plays"), next()), ("", seen.clone(), seen.clone()));
        assert_eq!(left4me_test_support::tree::of(&at("installation"), |_| false), seen);
        // Linked, not copied; and the runtime user's.
        let linked = fs::metadata(at("installation/bin/engine.so")).unwrap();
        assert_eq!((linked.ino(), linked.uid()), (engine, USER));
        assert_eq!(names("updates/.lists"), ["30"]);
        assert_eq!(fs::read_to_string(at("updates/.lists/30")).unwrap(), "");
        assert!(setup(&["game", "squash"]).contains("nothing to squash"));

        // Who plays has the base that was, and all updates.
        let text = setup(&["game", "prune"]);
        for kept in ["update 10", "update 20", "update 30", "an old base"] {
            assert!(text.contains(&format!("kept {kept}: in use by plays")), "{text}");
        }
        assert_eq!(host::seen_by("plays"), seen);
        host::overlay("umount", "plays");
        host::overlay("mount", "plays");
        let text = setup(&["game", "prune"]);
        assert!(text.contains("removed update 30") && text.contains("removed an old base"), "{text}");
        assert_eq!(names("updates"), [".lists", "current"]);
        assert_eq!((host::seen_by("plays"), next()), (seen.clone(), seen));
        host::overlay("umount", "plays");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn builds_above_the_squashed_ones_are_kept() {
    host::run("squash::builds_above_the_squashed_ones_are_kept", || {
        change();
        let newest = next();
        setup(&["game", "rollback"]);
        let seen = next();
        setup(&["game", "squash"]);
        assert_eq!(next(), seen);
        assert_eq!(fs::read_to_string(at("updates/.lists/30")).unwrap(), "30\n");
        setup(&["game", "prune"]);
        assert_eq!(names("updates"), [".lists", "30", "current"]);
        setup(&["game", "rollback", "30"]);
        assert_eq!(next(), newest);
        setup(&["game", "rollback"]);
        assert_eq!((current().as_str(), next()), ("", seen));
    });
}

/// What a mount consists of is told by its hash alone.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn nothing_is_removed_that_somebody_may_have_mounted() {
    host::run("squash::nothing_is_removed_that_somebody_may_have_mounted", || {
        file("overlays/mine/a", b"1");
        host::mounted("plays");
        host::overlay("umount", "plays");
        let env = at("instances/plays/instance.env");
        let text = fs::read_to_string(&env).unwrap();
        fs::write(&env, text.replace("DIRS=", &format!("DIRS={ROOT}/overlays/mine:"))).unwrap();
        host::overlay("mount", "plays");
        let seen = host::seen_by("plays");
        setup(&["game", "squash"]);
        assert!(setup(&["game", "prune"]).contains("kept update 20: in use by plays"));
        // Another specification by now: no list has that hash.
        fs::write(&env, text).unwrap();
        let text = setup(&["game", "prune"]);
        assert!(
            text.contains("kept update 20: may be in use by plays") && text.contains("l4d2ctl restart plays"),
            "{text}"
        );
        assert_eq!(host::seen_by("plays"), seen);
        host::overlay("umount", "plays");
        setup(&["game", "prune"]);
        assert_eq!(names("updates"), [".lists", "current"]);
        assert!(setup(&["game", "prune"]).contains("nothing to remove"));
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn an_update_that_was_not_finished_is_removed() {
    host::run("squash::an_update_that_was_not_finished_is_removed", || {
        file("updates/.staging/upper/steamapps/downloading/a", b"1");
        file("updates/.staging/over", b"20\n10\n");
        fs::create_dir_all(at("updates/.staging/work/work/#3")).unwrap();
        fs::set_permissions(at("updates/.staging/work/work"), fs::Permissions::from_mode(0o000)).unwrap();
        std::os::unix::fs::chown(at("updates/.staging/work"), Some(USER), Some(USER)).unwrap();
        symlink("/etc", at("updates/99")).unwrap();
        let before = next();
        let text = setup(&["game", "prune"]);
        assert!(text.contains("removed an unfinished update"), "{text}");
        assert_eq!(names("updates"), [".lists", "10", "20", "current"]);
        assert_eq!(next(), before);
        assert!(fs::metadata("/etc/passwd").is_ok());
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_squash_needs_one_file_system() {
    host::run("squash::a_squash_needs_one_file_system", || {
        let before = next();
        left4me_test_support::namespace::cover(&format!("{ROOT}/installation"));
        host::build("installation", "5");
        for file in ["srcds_run", "srcds_linux"] {
            host::file(&format!("installation/{file}"), host::ELF);
            fs::set_permissions(at(&format!("installation/{file}")), fs::Permissions::from_mode(0o755))
                .unwrap();
        }
        let text = refused(&["game", "squash"]);
        assert!(text.contains("must lie on one file system"), "{text}");
        assert_eq!(current(), "20 10");
        rustix::mount::unmount(at("installation"), rustix::mount::UnmountFlags::empty()).unwrap();
        setup(&["game", "squash"]);
        assert_eq!(next(), before);
    });
}

/// Whoever plants lists and old bases keeps root neither at work nor from letting go of the locks.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn lists_without_end_keep_nobody_at_work() {
    host::run("squash::lists_without_end_keep_nobody_at_work", || {
        host::mounted("a");
        let env = at("instances/a/instance.env");
        let text = fs::read_to_string(&env).unwrap();
        // No list fits its mount any more.
        fs::create_dir_all(at("overlays/x")).unwrap();
        fs::write(&env, text.replace("LOWERDIRS=", &format!("LOWERDIRS={ROOT}/overlays/x:"))).unwrap();
        for place in 0..1000 {
            let place = at(&format!("updates/.old/{place}"));
            fs::create_dir_all(place.join("base")).unwrap();
            fs::create_dir(place.join("lists")).unwrap();
            for list in 100..120 {
                fs::hard_link(at("updates/current"), place.join(format!("lists/{list}"))).unwrap();
            }
        }
        let began = std::time::Instant::now();
        let said = setup(&["game", "prune"]);
        assert!(said.contains("may be in use by a"), "{said}");
        assert!(began.elapsed().as_secs() < 120, "{:?}", began.elapsed());
        host::overlay("umount", "a");
    });
}
