use super::*;

const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn file(text: &str) -> Option<(&'static str, HostFile)> {
    Some(("f", HostFile::parse(text, "f").unwrap()))
}

fn recorded() -> Result<Option<Layout>> {
    Layout::new("/srv/recorded").map(Some)
}

fn given<T>(value: T, origin: Origin) -> Option<Setting<T>> {
    Some(Setting { value, origin })
}

/// Flag or environment, then file, then record, then default, each value for itself.
#[test]
fn precedence() {
    let text = format!(
        "root: /srv/file\nsteamcmd:\n  mirror: https://f.example/x\n  digest: {DIGEST}\ngame: false\nports: 2000-3000\n"
    );
    let at = |line, column| Origin::File(Place { line, column });
    let overrides = || Overrides {
        root: given("/srv/flag".into(), Origin::Flag("--root")),
        mirror: given("https://e.example/x".into(), Origin::Environment("LEFT4ME_STEAMCMD_URL")),
        digest: None,
        game: given(false, Origin::Flag("--skip-game")),
    };
    let summary = |settings: Settings| {
        let root = settings.root.value.root().display().to_string();
        [
            (root, settings.root.origin),
            (settings.mirror.value.unwrap_or_default(), settings.mirror.origin),
            (settings.digest.value.unwrap_or_default(), settings.digest.origin),
            (settings.game.value.to_string(), settings.game.origin),
            (settings.ports.value.to_string(), settings.ports.origin),
        ]
    };
    let resolve = |overrides, file, recorded: fn() -> Result<Option<Layout>>| {
        let settings = Settings::resolve(overrides, file, recorded).unwrap();
        summary(settings).map(|(value, origin)| (value, origin))
    };
    let pair = |value: &str, origin| (value.to_owned(), origin);
    assert_eq!(
        resolve(overrides(), file(&text), recorded),
        [
            pair("/srv/flag", Origin::Flag("--root")),
            pair("https://e.example/x", Origin::Environment("LEFT4ME_STEAMCMD_URL")),
            pair(DIGEST, at(4, 11)),
            pair("false", Origin::Flag("--skip-game")),
            pair("2000-3000", at(6, 8)),
        ]
    );
    assert_eq!(
        resolve(Overrides::default(), file(&text), recorded),
        [
            pair("/srv/file", at(1, 7)),
            pair("https://f.example/x", at(3, 11)),
            pair(DIGEST, at(4, 11)),
            pair("false", at(5, 7)),
            pair("2000-3000", at(6, 8)),
        ]
    );
    let defaults = |root: &str, origin| {
        [
            pair(root, origin),
            pair("", Origin::Default),
            pair("", Origin::Default),
            pair("true", Origin::Default),
            pair("1024-65535", Origin::Default),
        ]
    };
    assert_eq!(
        resolve(Overrides::default(), file(""), recorded),
        defaults("/srv/recorded", Origin::Recorded)
    );
    assert_eq!(
        resolve(Overrides::default(), None, || Ok(None)),
        defaults("/var/lib/left4me", Origin::Default)
    );
}

/// Scripts pass on variables that may be empty.
#[test]
fn an_empty_value_names_nothing() {
    let overrides = Overrides {
        mirror: given(String::new(), Origin::Environment("LEFT4ME_STEAMCMD_URL")),
        ..Overrides::default()
    };
    let settings =
        Settings::resolve(overrides, file("steamcmd: {mirror: https://f.example/x, digest: ''}"), recorded)
            .unwrap();
    assert_eq!(settings.mirror.value.as_deref(), Some("https://f.example/x"));
    assert_eq!(settings.digest, Setting::default(None));
}

#[test]
fn a_damaged_record_matters_only_when_it_is_asked() {
    let damaged = || Err(Error::new("damaged"));
    assert!(Settings::resolve(Overrides::default(), None, damaged).is_err());
    assert!(Settings::resolve(Overrides::default(), file("root: /srv/file"), damaged).is_ok());
}

#[test]
fn bad_sources_name_their_place() {
    let table = [
        ("steamcmd: {mirror: x}", "f:1:20: 'x' is not a URL: relative URL without a base"),
        (
            "steamcmd: {mirror: 'http://example.org/x'}",
            "f:1:20: http://example.org/x is refused: SteamCMD is downloaded only over https",
        ),
        ("steamcmd:\n  digest: abc", "f:2:11: 'abc' is not a SHA-256 digest"),
        (&format!("steamcmd:\n  digest: {DIGEST}0"), &format!("f:2:11: '{DIGEST}0' is not a SHA-256 digest")),
    ];
    for (text, message) in table {
        // A flag that outranks the value does not hide it.
        let flag = Overrides {
            mirror: given("https://e.example/x".into(), Origin::Flag("--steamcmd-url")),
            digest: given(DIGEST.into(), Origin::Flag("--steamcmd-sha256")),
            ..Overrides::default()
        };
        for overrides in [Overrides::default(), flag] {
            let error = Settings::resolve(overrides, file(text), recorded).unwrap_err();
            assert_eq!((error.message(), error.exit_code()), (message, 1));
            assert!(error.remedy().is_some());
        }
    }
    let flag = Overrides { digest: given("abc".into(), Origin::Flag("--x")), ..Overrides::default() };
    assert_eq!(Settings::resolve(flag, None, recorded).unwrap_err().exit_code(), 2);
}
