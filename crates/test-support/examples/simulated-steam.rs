//! `simulated-steam DIR [PORT]`: serves DIR on the loopback; the first line that it prints is its address.

use left4me_test_support::server;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    let (options, args): (Vec<_>, Vec<_>) = std::env::args_os().skip(1).partition(|a| a == "--while-stdin");
    if !options.is_empty() {
        // Ends with whoever holds the other end of our standard input, however that one ends.
        thread::spawn(|| {
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            std::process::exit(0);
        });
    }
    let mut args = args.into_iter();
    let Some(dir) = args.next() else {
        eprintln!("usage: simulated-steam DIR [PORT] [--while-stdin]");
        return ExitCode::from(2);
    };
    let port = match args.next().map(|port| port.to_string_lossy().parse::<u16>()) {
        None => 0,
        Some(Ok(port)) => port,
        Some(Err(error)) => {
            eprintln!("simulated-steam: the port: {error}");
            return ExitCode::from(2);
        }
    };
    match serve(dir.into(), port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulated-steam: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(dir: std::path::PathBuf, port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    // The first line tells the caller where to go; it has to be there before the first request.
    let mut stdout = io::stdout();
    writeln!(stdout, "http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    server::serve(&listener, dir, |line| eprintln!("simulated-steam: {line}"))
}
