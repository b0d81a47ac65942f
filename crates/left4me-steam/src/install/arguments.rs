//! What SteamCMD is called with.

use crate::APP;
use crate::install_strategy::Attempt;
use crate::login::Answers;
use left4me::game_layers::GameLayers;
use left4me::layout::Layout;

/// The directory and the platform come before the login: after it SteamCMD ignores them.
pub fn for_attempt(layout: &Layout, attempt: Attempt, again: bool, answers: &Answers) -> Vec<String> {
    let (platform, validate) = match attempt {
        Attempt::Bootstrap => return strings(&["+quit"]),
        Attempt::Linux { validate } => ("linux", validate),
        Attempt::Seeded { .. } => ("linux", true),
        Attempt::Windows { validate } => ("windows", validate),
        Attempt::UpdateCheck => ("linux", false),
    };
    let app = APP.to_string();
    let mut arguments = strings(&["+@sSteamCmdForcePlatformType", platform]);
    if attempt == Attempt::UpdateCheck {
        // Public data needs no account.
        arguments.extend(strings(&["+login", "anonymous", "+app_info_update", "1", "+app_info_print", &app]));
    } else {
        arguments.extend([
            "+force_install_dir".into(),
            GameLayers::base_alone(layout).base().display().to_string(),
        ]);
        arguments.extend(answers.arguments());
        if again {
            // Cures "Missing configuration" and more.
            arguments.extend(strings(&["+app_info_update", "1"]));
        }
        arguments.extend(strings(&["+app_update", &app]));
        arguments.extend(validate.then(|| "validate".into()));
    }
    arguments.push("+quit".into());
    arguments
}

fn strings(words: &[&str]) -> Vec<String> {
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
            (Attempt::Bootstrap, false, "+quit"),
            (
                Attempt::Linux { validate: false },
                false,
                "linux DIR +login anonymous +app_update 222860 +quit",
            ),
            (
                Attempt::Linux { validate: true },
                true,
                "linux DIR +login anonymous +app_info_update 1 +app_update 222860 validate +quit",
            ),
            (
                Attempt::Seeded { replace: false },
                true,
                "linux DIR +login anonymous +app_info_update 1 +app_update 222860 validate +quit",
            ),
            (
                Attempt::Windows { validate: false },
                false,
                "windows DIR +login anonymous +app_update 222860 +quit",
            ),
            (
                Attempt::Windows { validate: true },
                true,
                "windows DIR +login anonymous +app_info_update 1 +app_update 222860 validate +quit",
            ),
            (
                Attempt::UpdateCheck,
                false,
                "linux +login anonymous +app_info_update 1 +app_info_print 222860 +quit",
            ),
        ];
        for (attempt, again, expected) in table {
            let expected = expected.replace("DIR", "+force_install_dir /srv/l4d2/installation");
            let expected = match attempt {
                Attempt::Bootstrap => expected,
                _ => format!("+@sSteamCmdForcePlatformType {expected}"),
            };
            assert_eq!(for_attempt(&layout, attempt, again, &answers).join(" "), expected, "{attempt}");
        }
    }
}
