//! Whether Steam can be reached, as a hint: a network may be down now and up in a minute.

use crate::download::client::check_served;
use crate::download::source::Source;
use left4me::check::Check;
use reqwest::Url;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long all answers together are waited for; name resolution has no time-out of its own.
const TIMEOUT: Duration = Duration::from_secs(6);
/// SteamCMD's own first update comes from here, over plain HTTP.
const CLIENT: &str = "http://media.steampowered.com/client/steam_cmd_linux";

/// Asks every mirror at once, each for the head of its file.
pub fn reachable(source: &Source) -> Vec<Check> {
    let mut checks = vec![mirrors(&source.urls)];
    if source.is_valves()
        && let Ok(url) = Url::parse(CLIENT)
    {
        checks.push(client_update(url));
    }
    checks
}

fn mirrors(urls: &[Url]) -> Check {
    let name = "mirrors";
    let failures: Vec<String> = ask(urls).into_iter().filter_map(|(_, answer)| answer.err()).collect();
    let remedy =
        "check the network, name resolution (getent hosts steamcdn-a.akamaihd.net), firewall and https_proxy";
    match (failures.len(), urls.len()) {
        (0, n) => Check::ok(name, format!("{n} of {n} serve SteamCMD")),
        (bad, n) if bad < n => {
            Check::warn(name, format!("{} of {n} serve SteamCMD; {}", n - bad, failures[0]), remedy)
        }
        (_, n) => Check::warn(name, format!("none of {n} serves SteamCMD: {}", failures[0]), remedy),
    }
}

fn client_update(url: Url) -> Check {
    let name = "client update";
    match ask(&[url]).remove(0) {
        (_, Ok(())) => Check::ok(name, "SteamCMD can update itself (HTTP, port 80)"),
        (_, Err(why)) => Check::warn(
            name,
            format!("SteamCMD cannot update itself: {why}"),
            "allow outgoing connections to port 80 and 443",
        ),
    }
}

/// The result of each request, in the order of `urls`.
fn ask(urls: &[Url]) -> Vec<(Url, Result<(), String>)> {
    let (sender, answers) = mpsc::channel();
    for (place, url) in urls.iter().cloned().enumerate() {
        let sender = sender.clone();
        // Not joined: one that hangs in name resolution is left behind, and ends with the program.
        std::thread::spawn(move || sender.send((place, check_served(&url, TIMEOUT / 2))));
    }
    drop(sender);
    let silent = || Err(format!("no answer within {} s", TIMEOUT.as_secs()));
    let mut found: Vec<_> = urls.iter().map(|url| (url.clone(), silent())).collect();
    let deadline = Instant::now() + TIMEOUT;
    while let Ok((place, answer)) = answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        found[place].1 = answer;
    }
    for (url, answer) in &mut found {
        *answer = std::mem::replace(answer, Ok(()))
            .map_err(|why| format!("{}: {why}", url.host_str().unwrap_or("?")));
    }
    found
}
