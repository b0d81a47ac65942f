//! Answers of a bad network: `/fault/KIND[,OPTION=VALUE…]/FILE`.
//!
//! `times=N`: the fault strikes N times, and then the path is served; `after=SECONDS`: what `Retry-After`
//! says; any other option only tells one path from another.

use crate::http::{Request, file, head, identity, sized, status};
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// How much an endless answer sends before it gives up.
const ENDLESS: u64 = 1 << 30;

/// What is wrong with an answer.
pub(crate) struct Fault {
    kind: String,
    /// What the path names behind it.
    name: String,
    retry_after: Option<String>,
}

impl Fault {
    /// The fault that a path asks for, if it has not struck often enough.
    pub(crate) fn from_path(struck: &Mutex<HashMap<String, u32>>, path: &str) -> Option<Fault> {
        let (words, name) = path.strip_prefix("/fault/")?.split_once('/')?;
        let mut words = words.split(',');
        let mut fault = Fault { kind: words.next()?.to_owned(), name: name.to_owned(), retry_after: None };
        let mut times = u32::MAX;
        for (option, value) in words.filter_map(|word| word.split_once('=')) {
            match option {
                "times" => times = value.parse().ok()?,
                "after" => fault.retry_after = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut struck = struck.lock().ok()?;
        let count = struck.entry(path.to_owned()).or_default();
        *count += 1;
        (*count <= times).then_some(fault)
    }

    /// Whether the connection is closed with something unread, which is a reset.
    pub(crate) fn resets(&self) -> bool {
        self.kind.starts_with("reset")
    }

    fn refuse(&self, mut stream: &TcpStream, code: &str) -> io::Result<()> {
        let after = self.retry_after.as_ref().map(|s| format!("Retry-After: {s}\r\n")).unwrap_or_default();
        head(stream, code, &format!("{after}Content-Length: 5\r\n"))?;
        stream.write_all(b"busy\n")
    }
}

/// Answers as the fault has it.
pub(crate) fn faulty(
    mut stream: &TcpStream,
    request: &Request,
    fault: &Fault,
    body: &[u8],
) -> io::Result<String> {
    let half = &body[..body.len() / 2];
    match fault.kind.as_str() {
        "truncated" => {
            head(stream, "200 OK", &sized(body.len()))?;
            stream.write_all(half)?;
        }
        "flipped" => {
            let mut body = body.to_vec();
            let middle = body.len() / 2;
            if let Some(byte) = body.get_mut(middle) {
                *byte ^= 0x10;
            }
            return file(stream, request, &body);
        }
        "oversized" => endless(stream, body)?,
        "html" => {
            let page = b"<!doctype html><title>Welcome</title><p>Please accept our terms to go online.\n";
            return status(stream, "200 OK", "text/html; charset=utf-8", page);
        }
        "short-length" | "long-length" => {
            let wrong = if fault.kind == "short-length" { body.len() / 2 } else { body.len() + 4096 };
            head(stream, "200 OK", &sized(wrong))?;
            stream.write_all(body)?;
        }
        "404" => return status(stream, "404 Not Found", "text/html", b"<h1>404</h1>\n"),
        "500" => return status(stream, "500 Internal Server Error", "text/plain", b"broken\n"),
        "503" => fault.refuse(stream, "503 Service Unavailable")?,
        "429" => fault.refuse(stream, "429 Too Many Requests")?,
        "redirect" => return redirect(stream, &format!("/{}", fault.name)),
        "redirect-loop" => return redirect(stream, &request.path),
        // An address of the documentation range: nobody answers there.
        "redirect-http-away" => return redirect(stream, &format!("http://192.0.2.1/{}", fault.name)),
        "stall" => {
            head(stream, "200 OK", &sized(body.len()))?;
            stream.write_all(half)?;
            thread::sleep(Duration::from_secs(3600));
        }
        "stall-headers" => thread::sleep(Duration::from_secs(3600)),
        "slow" => {
            head(stream, "200 OK", &sized(body.len()))?;
            for piece in body.chunks(body.len().div_ceil(50).max(1)) {
                stream.write_all(piece)?;
                thread::sleep(Duration::from_millis(100));
            }
        }
        "drop" => {
            head(stream, "200 OK", &format!("{}{}", sized(body.len()), identity(body)))?;
            stream.write_all(half)?;
        }
        "no-range" => {
            let whole =
                Request { range: None, method: request.method.clone(), path: String::new(), if_range: None };
            return file(stream, &whole, body);
        }
        "cut-range" => {
            let (first, last) = request.range.unwrap_or_default();
            let (first, size) = (first.unwrap_or(0), body.len() as u64);
            let end = last.map_or(size, |last| last.saturating_add(1).min(size)).max(first);
            let part = &body[first as usize..end as usize];
            let range = format!("Content-Range: bytes {first}-{}/{size}\r\n", end - 1);
            head(stream, "206 Partial Content", &format!("{}{range}", sized(part.len())))?;
            stream.write_all(&part[..part.len() / 2])?;
        }
        "wrong-range" => {
            let range = format!("Content-Range: bytes 7-{}/{}\r\n", body.len() - 1, body.len());
            head(stream, "206 Partial Content", &format!("{}{range}", sized(body.len() - 7)))?;
            stream.write_all(&body[7..])?;
        }
        "reset-middle" => {
            head(stream, "200 OK", &sized(body.len()))?;
            stream.write_all(half)?;
        }
        "reset" | "close" => {}
        kind => {
            return status(stream, "400 Bad Request", "text/plain", format!("no fault {kind}\n").as_bytes());
        }
    }
    Ok(format!("fault {}", fault.kind))
}

fn endless(mut stream: &TcpStream, body: &[u8]) -> io::Result<()> {
    head(stream, "200 OK", "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n")?;
    let filler = vec![0x5a; 1 << 16];
    let (mut sent, mut piece) = (0, body);
    while sent < ENDLESS {
        if !piece.is_empty() {
            write!(stream, "{:x}\r\n", piece.len())?;
            stream.write_all(piece)?;
            stream.write_all(b"\r\n")?;
        }
        sent += piece.len() as u64;
        piece = &filler;
    }
    stream.write_all(b"0\r\n\r\n")
}

fn redirect(stream: &TcpStream, to: &str) -> io::Result<String> {
    head(stream, "302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n"))?;
    Ok(format!("302 to {to}"))
}
