//! `appmanifest_222860.acf`: Steam's own record of what is installed.

use crate::keyvalues::{Item, Reader};
use crate::read::Limit;

/// Left 4 Dead 2 Dedicated Server, as Steam numbers it.
pub const APP: u32 = 222860;
/// Where it lies in the game's tree.
pub const PATH: &str = "steamapps/appmanifest_222860.acf";
/// Steam's are shorter.
pub const MAX_BYTES: u64 = 1 << 20;
/// How much of it is read.
pub const LIMIT: Limit = Limit::Whole(MAX_BYTES);

/// The fields that tell a finished install from every other state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// 4 = complete, 6 = update wanted, 1026 = in progress or interrupted.
    pub state_flags: Option<u32>,
    /// The game's build.
    pub build: Option<String>,
    /// Bytes on disk, as Steam counts them.
    pub size: Option<u64>,
    /// Depots installed.
    pub depots: Vec<u32>,
    /// Something was downloaded or staged for the update in progress.
    pub has_begun: bool,
}

impl Manifest {
    /// Reads the KeyValues text; unknown keys are skipped, damage yields fewer fields, never an error:
    /// whoever asks for proof then finds it missing.
    pub fn parse(text: &str) -> Manifest {
        let mut manifest = Manifest::default();
        Reader::default().push(text, &mut |item| match item {
            Item::Value([_], key, value) => manifest.take(key, value),
            Item::Block([top, depots, depot]) if top == "appstate" && depots == "installeddepots" => {
                manifest.depots.extend(depot.parse::<u32>());
            }
            _ => {}
        });
        manifest
    }

    fn take(&mut self, key: &str, value: &str) {
        match key {
            "stateflags" => self.state_flags = value.parse().ok(),
            "buildid" => self.build = Some(value.to_owned()),
            "sizeondisk" => self.size = value.parse().ok(),
            "bytesdownloaded" | "bytesstaged" => self.has_begun |= value.parse() != Ok(0u64),
            _ => {}
        }
    }

    /// The build that such a file names. It is a number; anything else would be somebody's words for a terminal.
    pub fn build_in(text: &[u8]) -> Option<String> {
        let build = Manifest::parse(&String::from_utf8_lossy(text)).build;
        build.filter(|build| build.parse().is_ok_and(|number: u64| number > 0))
    }

    /// Whether it records nothing that Steam has brought: it was seeded, or Steam got no further than to
    /// write it.
    pub fn is_empty(&self) -> bool {
        self.depots.is_empty() && !self.has_begun
    }

