//! Where SteamCMD is downloaded from, and how it is known to be the right file.

use left4me::{Error, Result};
use reqwest::Url;

/// The same file on Valve's mirrors; tried in this order.
const MIRRORS: [&str; 3] = [
    "https://steamcdn-a.akamaihd.net/client/installer/steamcmd_linux.tar.gz",
    "https://media.steampowered.com/installer/steamcmd_linux.tar.gz",
    "https://client-update.steamstatic.com/installer/steamcmd_linux.tar.gz",
];

/// Valve publishes no checksum, but the file has not changed since January 2018: the pin of nixpkgs,
/// Flathub and others. It holds for the tarball only; the client updates itself afterwards.
const KNOWN_SHA256: &str = "cebf0046bfd08cf45da6bc094ae47aa39ebf4155e5ede41373b579b8f1071e7c";

const WHAT: &str = "SteamCMD";

/// URLs that serve one file, and its digest.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it may come from, in the order in which they are tried.
    pub urls: Vec<Url>,
    /// Its digest, in hexadecimal.
    pub sha256: String,
}

impl Source {
    /// Valve's mirrors and the known digest, unless overridden.
    pub fn new(url: Option<String>, sha256: Option<String>) -> Result<Source> {
        let urls = match url.filter(|u| !u.is_empty()) {
            Some(url) => vec![parse_url(&url, WHAT)?],
            None => MIRRORS.iter().map(|m| parse_url(m, WHAT)).collect::<Result<_>>()?,
        };
        let sha256 = match sha256.filter(|s| !s.is_empty()) {
            Some(text) => parse_digest(&text)?,
            None => KNOWN_SHA256.to_owned(),
        };
        Ok(Source { urls, sha256 })
    }

    /// Whether it is Valve's mirrors and not a copy of one's own.
    pub fn is_valves(&self) -> bool {
        self.urls.first().is_some_and(|url| url.as_str() == MIRRORS[0])
    }
}

/// The 64 digits of a SHA-256.
pub(crate) fn parse_digest(text: &str) -> Result<String> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err(Error::usage(format!("'{text}' is not a SHA-256 digest"))
            .hint("give the 64 hexadecimal digits that sha256sum prints"))
    }
}

/// A URL that `what` may be downloaded from.
pub(crate) fn parse_url(text: &str, what: &str) -> Result<Url> {
    let url = Url::parse(text).map_err(|e| {
        Error::usage(format!("'{text}' is not a URL: {e}"))
            .hint("give the full URL of the file, such as https://example.org/steamcmd_linux.tar.gz")
    })?;
    if is_allowed(&url) {
        Ok(url)
    } else {
        Err(Error::usage(format!("{url} is refused: {what} is downloaded only over https"))
            .hint("http is allowed only to a loopback address"))
    }
}

/// https anywhere; http to this machine only. Holds for every hop of a redirect too.
pub fn is_allowed(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => true,
        ("http", Some(host)) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for good in [
            "https://example.org/x",
            "http://127.0.0.1:1/x",
            "http://127.9.9.9/x",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(parse_url(good, WHAT).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org/x",
            "http://127.0.0.1.example.org/x",
            "ftp://x/y",
            "file:///etc/passwd",
            "x",
            "http://10.0.0.1/x",
        ] {
            assert_eq!(parse_url(bad, WHAT).expect_err(bad).exit_code(), 2);
        }
    }

    #[test]
    fn digests() {
        let source = Source::new(None, Some(format!(" {}\n", KNOWN_SHA256.to_uppercase()))).unwrap();
        assert_eq!(source.sha256, KNOWN_SHA256);
        assert_eq!(source.urls.len(), MIRRORS.len());
        for bad in ["abc", &"g".repeat(64), &"0".repeat(63)] {
            assert!(Source::new(None, Some(bad.into())).is_err());
        }
    }
}
