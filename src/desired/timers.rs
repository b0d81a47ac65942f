//! What runs by the clock: updates where host.yaml wants them, and restarts that wait for players to leave.

use crate::config::Config;
use crate::deployed::{MADE_FROM_FILE, Policy};
use crate::resource::Resource;
use crate::resource::file::File;
use crate::resource::leftover::{Leftover, Mark};
use crate::resource::timer::Timer;
use left4me::host::Owner;

const UPDATE: &str = "left4me-update.timer";
const SCHEDULE: &str = "/etc/systemd/system/left4me-update.timer.d/left4me.conf";

/// The schedule, which is a unit file: systemd has to read it before the timer starts.
pub fn schedule(config: &Config) -> Box<dyn Resource> {
    let update = &config.settings.update;
    if !update.enabled.value {
        return Box::new(Leftover {
            path: SCHEDULE.into(),
            mark: Mark::FromFile,
            why: "the schedule of updates, which are off",
            needs: Vec::new(),
        });
    }
    let text = format!(
        "{MADE_FROM_FILE}\n[Timer]\n# In place of the default.\nOnCalendar=\nOnCalendar={}\n",
        update.schedule.value
    );
    Box::new(File {
        path: SCHEDULE.into(),
        content: text.into(),
        owner: Owner::Root,
        mode: 0o644,
        policy: Policy::Vendor,
        adjust: None,
        why: "says when the game is updated, as host.yaml wants it",
    })
}

pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    vec![
        Box::new(Timer {
            unit: UPDATE,
            on: config.settings.update.enabled.value,
            why: "updates the game by the clock, if host.yaml says so under update:",
        }),
        Box::new(Timer {
            unit: "left4me-restart.timer",
            on: true,
            why: "restarts servers that were left to it, once their players have left",
        }),
    ]
}