    /// What makes Steam take a directory for an install that wants an update: nothing of it is recorded.
    ///
    /// An anonymous login may be given the Linux files then, which it is refused for a new install.
    pub fn seed() -> String {
        let fields = [
            ("appid", "222860"),
            ("Universe", "1"),
            ("name", "Left 4 Dead 2 Dedicated Server"),
            ("StateFlags", "2"),
            ("installdir", "Left 4 Dead 2 Dedicated Server"),
            ("LastUpdated", "0"),
            ("SizeOnDisk", "0"),
            ("buildid", "0"),
            ("BytesToDownload", "0"),
            ("BytesDownloaded", "0"),
            ("AutoUpdateBehavior", "0"),
        ];
        let mut text = "\"AppState\"\n{\n".to_owned();
        for (key, value) in fields {
            text.push_str(&format!("\t\"{key}\"\t\t\"{value}\"\n"));
        }
        for block in ["InstalledDepots", "UserConfig", "MountedConfig"] {
            text.push_str(&format!("\t\"{block}\"\n\t{{\n\t}}\n"));
        }
        text.push_str("}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &str = r#"
"AppState"
{
	"appid"		"222860"
	"StateFlags"		"4"
	"SizeOnDisk"		"9790163293"
	"buildid"		"16546402"
	"InstalledDepots"
	{
		"222861"
		{
			"manifest"		"4827977561765481436"
			"size"		"9549160153"
		}
		"222863"
		{
			"manifest"		"3515563682502255567"
		}
	}
	"UserConfig"
	{
		"buildid"		"1"
	}
}
"#;

    #[test]
    fn a_complete_install() {
        let manifest = Manifest::parse(COMPLETE);
        assert_eq!(manifest.state_flags, Some(4));
        assert_eq!(manifest.build.as_deref(), Some("16546402"));
        assert_eq!(manifest.size, Some(9_790_163_293));
        assert_eq!(manifest.depots, [222861, 222863]);
    }

    #[test]
    fn only_steams_own_places_count() {
        for (text, depots) in [
            ("\"AppState\" { \"InstalledDepots\" { \"1\" { } \"x\" { } \"2\" { } } }", &[1, 2][..]),
            ("\"AppState\" { \"MountedDepots\" { \"1\" { } } }", &[]),
            ("\"Other\" { \"InstalledDepots\" { \"1\" { } } }", &[]),
            ("\"AppState\" { \"1\" { } }", &[]),
            ("\"AppState\" { \"InstalledDepots\" { \"1\" { \"2\" { } } } }", &[1]),
        ] {
            assert_eq!(Manifest::parse(text).depots, depots, "{text}");
        }
        let nested = Manifest::parse(
            "\"A\" { \"b\" { \"StateFlags\" \"4\" } \"StateFlags\" \"6\" } \"StateFlags\" \"8\"",
        );
        assert_eq!(nested.state_flags, Some(6));
    }

    #[test]
    fn what_has_begun_is_not_empty() {
        let empty = |fields: &str| Manifest::parse(&format!("\"AppState\" {{ {fields} }}")).is_empty();
        for (fields, expected) in [
            ("", true),
            ("\"BytesDownloaded\" \"0\" \"BytesStaged\" \"0\"", true),
            ("\"BytesDownloaded\" \"0\" \"BytesStaged\" \"7\"", false),
            ("\"BytesDownloaded\" \"7\" \"BytesStaged\" \"0\"", false),
            ("\"BytesStaged\" \"many\"", false),
            ("\"InstalledDepots\" { \"1\" { } }", false),
            ("\"BytesToDownload\" \"7\" \"buildid\" \"7\"", true),
        ] {
            assert_eq!(empty(fields), expected, "{fields}");
        }
    }

    #[test]
    fn a_build_is_a_number() {
        for (build, expected) in [
            ("16546402", Some("16546402")),
            ("0", None),
            ("", None),
            ("-1", None),
            ("7\u{1b}[2J", None),
            ("7 8", None),
        ] {
            let text = format!("\"AppState\" {{ \"buildid\" \"{build}\" }}");
            assert_eq!(Manifest::build_in(text.as_bytes()).as_deref(), expected, "{build:?}");
        }
        assert_eq!(Manifest::build_in(b"\xff"), None);
    }

    #[test]
    fn damage_yields_fewer_fields() {
        for cut in 0..COMPLETE.len() {
            let manifest = Manifest::parse(&COMPLETE[..cut]);
            assert!(manifest.depots.len() <= 2);
        }
        assert_eq!(Manifest::parse("\"AppState\" { \"StateFlags\" \"x\" }").state_flags, None);
        assert_eq!(Manifest::parse("}}}{{\"").depots, [0u32; 0]);
    }

    #[test]
    fn a_seed_is_no_install() {
        let seed = Manifest::parse(&Manifest::seed());
        assert_eq!((seed.state_flags, seed.build.as_deref()), (Some(2), Some("0")));
        assert!(seed.is_empty());
        assert!(!Manifest::parse(COMPLETE).is_empty());
        // Steam has begun with it: what it staged is worth keeping.
        for begun in ["BytesDownloaded", "BytesStaged"] {
            assert!(!Manifest::parse(&format!("\"AppState\" {{ \"{begun}\" \"1\" }}")).is_empty());
        }
    }
}
