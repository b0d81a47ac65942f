//! Whether the configuration that servers read is ASCII.

use crate::status;
use left4me::check::Check;
use left4me::host::Host;
use left4me::non_ascii::Scan;

const NAME: &str = "configuration text";
/// How many files the sentence names.
const SHOWN: usize = 3;

/// Checks the files of all instances, as the runtime user.
pub fn check(host: &Host) -> Check {
    let scan = host.as_runtime_user(|| {
        let mut scan = Scan::default();
        status::instances(host).iter().for_each(|(name, _)| scan.instance(&host.layout, name));
        Ok(scan)
    });
    match scan {
        Ok(scan) => from_scan(&scan),
        Err(error) => Check::warn(NAME, error.message(), "sudo left4me-setup apply"),
    }
}

fn from_scan(scan: &Scan) -> Check {
    if scan.findings.is_empty() {
        return Check::ok(NAME, "every configuration file is ASCII");
    }
    let mut sentence: Vec<String> = scan.findings.iter().take(SHOWN).map(ToString::to_string).collect();
    match scan.findings.len() - sentence.len() {
        0 => {}
        1 => sentence.push("one more file".into()),
        more => sentence.push(format!("{more} more files")),
    }
    Check::warn(
        NAME,
        sentence.join("; "),
        "remove such characters, also from comments: they may make the engine ignore settings, loop or crash",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;
    use left4me::layout::Layout;
    use left4me::name::InstanceName;

    #[test]
    fn files_are_named_and_counted() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let host = Host::unprivileged(Layout::new(dir.path()).unwrap());
        assert_eq!(check(&host).status, Status::Ok);
        for number in 0..5 {
            let name = InstanceName::parse(&number.to_string()).unwrap();
            std::fs::create_dir_all(host.layout.instance(&name)).unwrap();
            std::fs::write(host.layout.instance_env(&name), "").unwrap();
            std::fs::write(host.layout.server_cfg(&name), "one\nh\u{f6}stname x\n").unwrap();
        }
        let found = check(&host);
        assert_eq!(found.status, Status::Warn);
        assert!(found.sentence.contains("instances/0/server.cfg:2: 'ö' is not ASCII; "), "{found:?}");
        assert!(found.sentence.ends_with("; 2 more files"), "{found:?}");
    }
}
