//! Publishing, by an ordinary user in a directory of its own.

use crate::publish::Publisher;
use crate::tests::Place;
use left4me::game_layers::LayerName;
use left4me::report::Silent;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const ELF: &[u8] = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn at(place: &Place, path: &str) -> PathBuf {
    place.dir.path().join(path)
}

/// A layer with Steam's record of this build.
fn layer(place: &Place, path: &str, build: &str) {
    let steamapps = at(place, path).join("steamapps");
    fs::create_dir_all(&steamapps).unwrap();
    let manifest = format!(
        "\"AppState\"\n{{\n\"StateFlags\" \"4\"\n\"buildid\" \"{build}\"\n\"InstalledDepots\"\n{{\n\"222863\"\n{{\n}}\n}}\n}}\n"
    );
    fs::write(steamapps.join("appmanifest_222860.acf"), manifest).unwrap();
}

/// A base of build 5.
fn base() -> Place {
    let place = Place::new();
    layer(&place, "installation", "5");
    for program in ["srcds_run", "srcds_linux"] {
        let path = at(&place, "installation").join(program);
        fs::write(&path, ELF).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    place
}

/// Publishes a layer of this build, and returns its name.
fn publish(place: &Place, build: &str) -> String {
    layer(place, "updates/.staging/upper", build);
    let publisher = Publisher::new(&place.host, &Silent, false).unwrap();
    let upper = publisher.game().staging().join("upper");
    publisher.publish(&upper, &LayerName::parse(build).unwrap()).unwrap().to_string()
}

fn list(place: &Place, name: &str) -> String {
    fs::read_to_string(at(place, "updates").join(name)).unwrap().replace('\n', " ")
}

#[test]
fn layers_are_published_one_above_the_other_and_repairs_get_numbers() {
    let place = base();
    assert_eq!(publish(&place, "5"), "5.1", "a repair of the base");
    assert_eq!(list(&place, ".lists/5"), "5.1 ");
    assert_eq!(publish(&place, "20"), "20");
    assert_eq!(publish(&place, "20"), "20.1");
    assert_eq!(list(&place, "current"), "20.1 20 5.1 ");
    assert_eq!(list(&place, ".lists/20"), "20.1 20 5.1 ");
    assert!(!at(&place, "updates/.staging/upper").exists());
    // What a killed run left of a build under its name is not written over.
    layer(&place, "updates/30", "30");
    assert_eq!(publish(&place, "30"), "30.1");
}

#[test]
fn a_build_is_kept_while_all_its_layers_are_there() {
    let place = base();
    publish(&place, "20");
    let publisher = Publisher::new(&place.host, &Silent, false).unwrap();
    let kept = |build: &str| {
        let kept = publisher.kept(&LayerName::parse(build).unwrap()).unwrap();
        kept.map(|game| game.names().iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(kept("5"), Some(vec![]), "the base has a list, too");
    assert_eq!(kept("20"), Some(vec!["20".to_owned()]));
    assert_eq!(kept("30"), None);
    fs::write(at(&place, "updates/.lists/30"), "20\n").unwrap();
    assert_eq!(kept("30"), None, "another build");
    fs::write(at(&place, "updates/.lists/20"), "20\nrubbish\n").unwrap();
    assert_eq!(kept("20"), None);
    fs::write(at(&place, "updates/.lists/20"), "30\n20\n").unwrap();
    assert_eq!(kept("20"), None);
}
