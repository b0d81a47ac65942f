//! Which build Steam offers, from what `app_info_print` prints.
//!
//! A line `AppID : N, change number : …` and then a KeyValues tree. It names the builds of several
//! branches; the one that everybody gets is `depots → branches → public → buildid`. An answer that is empty or cut
//! short names no build, which says nothing about updates.

use left4me::keyvalues::{Item, Reader};

/// Longer answers are not Steam's.
const MAX_BYTES: usize = 4 << 20;
const BUILD: [&str; 3] = ["depots", "branches", "public"];

/// An answer that is being read.
#[derive(Debug)]
pub struct AppInfo {
    /// The app's number.
    pub app: u32,
    /// The build of the public branch, once it was read.
    pub build: Option<String>,
    reader: Reader,
    bytes: usize,
}

impl AppInfo {
    /// Reads the line that announces an answer; returns the rest of it too.
    pub fn announced(text: &str) -> Option<(AppInfo, &str)> {
        let rest = text.strip_prefix("AppID : ")?;
        let (app, rest) = rest.split_once(", change number : ")?;
        let app = app.parse().ok()?;
        Some((AppInfo { app, build: None, reader: Reader::default(), bytes: 0 }, rest))
    }

    /// Takes the next piece; what follows when the tree is complete.
    pub fn push<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > MAX_BYTES {
            return None;
        }
        let AppInfo { app, build, reader, .. } = self;
        reader.push(text, &mut |item| {
            if let Item::Value([top, below @ ..], "buildid", value) = item
                && top.parse() == Ok(*app)
                && below == BUILD
                && value.parse::<u64>().is_ok_and(|number| number > 0)
            {
                *build = Some(value.to_owned());
            }
        })
    }

    /// Whether this line belongs to the answer; it may also be chatter in between.
    pub fn can_continue_with(&self, line: &str) -> bool {
        self.bytes <= MAX_BYTES && self.reader.can_continue_with(line)
    }
}
