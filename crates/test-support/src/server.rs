//! An HTTP server that hands out the files of a directory under any path and, under
//! `/fault/KIND/FILE`, hands them out as a bad network would (`faults`).

use crate::faults::{Fault, faulty};
use crate::http::{Request, file, read_headers, read_request_line, status};
use std::collections::HashMap;
use std::fs;
use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What all connections share.
struct Site {
    dir: PathBuf,
    /// How often each path's fault has struck.
    struck: Mutex<HashMap<String, u32>>,
}

/// Serves `dir` to whoever connects, each connection in a thread of its own; `log` takes a line for each.
pub fn serve(listener: &TcpListener, dir: PathBuf, log: fn(&str)) -> io::Result<()> {
    let site = Arc::new(Site { dir, struck: Mutex::default() });
    for stream in listener.incoming() {
        let (site, stream) = (Arc::clone(&site), stream?);
        thread::spawn(move || match connection(&site, &stream) {
            Ok(what) => log(&what),
            Err(error) => log(&format!("?: {error}")),
        });
    }
    Ok(())
}

/// Reads one request, answers it, and says what happened, for the log.
fn connection(site: &Site, stream: &TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    // By single bytes: what a fault leaves unread makes the kernel reset the connection.
    let mut reader = BufReader::with_capacity(1, stream);
    let mut request = read_request_line(&mut reader)?;
    let fault = Fault::from_path(&site.struck, &request.path);
    if !fault.as_ref().is_some_and(Fault::resets) {
        read_headers(&mut reader, &mut request)?;
    }
    let line = format!("{} {}", request.method, request.path);
    let answered = answer(site, stream, &request, fault);
    Ok(match answered {
        Ok(note) => format!("{line} {note}"),
        // A client that hangs up in the middle is an ordinary event here.
        Err(error) => format!("{line} ended early: {error}"),
    })
}

/// The file that the last part of the path names. Only that part counts, so no path can climb out.
fn find(dir: &Path, path: &str) -> Option<Vec<u8>> {
    let name = path.rsplit('/').next().filter(|name| !name.is_empty() && *name != "..")?;
    fs::read(dir.join(name)).ok()
}

fn answer(site: &Site, stream: &TcpStream, request: &Request, fault: Option<Fault>) -> io::Result<String> {
    let Some(body) = find(&site.dir, &request.path) else {
        return status(stream, "404 Not Found", "text/plain", b"not here\n");
    };
    match fault {
        None => file(stream, request, &body),
        Some(fault) => faulty(stream, request, &fault, &body),
    }
}
