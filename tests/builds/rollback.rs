//! `game list`, `rollback`, `pin`, `verify`.

use super::host::{self, at, current, next, refused, setup};
use std::fs;

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_build_that_is_kept_is_used_again() {
    host::run("rollback::a_build_that_is_kept_is_used_again", || {
        let newest = next();
        host::mounted("plays");
        let list: serde_json::Value = serde_json::from_str(&setup(&["game", "list", "--json"])).unwrap();
        let builds: Vec<_> = list["builds"].as_array().unwrap().iter().collect();
        let column = |key: &str| builds.iter().map(|build| build[key].clone()).collect::<Vec<_>>();
        assert_eq!(column("build"), ["20", "10", "5"]);
        assert_eq!(column("version"), ["2.2.20", "2.2.10", "2.2.5"]);
        assert_eq!(column("current"), [true, false, false]);
        assert_eq!(builds[0]["instances"], serde_json::json!(["plays"]));
        assert!(builds.iter().all(|build| build["disk_bytes"].as_u64().unwrap() > 0));

        let said = setup(&["game", "rollback"]);
        assert!(
            said.contains("build 10") && said.contains("game pin 10") && said.contains("l4d2ctl restart"),
            "{said}"
        );
        assert_eq!(current(), "10");
        assert_eq!(host::seen_by("plays"), newest);
        assert_ne!(next(), newest);
        let said = setup(&["game", "verify"]);
        assert!(said.contains("build 10") && !said.contains("not listed"), "{said}");
        setup(&["game", "rollback"]);
        assert_eq!(current(), "");
        let said = refused(&["game", "rollback"]);
        assert!(said.contains("no earlier build is kept"), "{said}");
        setup(&["game", "rollback", "20"]);
        assert_eq!((current().as_str(), next()), ("20 10", newest));
        assert!(setup(&["game", "rollback", "20"]).contains("already at"));
        // Who runs a build that is not kept is not forgotten.
        setup(&["game", "rollback", "5"]);
        fs::remove_file(at("updates/.lists/20")).unwrap();
        let text = setup(&["game", "list"]);
        assert!(text.contains("not kept\n  run by plays"), "{text}");
        host::overlay("umount", "plays");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_pinned_build_stays() {
    host::run("rollback::a_pinned_build_stays", || {
        setup(&["game", "pin", "10"]);
        assert_eq!(current(), "10");
        let said = setup(&["game", "update"]);
        assert!(said.contains("stays at build 10: it is pinned") && said.contains("game unpin"), "{said}");
        assert!(refused(&["game", "rollback", "20"]).contains("game pin 20"));
        assert!(refused(&["game", "rollback"]).contains("build 10 is pinned"));
        assert!(refused(&["game", "pin", "7"]).contains("build 7 is not kept on this host"));
        let text = setup(&["game", "list"]);
        assert!(text.contains("current, pinned"), "{text}");
        setup(&["game", "unpin"]);
        assert!(setup(&["game", "unpin"]).contains("no build is pinned"));
        setup(&["game", "rollback", "20"]);
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_build_with_a_part_missing_is_refused() {
    host::run("rollback::a_build_with_a_part_missing_is_refused", || {
        setup(&["game", "rollback", "5"]);
        fs::rename(at("updates/10"), at("updates/gone")).unwrap();
        for (build, why) in [
            ("10", "the files of the update 10, which is in use, are not there"),
            ("20", "the files of the update 10, which is in use, are not there"),
            ("../x", "is not a build id"),
        ] {
            let output = host::command(&["game", "rollback", build]).output().unwrap();
            let said = host::said(&output);
            assert!(!output.status.success() && said.contains(why), "{build}: {said}");
        }
        assert_eq!(current(), "");
        fs::rename(at("updates/gone"), at("updates/10")).unwrap();
        // What root alone sees: the directory hides the server of the layers below.
        fs::create_dir(at("updates/20/hides")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("updates/20/srcds_linux"),
            rustix::fs::FileType::CharacterDevice,
            rustix::fs::Mode::empty(),
            0,
        )
        .unwrap();
        let said = refused(&["game", "rollback", "20"]);
        assert!(said.contains("srcds_linux is missing"), "{said}");
        assert_eq!(current(), "");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_lost_file_is_named_in_whichever_layer_it_lay() {
    host::run("rollback::a_lost_file_is_named_in_whichever_layer_it_lay", || {
        setup(&["game", "rollback", "10"]);
        setup(&["game", "rollback", "20"]);
        setup(&["game", "verify"]);
        for (file, said) in [
            ("updates/20/bin/new.so", "files 1 missing (bin/new.so)"),
            ("installation/left4dead2/pak01_dir.vpk", "files 1 missing (left4dead2/pak01_dir.vpk)"),
            // The base's is another one.
            ("updates/10/bin/engine.so", "files 1 of another size (bin/engine.so)"),
        ] {
            let kept = fs::read(at(file)).unwrap();
            fs::remove_file(at(file)).unwrap();
            let verify = refused(&["game", "verify"]);
            assert!(verify.contains(said) && verify.contains("game verify --repair"), "{file}: {verify}");
            assert!(setup(&["game", "status"]).contains(said), "{file}");
            assert!(setup(&["status"]).contains(said), "{file}");
            host::file(file, &kept);
        }
        setup(&["game", "verify"]);
        fs::rename(at("updates/20"), at("updates/gone")).unwrap();
        let verify = refused(&["game", "verify"]);
        assert!(verify.contains("the files of the update 20, which is in use, are not there"), "{verify}");
    });
}
