//! The package's part of /usr, the account it declares, our records, and /etc.

use super::{directory, file, host_env};
use crate::config::Config;
use crate::deployed::{self, Deployed};
use crate::predecessor::sudoers::SCRIPT_SANDBOX;
use crate::resource::Resource;
use crate::resource::file::File;
use crate::resource::leftover::{Leftover, Mark};
use crate::resource::made_list::MadeList;
use crate::resource::record::Record;
use crate::resource::sysctl::Sysctl;
use crate::resource::user::User;
use crate::state::State;
use left4me::layout::Layout;

pub fn resources(config: &Config) -> Vec<Box<dyn Resource>> {
    let layout = &config.layout;
    let mut list: Vec<Box<dyn Resource>> = Vec::new();
    list.extend(deployed::PACKAGED.iter().map(|deployed| file(deployed, config)));
    list.push(Box::new(User {
        home: layout.root().to_owned(),
        declared_in: deployed::PACKAGED[0].path_for(layout),
    }));
    list.push(directory(State::DIRECTORY, "holds the record of what was made, downloaded and installed"));
    if config.can_own {
        list.push(Box::new(Record));
        list.push(Box::new(MadeList { adopts: adopted(config) }));
    }
    list.push(directory("/etc/left4me", "holds host.yaml and host.env"));
    let host_env = File::from_deployed(&deployed::HOST_ENV, layout, config.reset_config);
    list.push(Box::new(File { adjust: Some(host_env::with_root), ..host_env }));
    list.push(file(&deployed::SUDOERS, config));
    list.push(file(&deployed::SYSCTL, config));
    list.push(Box::new(Sysctl { file: deployed::SYSCTL.path.into() }));
    if layout == &Layout::default() {
        // The units of another root, from when this host had one.
        let generated = deployed::PACKAGED.iter().filter_map(Deployed::generated_path);
        list.extend(generated.map(leftover));
    }
    list
}

/// Files that count as ours when they are in sync. The predecessor makes the same host.env.
fn adopted(config: &Config) -> Vec<File> {
    let mut files = vec![deployed::SUDOERS, deployed::SYSCTL, deployed::WRAPPER, SCRIPT_SANDBOX];
    if !config.predecessor.was_here {
        files.push(deployed::HOST_ENV);
    }
    files.iter().map(|file| File::from_deployed(file, &config.layout, config.reset_config)).collect()
}

fn leftover(path: String) -> Box<dyn Resource> {
    Box::new(Leftover {
        path: path.into(),
        mark: Mark::FirstLine,
        why: "it would outrank the unit that is right for this root",
        needs: Vec::new(),
    })
}
