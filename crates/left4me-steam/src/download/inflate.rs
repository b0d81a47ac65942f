//! Decompression. One format so far; another one is another function, and another [`Content`].

use flate2::bufread::GzDecoder;
use std::fmt;
use std::io::BufRead;

/// Decompresses gzip.
pub fn gzip<R: BufRead>(compressed: R) -> GzDecoder<R> {
    GzDecoder::new(compressed)
}

/// What a body is, as far as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// It begins as gzip does.
    Gzip,
    /// It begins as HTML or XML does: a proxy or a login page may have answered instead of the server.
    WebPage,
    /// There is nothing.
    Nothing,
    /// Anything else.
    Unknown,
}

impl Content {
    /// Tells by the first bytes.
    pub fn detect(start: &[u8]) -> Content {
        if start.starts_with(&[0x1f, 0x8b]) {
            Content::Gzip
        } else if start.is_empty() {
            Content::Nothing
        } else if start.trim_ascii_start().starts_with(b"<") {
            Content::WebPage
        } else {
            Content::Unknown
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Content::Gzip => "a gzip file",
            Content::WebPage => "a web page",
            Content::Nothing => "nothing",
            Content::Unknown => "a file that is not gzip",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents() {
        let table: [(&[u8], Content); 5] = [
            (b"\x1f\x8b\x08", Content::Gzip),
            (b"", Content::Nothing),
            (b" \r\n<!doctype html>", Content::WebPage),
            (b"PK\x03\x04", Content::Unknown),
            (b"\x1f", Content::Unknown),
        ];
        for (start, content) in table {
            assert_eq!(Content::detect(start), content, "{start:?}");
        }
    }
}
