use super::*;
use left4me_test_support::needs;
use proptest::prelude::*;
use std::process::{Command, Stdio};

const GOOD: &[&str] = &[
    "daily",
    "Daily UTC",
    "weekly Pacific/Auckland",
    "annually",
    "04:30",
    "4:5",
    "*:0/15",
    "*-*-* 04:30",
    "*-*-* 04:30:00",
    "Mon..Fri 04:30",
    "Mon,Wed..Fri,Sun 04:30 Europe/Berlin",
    "monday *-12-* 17:00",
    "Wed, 17:48",
    "Sat,Sun",
    "10-15",
    "2030-03-05 05:40 UTC",
    "*-02~03",
    "Mon *-05~07/1",
    "mon,fri *-1/2-1,3 *:30:45",
    "12,14,13,12:20,10,30",
    "*:2/3",
    "2030-02..04-05",
];

const BAD: &[&str] = &[
    "",
    " ",
    "true",
    "nightly",
    "4",
    "24:00",
    "4:60",
    "4:5:60",
    "04:30 04:30",
    "04:30 *-*-*",
    "Mon Tue",
    "Mon..",
    "Mun 04:30",
    "13-01",
    "01-32",
    "*-*-*-*",
    "*:*/0",
    "5..3:00",
    ",:00",
    "1,:00",
    "04:30 Europe/",
    "04:30 ../etc",
    "04:30\u{a0}",
    "٣:00",
    "+4:00",
    "%H:00",
    "daily;",
    "04:30 a b",
];

#[test]
fn events() {
    for text in GOOD {
        assert_eq!(Schedule::parse(text).unwrap().to_string(), *text);
    }
    for text in BAD {
        assert!(Schedule::parse(text).is_err(), "{text}");
    }
    assert_eq!(Schedule::parse("  Mon   04:30\t").unwrap().to_string(), "Mon 04:30");
    assert!(Schedule::parse(&"1,".repeat(200)).is_err());
}

/// What systemd itself says of the same expressions.
#[test]
#[ignore = "needs systemd: tests/run.sh"]
fn systemd_agrees() {
    needs::file("/usr/bin/systemd-analyze");
    let accepts = |text: &str| {
        let mut command = Command::new("systemd-analyze");
        command.args(["calendar", "--", text]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    };
    for text in GOOD {
        assert!(accepts(text), "{text}");
    }
    for text in BAD.iter().filter(|text| !text.trim().is_empty()) {
        assert!(!accepts(text), "{text}");
    }
}

#[test]
fn times_of_day() {
    for (text, shown) in [("06:00", "06:00"), ("6:05", "06:05"), ("23:59", "23:59"), ("0:00", "00:00")] {
        assert_eq!(TimeOfDay::parse(text).unwrap().to_string(), shown);
    }
    for text in ["", "6", "24:00", "6:60", "06:5", "+6:00", "6:00:00", " 6:00", "٦:٠٠", "006:00"] {
        assert!(TimeOfDay::parse(text).is_err(), "{text}");
    }
}

proptest! {
    /// Whatever is accepted is one word-separated line that a unit file takes as it is.
    #[test]
    fn nothing_escapes_a_unit_file(text in "\\PC{0,30}") {
        if let Ok(schedule) = Schedule::parse(&text) {
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b" .,:*/~_+-".contains(&b);
            prop_assert!(schedule.to_string().bytes().all(is_plain));
        }
    }
}
