//! `bench-download serve DIR`: hands out the files of DIR as fast as the kernel can.
//! `bench-download fetch URL SHA256 TARGET`: what `left4me-setup apply` does with SteamCMD's tarball, the
//! same code, but without its bounds, which the large archive of the benchmark exceeds.
#![forbid(unsafe_code)]

use left4me::{Context, Error, Result};
use left4me_steam::download::client::client;
use left4me_steam::download::receive::Limits;
use left4me_steam::download::source::Source;
use left4me_steam::download::swap::replace_tree;
use left4me_steam::download::transfer::Transfer;
use left4me_steam::download::unpack::Bounds;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["serve", dir] => serve(dir.into()).context(|| "cannot serve".into()),
        ["fetch", url, sha256, target] => fetch(url, sha256, Path::new(target)),
        _ => Err(Error::usage("serve DIR, or fetch URL SHA256 TARGET")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report("bench-download"),
    }
}

fn fetch(url: &str, sha256: &str, target: &Path) -> Result<()> {
    let source = Source::new(Some(url.to_owned()), Some(sha256.to_owned()))?;
    let silence = Duration::from_secs(30);
    let transfer = Transfer {
        client: &client(silence)?,
        sha256: Some(&source.sha256),
        limits: Limits { received: u64::MAX, silence, longest: Duration::from_secs(3600) },
        bounds: Bounds { unpacked: u64::MAX, entries: usize::MAX },
        observer: &|_, _| {},
    };
    replace_tree(target, |new| match transfer.download(&source.urls[0], new) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::new(error.to_string())),
    })
    .map(drop)
}

fn serve(dir: PathBuf) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    for stream in listener.incoming() {
        let (dir, stream) = (dir.clone(), stream?);
        std::thread::spawn(move || {
            if let Err(e) = answer(&dir, stream) {
                eprintln!("bench-download: {e}");
            }
        });
    }
    Ok(())
}

fn answer(dir: &Path, mut stream: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))?;
    // To the end of the head: bytes left unread would reset the connection.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let name = request.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let mut file = File::open(dir.join(name))?;
    let length = file.metadata()?.len();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    // Between a file and a socket this is sendfile(2).
    io::copy(&mut file, &mut stream).map(drop)
}
