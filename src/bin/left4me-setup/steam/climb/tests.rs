use super::*;
use crate::host::Host;
use std::path::Path;

#[test]
fn the_platform_comes_first_and_everything_before_the_login() {
    let layout = Layout::new(Path::new("/srv/l4d2")).unwrap();
    let host = Host::unprivileged(layout.clone());
    let progress = Progress::silent();
    let answers = Answers::with(&host, None, &progress, None).unwrap();
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
        (Rung::Windows { validate: false }, false, "windows DIR +login anonymous +app_update 222860 +quit"),
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
        assert_eq!(arguments(&layout, rung, again, &answers).join(" "), expected, "{rung}");
    }
}
