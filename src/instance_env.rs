//! `instance.env`: three keys, read by systemd for the server and by the overlay helper.
//!
//! The runtime user owns the file, so what is read from it is input, never truth. The format is
//! what systemd's `EnvironmentFile=` reads for values without quotes, backslashes and control
//! characters; [`crate::spec`] refuses those before anything is written.

use crate::layout::Layout;
use crate::spec::Spec;

/// The value of the last `KEY=` line, as systemd would take it; surrounding quotes are not expected.
pub fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .next_back()
        .map(str::trim)
}

/// Renders the three keys for a spec: absolute layers, highest precedence first, the game last.
pub fn render(spec: &Spec, layout: &Layout) -> String {
    let mut layers: Vec<String> =
        spec.overlays.iter().map(|o| layout.overlay(&o.path).display().to_string()).collect();
    layers.push(layout.installation().display().to_string());
    format!(
        "L4D2_PORT={}\nL4D2_ARGS={}\nL4D2_LOWERDIRS={}\n",
        spec.port,
        spec.arguments.join(" "),
        layers.join(":")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_systemd_reads() {
        let text = "A=1\n# A=2\nB = 3\nA=4 \nAA=5\n";
        assert_eq!(value(text, "A"), Some("4"));
        assert_eq!(value(text, "AA"), Some("5"));
        assert_eq!(value(text, "C"), None);
    }

    #[test]
    fn renders_the_three_keys() {
        let spec = Spec::parse("port: 27015\noverlays: [a, {path: b/c, alias: x}]\narguments: ['-tickrate 100', +map c1m1_hotel]\n", "spec").unwrap();
        assert_eq!(
            render(&spec, &Layout::default()),
            "L4D2_PORT=27015\nL4D2_ARGS=-tickrate 100 +map c1m1_hotel\n\
             L4D2_LOWERDIRS=/var/lib/left4me/overlays/a:/var/lib/left4me/overlays/b/c:/var/lib/left4me/installation\n"
        );
    }
}
