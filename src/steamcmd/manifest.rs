//! `appmanifest_222860.acf`: Steam's own record of what is installed.

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
}

impl Manifest {
    /// Reads the KeyValues text; unknown keys are skipped, damage yields fewer fields, never an error:
    /// whoever asks for proof then finds it missing.
    pub fn parse(text: &str) -> Manifest {
        let mut manifest = Manifest::default();
        let mut path: Vec<String> = Vec::new();
        let mut key: Option<String> = None;
        for token in tokens(text) {
            match token {
                Token::Open => path.push(key.take().unwrap_or_default()),
                Token::Close => {
                    path.pop();
                    key = None;
                }
                Token::Text(text) => match key.take() {
                    None => key = Some(text.to_ascii_lowercase()),
                    Some(name) => manifest.take(&path, &name, text),
                },
            }
            if let (Some(depot), ["appstate", "installeddepots"]) =
                (path.get(2), path.iter().map(String::as_str).take(2).collect::<Vec<_>>().as_slice())
                && let Ok(depot) = depot.parse()
                && !manifest.depots.contains(&depot)
            {
                manifest.depots.push(depot);
            }
        }
        manifest
    }

    fn take(&mut self, path: &[String], key: &str, value: &str) {
        if path.len() != 1 {
            return;
        }
        match key {
            "stateflags" => self.state_flags = value.parse().ok(),
            "buildid" => self.build = Some(value.to_owned()),
            "sizeondisk" => self.size = value.parse().ok(),
            _ => {}
        }
    }
}

enum Token<'t> {
    Open,
    Close,
    Text(&'t str),
}

fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let at = rest.find(['"', '{', '}'])?;
        let (mark, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        rest = after;
        Some(match mark {
            b'{' => Token::Open,
            b'}' => Token::Close,
            _ => {
                let end = after.find('"')?;
                rest = &after[end + 1..];
                Token::Text(&after[..end])
            }
        })
    })
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
    fn damage_yields_fewer_fields() {
        for cut in 0..COMPLETE.len() {
            let manifest = Manifest::parse(&COMPLETE[..cut]);
            assert!(manifest.depots.len() <= 2);
        }
        assert_eq!(Manifest::parse("\"AppState\" { \"StateFlags\" \"x\" }").state_flags, None);
        assert_eq!(Manifest::parse("}}}{{\"").depots, [0u32; 0]);
    }
}
