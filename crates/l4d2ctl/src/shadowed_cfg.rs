//! Overlays whose `cfg/server.cfg` is shadowed: the engine reads only the topmost one.

use crate::cfg_directory::CFG;
use crate::layers::{self, Found};
use crate::server_cfg;
use left4me::beneath;
use left4me::engine_cfg;
use left4me::layout::Layout;
use left4me::name::OverlayRef;
use left4me::spec::{self, Overlay, Spec};
use std::path::Path;

/// A sentence for each of them: what hides it, and how to execute it nevertheless.
pub fn notes(layout: &Layout, spec: &Spec) -> Vec<String> {
    let mut with_one = spec.overlays.iter().filter(|overlay| has_server_cfg(layout, &overlay.path));
    let own = spec.config.join("\n");
    let (who, text) = if !server_cfg::is_blank(own.as_bytes()) {
        ("the instance's own config".to_owned(), own)
    } else if let Some(first) = with_one.next() {
        (format!("the overlay '{}'", first.path), text_of(layout, &first.path))
    } else {
        return Vec::new();
    };
    with_one.filter(|overlay| !is_executed(&text, overlay)).map(|o| note(&who, o, spec)).collect()
}

fn has_server_cfg(layout: &Layout, overlay: &OverlayRef) -> bool {
    let found = beneath::open_directory(&layout.overlay(overlay))
        .and_then(|layer| layers::lookup(layer, &Path::new(CFG).join("server.cfg")));
    matches!(found, Ok(Some(Found::File(_))))
}

fn text_of(layout: &Layout, overlay: &OverlayRef) -> String {
    let content = server_cfg::overlay_cfg(layout, overlay).ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&content).into_owned()
}

/// Whether a configuration executes the copy with the overlay's alias.
fn is_executed(text: &str, overlay: &Overlay) -> bool {
    let Some(alias) = &overlay.alias else { return false };
    engine_cfg::commands(text).filter(|command| command.is("exec")).any(|command| {
        let file = command.argument().unwrap_or_default();
        file.strip_suffix(".cfg").unwrap_or(file).strip_prefix("server_") == Some(alias)
    })
}

fn note(who: &str, overlay: &Overlay, spec: &Spec) -> String {
    let path = &overlay.path;
    let listed = match &overlay.alias {
        Some(_) => String::new(),
        None => format!("list the overlay as {{path: '{path}', alias: '{}'}} and ", free_alias(path, spec)),
    };
    let alias = overlay.alias.clone().unwrap_or_else(|| free_alias(path, spec));
    format!(
        "{who} hides {CFG}/server.cfg of the overlay '{path}'; to execute it too, {listed}add this line to config: \
         exec server_{alias}.cfg"
    )
}

/// An alias from the overlay's path that no other overlay has.
fn free_alias(path: &OverlayRef, spec: &Spec) -> String {
    let plain: String =
        path.as_str().chars().map(|c| if spec::is_alias_character(c) { c } else { '_' }).take(60).collect();
    let is_taken = |alias: &str| spec.overlays.iter().any(|o| o.alias.as_deref() == Some(alias));
    let numbered = (2..).map(|number| format!("{plain}_{number}"));
    std::iter::once(plain.clone()).chain(numbered).find(|alias| !is_taken(alias)).unwrap_or_default()
}
