//! What SteamCMD is called with.

use super::login::Answers;
use crate::APP;
use crate::ladder::Rung;
use left4me::game_layers::GameLayers;
use left4me::layout::Layout;

/// The directory and the platform come before the login: after it they are not heeded.
pub fn of(layout: &Layout, rung: Rung, again: bool, answers: &Answers) -> Vec<String> {
    let (platform, validate) = match rung {
        Rung::Bootstrap => return words(&["+quit"]),
        Rung::Linux { validate } => ("linux", validate),
        Rung::Seeded { .. } => ("linux", true),
        Rung::Windows { validate } => ("windows", validate),
        Rung::Offer => ("linux", false),
    };
    let app = APP.to_string();
    let mut arguments = words(&["+@sSteamCmdForcePlatformType", platform]);
    if rung == Rung::Offer {
        // What everybody may know needs no account.
        arguments.extend(words(&["+login", "anonymous", "+app_info_update", "1", "+app_info_print", &app]));
    } else {
        arguments.extend(["+force_install_dir".into(), GameLayers::new(layout).base().display().to_string()]);
        arguments.extend(answers.arguments());
        if again {
            // Cures "Missing configuration" and more.
            arguments.extend(words(&["+app_info_update", "1"]));
        }
        arguments.extend(words(&["+app_update", &app]));
        arguments.extend(validate.then(|| "validate".into()));
    }
    arguments.push("+quit".into());
    arguments
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::report::Silent;
    use std::path::Path;

    #[test]
    fn the_platform_comes_first_and_everything_before_the_login() {
        let layout = Layout::new(Path::new("/srv/l4d2")).unwrap();
        let answers = Answers::with(None, &Silent, None).unwrap();
        let table = [
            (Rung::Bootstrap, false, "+quit"),
            (Rung::Linux { validate: false }, false, "linux DIR +login anonymous +app_update 222860 +quit"),
            (
                Rung::Linux { validate: true },
                true,
                "linux DIR +login anonymous +app_info_update 1 +app_update 222860 validate +quit",
            ),
            (
                Rung::Seeded { replace: false },
                true,
                "linux DIR +login anonymous +app_info_update 1 +app_update 222860 validate +quit",
            ),
            (
                Rung::Windows { validate: false },
                false,
                "windows DIR +login anonymous +app_update 222860 +quit",
            ),
            (
                Rung::Windows { validate: true },
                true,
                "windows DIR +login anonymous +app_info_update 1 +app_update 222860 validate +quit",
            ),
            (Rung::Offer, false, "linux +login anonymous +app_info_update 1 +app_info_print 222860 +quit"),
        ];
        for (rung, again, expected) in table {
            let expected = expected.replace("DIR", "+force_install_dir /srv/l4d2/installation");
            let expected = match rung {
                Rung::Bootstrap => expected,
                _ => format!("+@sSteamCmdForcePlatformType {expected}"),
            };
            assert_eq!(of(&layout, rung, again, &answers).join(" "), expected, "{rung}");
        }
    }
}
