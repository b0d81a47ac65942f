//! Builds that are kept, and which of their lists survive a squash. Pure.

use super::name::LayerName;

/// A build that is kept, and the updates that it consists of, topmost first, above the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Its number at Steam, with that of the repair if it is one.
    pub name: LayerName,
    /// What `updates/current` says while it is in use.
    pub layers: Vec<LayerName>,
}

/// The build that the one in use was made over: its layers are the end of those in use, as many as possible.
pub fn before<'b>(in_use: &[LayerName], builds: &'b [Build]) -> Option<&'b Build> {
    let is_below = |build: &&Build| build.layers.len() < in_use.len() && in_use.ends_with(&build.layers);
    builds.iter().filter(is_below).max_by_key(|build| build.layers.len())
}

/// What remains of a build once `squashed` has become the base: what lies above it, or nothing where it needs the
/// old base.
pub fn above(layers: &[LayerName], squashed: &[LayerName]) -> Option<Vec<LayerName>> {
    layers.strip_suffix(squashed).map(<[LayerName]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::super::list::parse_list;
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    fn names(text: &str) -> Vec<LayerName> {
        parse_list(text.replace(' ', "\n").as_bytes(), Path::new("x")).unwrap()
    }

    fn build(name: &str, layers: &str) -> Build {
        Build { name: LayerName::parse(name).unwrap(), layers: names(layers) }
    }

    #[test]
    fn the_build_before_is_the_one_below() {
        let builds = [build("5", ""), build("10", "10"), build("20", "20.1 20 10"), build("30", "30 10")];
        for (in_use, expected) in [
            ("", None),
            ("10", Some("5")),
            ("20.1 20 10", Some("10")),
            ("20 10", Some("10")),
            ("30 10", Some("10")),
            ("40 20.1 20 10", Some("20")),
            ("40", Some("5")),
        ] {
            let found = before(&names(in_use), &builds).map(|build| build.name.as_str());
            assert_eq!(found, expected, "{in_use}");
        }
        assert_eq!(before(&names("10"), &builds[1..]), None);
    }

    #[test]
    fn what_a_squash_leaves_of_a_build() {
        for (layers, squashed, left) in [
            ("20 10", "20 10", Some("")),
            ("30 20 10", "20 10", Some("30")),
            ("40 30 20 10", "20 10", Some("40 30")),
            ("10", "20 10", None),
            ("", "20 10", None),
            ("30 10", "20 10", None),
            ("20 10 5", "20 10", None),
            ("20 10", "10", Some("20")),
        ] {
            assert_eq!(above(&names(layers), &names(squashed)), left.map(names), "{layers}");
        }
    }

    proptest! {
        /// The tree that a list stands for stays the same: what is left, over what was squashed, is what was there.
        #[test]
        fn a_squash_changes_no_build(layers in prop::collection::vec(1u8..9, 0..6), squashed in prop::collection::vec(1u8..9, 0..4)) {
            let names = |numbers: &[u8]| -> Vec<LayerName> {
                numbers.iter().map(|number| LayerName::parse(&number.to_string()).unwrap()).collect()
            };
            let (layers, squashed) = (names(&layers), names(&squashed));
            match above(&layers, &squashed) {
                Some(left) => prop_assert_eq!([left, squashed].concat(), layers),
                None => prop_assert!(!layers.ends_with(&squashed)),
            }
        }
    }
}
