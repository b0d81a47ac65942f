//! The rcon password that a server runs with, read where the engine reads it: its arguments, and the configuration
//! that it executes in its own file tree.

use crate::cfg_directory::CFG;
use crate::{instances, layers};
use left4me::engine_cfg::{self, Command};
use left4me::layout::Layout;
use left4me::mounted::Mounted;
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Error, Result, beneath, env_file, instance_env};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "rcon_password";
/// Largest configuration file that is read, in bytes, and how many of them: they may execute each other.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
const MAX_FILES: usize = 64;

/// The password; an error that says where to set one, if there is none.
pub fn find(layout: &Layout, name: &InstanceName) -> Result<String> {
    let mut engine = Engine { layers: open_layers(layout, name)?, files: 0, password: None };
    engine.execute("autoexec.cfg");
    let environment = Mounted::read(name)
        .map(|mounted| mounted.environment)
        .or_else(|| read::text(&layout.instance_env(name), Links::Refuse, ENVIRONMENT))
        .unwrap_or_default();
    for (argument, value) in
        engine_cfg::arguments(env_file::value(&environment, "L4D2_ARGS").unwrap_or_default())
    {
        if argument.eq_ignore_ascii_case(VARIABLE) {
            engine.password = Some(value);
        }
    }
    engine.execute("server.cfg");
    engine.password.filter(|password| !password.is_empty()).ok_or_else(|| {
        Error::new(format!("'{name}' runs without an rcon password")).hint(format!(
            "add a line '{VARIABLE} YOUR-PASSWORD' to config in its specification, then: \
             sudo l4d2ctl initialize {name} -f SPEC && sudo l4d2ctl restart {name}"
        ))
    })
}

const ENVIRONMENT: Limit = Limit::Whole(instance_env::MAX_BYTES as u64);

/// What the engine has done so far.
struct Engine {
    /// Highest precedence first.
    layers: Vec<OwnedFd>,
    files: usize,
    password: Option<String>,
}

impl Engine {
    fn execute(&mut self, file: &str) {
        self.files += 1;
        if self.files > MAX_FILES {
            return;
        }
        let Some(text) = self.layers.iter().find_map(|layer| content(layer, file)) else { return };
        for command in engine_cfg::commands(&text) {
            self.obey(&command);
        }
    }

    fn obey(&mut self, command: &Command) {
        if command.is(VARIABLE) {
            self.password = Some(command.value().to_owned());
        } else if command.is("exec")
            && let Some(file) = command.argument()
        {
            let extension = if file.contains('.') { "" } else { ".cfg" };
            self.execute(&format!("{file}{extension}"));
        }
    }
}

/// The mounted tree is what the engine sees; without one, the layers of which it would be made.
fn open_layers(layout: &Layout, name: &InstanceName) -> Result<Vec<OwnedFd>> {
    let merged = layout.merged(name);
    let paths: Vec<PathBuf> = if instances::is_mounted(&merged)? {
        vec![merged]
    } else {
        layers::list_even_if_damaged(layout, name)?.into_iter().map(|(_, path)| path).collect()
    };
    Ok(paths.iter().filter_map(|path| beneath::open_directory(path).ok()).collect())
}

/// A configuration file of a layer; a server can put anything in its place, so a link must stay in the layer.
fn content(layer: &OwnedFd, file: &str) -> Option<String> {
    let path = Path::new(CFG).join(file);
    let text = read::file_beneath(layer, &path, &path, Links::Follow, Limit::Whole(MAX_BYTES)).ok()??;
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn host() -> (tempfile::TempDir, Layout, InstanceName) {
        let dir = tempfile::Builder::new().prefix("rcon-password-").tempdir().unwrap();
        let (layout, name) = (Layout::new(dir.path()).unwrap(), InstanceName::parse("a").unwrap());
        for directory in [layout.instance(&name), layout.upper(&name).join(CFG)] {
            fs::create_dir_all(directory).unwrap();
        }
        for overlay in ["one", "two"] {
            fs::create_dir_all(layout.overlays().join(overlay).join(CFG)).unwrap();
        }
        (dir, layout, name)
    }

    #[test]
    fn what_the_engine_would_read_last() {
        let (_dir, layout, name) = host();
        let environment = |arguments: &str| {
            let overlays = layout.overlays().display().to_string();
            format!("L4D2_PORT=27015\nL4D2_ARGS={arguments}\nL4D2_LOWERDIRS={overlays}/one:{overlays}/two\n")
        };
        fs::write(layout.overlays().join("one").join(CFG).join("server.cfg"), "rcon_password one").unwrap();
        let two = layout.overlays().join("two").join(CFG);
        fs::write(two.join("server.cfg"), "rcon_password hidden").unwrap();
        fs::write(two.join("secrets.cfg"), "RCON_PASSWORD \"two words\"").unwrap();
        fs::write(two.join("loop.cfg"), "exec loop; exec loop").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", two.join("out.cfg")).unwrap();
        fs::write(two.join("autoexec.cfg"), "rcon_password automatic").unwrap();
        // The arguments, the instance's own server.cfg (none: an overlay's is read), the password.
        let table = [
            ("", Some("rcon_password own"), Some("own")),
            ("+rcon_password argument", Some("rcon_password own"), Some("own")),
            ("+rcon_password argument", Some("hostname x"), Some("argument")),
            ("", Some("hostname x"), Some("automatic")),
            ("", None, Some("one")),
            ("", Some("rcon_password a\nrcon_password b // c"), Some("b")),
            ("", Some("rcon_password a; exec secrets"), Some("two words")),
            ("", Some("exec \"secrets.cfg\"\nrcon_password a"), Some("a")),
            ("", Some("rcon_password a\nexec loop\nexec absent\nexec out\nexec ../../x"), Some("a")),
            ("", Some("rcon_password \"\""), None),
        ];
        for (arguments, own, password) in table {
            fs::write(layout.instance_env(&name), environment(arguments)).unwrap();
            let file = layout.upper(&name).join(CFG).join("server.cfg");
            match own {
                Some(own) => fs::write(&file, own).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            let found = find(&layout, &name);
            assert_eq!(found.as_deref().ok(), password, "{arguments} {own:?}");
        }
        let error = find(&layout, &name).unwrap_err();
        assert_eq!(error.message(), "'a' runs without an rcon password");
        assert!(error.remedy().unwrap().contains("rcon_password YOUR-PASSWORD"), "{error:?}");
    }
}
