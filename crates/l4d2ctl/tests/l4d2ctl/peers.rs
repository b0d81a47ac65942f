//! RCON against an implementation that is not ours: rconx, from PyPI, which has both sides of the protocol.

use super::console::engine;
use super::double::free_port;
use super::host::Host;
use left4me_test_support::{needs, repository};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn python(script: &str, port: u16) -> Command {
    let program = repository().join("target/rconx/bin/python");
    needs::file(program.to_str().unwrap());
    let mut command = Command::new(program);
    command.args(["-c", script, &port.to_string()]).stdin(Stdio::null());
    command
}

#[test]
#[ignore = "needs root and rconx of PyPI: tests/run.sh"]
fn our_client_and_their_server() {
    const SERVER: &str = r#"
import sys, rconx
answers = {'long': ('x' * 79 + '\n') * 3000, 'none': ''}
rconx.RconServer(
    '127.0.0.1', int(sys.argv[1]), authentication='two words',
    command_handler=lambda content, info: answers.get(content.text, 'heard ' + content.text),
).serve(on_started=lambda: print('listening', flush=True))
"#;
    let (host, port) = (Host::new(), free_port());
    host.initialize("a", &format!("port: {port}\nconfig: ['rcon_password \"two words\"']"));
    host.as_root(&["start", "a"]);
    let mut server = python(SERVER, port).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let rcon = |command: &str| host.as_root(&["rcon", "a", command]);
    let replies = [rcon("status"), rcon("none"), rcon("long")].map(|ended| ended.ok());
    let staged = host.path("root/runtime/a/upper/left4dead2/cfg/server.cfg");
    std::fs::write(staged, "rcon_password wrong").unwrap();
    let refused = rcon("status").err;
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!((replies[0].as_str(), replies[1].as_str()), ("heard status\n", ""));
    assert!(replies[2] == ("x".repeat(79) + "\n").repeat(3000), "{} bytes", replies[2].len());
    assert!(refused.starts_with("error: 'a' refused the rcon password\n"), "{refused}");
}

#[test]
#[ignore = "needs root, a C compiler and rconx of PyPI: tests/run.sh"]
fn their_client_and_the_engines_double() {
    const CLIENT: &str = r#"
import sys, rconx
ask = lambda command, password: rconx.execute('127.0.0.1', int(sys.argv[1]), command, password=password, preset='srcds')
print(ask('hostname', 'secret').text, end='')
print(len(ask('cvarlist', 'secret').text.splitlines()))
try:
    ask('hostname', 'wrong')
except rconx.RconAuthenticationError:
    print('refused')
"#;
    let host = Host::new();
    let engine = engine(&host, "a", "hostname My Server, rcon_password secret");
    let port = engine.port();
    let ended = python(CLIENT, port).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(said, "\"hostname\" = \"My Server\" ( def. \"\" )\n2504\nrefused\n", "{ended:?}");
}
