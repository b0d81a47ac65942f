//! HTTP, as far as the server speaks it: requests with a range, answers with a file or a few words.

use std::io::{self, BufRead, Write};
use std::net::TcpStream;

/// What one connection asks for.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// First and last byte of `Range: bytes=A-B`, either of which may be missing.
    pub(crate) range: Option<(Option<u64>, Option<u64>)>,
    pub(crate) if_range: Option<String>,
}

pub(crate) fn read_request_line(reader: &mut impl BufRead) -> io::Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
    Ok(Request {
        method: method.to_owned(),
        path: target.split(['?', '#']).next().unwrap_or("/").to_owned(),
        range: None,
        if_range: None,
    })
}

pub(crate) fn read_headers(reader: &mut impl BufRead, request: &mut Request) -> io::Result<()> {
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            return Ok(());
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "range" => request.range = parse_range(value),
            "if-range" => request.if_range = Some(value.to_owned()),
            _ => {}
        }
    }
}

/// One range of bytes; anything more elaborate is ignored, as HTTP allows.
fn parse_range(value: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Some((number(first)?, number(last)?))
}

/// The file, whole or the part that was asked for.
pub(crate) fn file(mut stream: &TcpStream, request: &Request, body: &[u8]) -> io::Result<String> {
    let (tag, size) = (etag(body), body.len() as u64);
    let mut part = (0, size);
    let mut code = "200 OK";
    let mut extra = identity(body);
    // A part of another version is of no use, so If-Range turns it into the whole.
    if let Some(range) = request.range.filter(|_| request.if_range.as_ref().is_none_or(|t| *t == tag)) {
        part = match range {
            (Some(first), last) => (first, last.map_or(size, |last| last.saturating_add(1).min(size))),
            (None, last) => (size.saturating_sub(last.unwrap_or(0)), size),
        };
        if part.0 >= part.1 {
            head(
                stream,
                "416 Range Not Satisfiable",
                &format!("Content-Range: bytes */{size}\r\n{}", sized(0)),
            )?;
            return Ok("416".to_owned());
        }
        code = "206 Partial Content";
        extra += &format!("Content-Range: bytes {}-{}/{size}\r\n", part.0, part.1 - 1);
    }
    let bytes = &body[part.0 as usize..part.1 as usize];
    head(stream, code, &format!("{}{extra}", sized(bytes.len())))?;
    if request.method != "HEAD" {
        stream.write_all(bytes)?;
    }
    Ok(format!("{} {} bytes", &code[..3], bytes.len()))
}

pub(crate) fn status(mut stream: &TcpStream, code: &str, kind: &str, body: &[u8]) -> io::Result<String> {
    head(stream, code, &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()))?;
    stream.write_all(body)?;
    Ok(code.to_owned())
}

pub(crate) fn head(mut stream: &TcpStream, code: &str, headers: &str) -> io::Result<()> {
    stream.write_all(format!("HTTP/1.1 {code}\r\n{headers}Connection: close\r\n\r\n").as_bytes())
}

pub(crate) fn sized(length: usize) -> String {
    format!("Content-Type: application/gzip\r\nContent-Length: {length}\r\n")
}

pub(crate) fn identity(body: &[u8]) -> String {
    format!("Accept-Ranges: bytes\r\nETag: {}\r\n", etag(body))
}

/// FNV-1a: strong enough to tell two test files apart.
fn etag(body: &[u8]) -> String {
    let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("\"{hash:016x}\"")
}
