use super::*;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct House {
    name: Option<Value<Text>>,
    floors: Option<Value<Number>>,
    rooms: Option<Value<List<Text>>>,
    garden: Option<Value<Mapping<Garden>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Garden {
    trees: Option<Value<Text>>,
}

fn read(text: &str) -> Result<String> {
    let document = Document::new(text, "house.yaml");
    let root: Value<Mapping<House>> = document.read()?;
    let Mapping(house) = document.expect(&root, "a house")?;
    let mut shown = Vec::new();
    if let Some(name) = &house.name {
        shown.push(document.text(name, "name")?);
    }
    if let Some(floors) = &house.floors {
        document.expect(floors, "floors")?;
    }
    if let Some(rooms) = &house.rooms {
        for room in &document.expect(rooms, "rooms")?.0 {
            shown.push(document.text(room, "a room")?);
        }
    }
    if let Some(garden) = &house.garden
        && let Some(trees) = &document.expect(garden, "garden")?.0.trees
    {
        shown.push(document.text(trees, "trees")?);
    }
    Ok(shown.join("|"))
}

#[test]
fn scalars_keep_their_spelling() {
    for (text, shown) in [
        ("name: 08", "08"),
        ("name: 0x10", "0x10"),
        ("name: 1e999", "1e999"),
        ("name: .nan", ".nan"),
        ("name: -9223372036854775809", "-9223372036854775809"),
        ("name: yes", "yes"),
        ("name: true", "true"),
        ("name: 'a b'", "a b"),
        ("name: \"\\x41\"", "A"),
        ("name: 8 # eight", "8"),
        ("\u{feff}name: 8", "8"),
        ("name: ~", ""),
        ("floors: 2\nname: a", "a"),
        ("{floors: -2, name: a}", "a"),
        ("floors: 99999999999999999999\nname: a", "a"),
        ("floors: 2.5\nname: a", "a"),
        ("floors: false\nname: a", "a"),
        ("name: é\nrooms: [1.50, &a 08, *a]\ngarden: {trees: 1_000}", "é|1.50|08|08|1_000"),
        ("{}", ""),
    ] {
        assert_eq!(read(text).as_deref(), Ok(shown), "{text}");
    }
}

#[test]
fn errors_name_the_place_and_the_remedy() {
    let quotes = "values with special characters need quotes: 'like this'";
    for (text, sentence, hint) in [
        ("", "house.yaml:1:1: a house is empty", "write one key per line: 'key: value'"),
        ("- a", "house.yaml:1:1: a house is a list, not a mapping", "write one key per line: 'key: value'"),
        (
            "name: [a]",
            "house.yaml:1:7: name is a list, not a text",
            "put the whole value in quotes: 'like this'",
        ),
        (
            "rooms:\n- a: b",
            "house.yaml:2:3: a room is a mapping, not a text",
            "put the whole value in quotes: 'like this'",
        ),
        (
            "rooms: true",
            "house.yaml:1:8: rooms is a number or truth value, not a list",
            "write one item per line, each starting with '- '",
        ),
        (
            "rooms: a",
            "house.yaml:1:8: rooms is a text, not a list",
            "write one item per line, each starting with '- '",
        ),
        (
            "floors: 'two'",
            "house.yaml:1:9: floors is a text, not a number",
            "write plain digits, without quotes",
        ),
        ("x: 1\n", "house.yaml:1:1: unknown key 'x'", "the known keys are name, floors, rooms and garden"),
        (
            "name: x\nroms: []",
            "house.yaml:2:1: unknown key 'roms'",
            "did you mean 'rooms'? The known keys are name, floors, rooms and garden",
        ),
        (
            "garden: {tree: 1}",
            "house.yaml:1:10: unknown key 'tree'",
            "did you mean 'trees'? The known keys are trees",
        ),
        ("name: a\nname: b", "house.yaml:2:1: the key 'name' appears twice", "keep one of them"),
        (
            "name: a\n---\nname: b",
            "house.yaml:3:1: only one YAML document is allowed",
            "remove the line '---'",
        ),
        ("name: [", "house.yaml:1:7: unclosed bracket '['", quotes),
        ("rooms: &r [*r]", "house.yaml:1:12: Recursive reference not allowed here", quotes),
        ("name: *n", "house.yaml:1:7: reference to unknown value", quotes),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!((error.message(), error.remedy()), (sentence, Some(hint)), "{text}");
    }
}

/// No YAML has a value of such a kind; another format that serde reads may.
#[test]
fn an_unknown_kind_of_value_is_named() {
    let bytes = serde::de::value::BytesDeserializer::<serde::de::value::Error>::new(b"x");
    let error = Found::<Number>::deserialize(bytes).unwrap_err();
    assert_eq!(error.to_string(), "invalid type: byte array, expected a number");
}

#[test]
fn documents_are_bounded() {
    let deep = |depth| format!("rooms: {}{}", "[".repeat(depth), "]".repeat(depth));
    let message = |text: &str| read(text).map_err(|e| e.message().to_owned());
    assert_eq!(message(&deep(15)), Err("house.yaml:1:9: a room is a list, not a text".to_owned()));
    assert_eq!(
        message(&deep(16)),
        Err("house.yaml:1:23: the values are nested more than 16 deep".to_owned())
    );
    let long = format!("name: {}", "x".repeat(MAX_BYTES));
    assert_eq!(read(&long[..MAX_BYTES]).map(|name| name.len()), Ok(MAX_BYTES - "name: ".len()));
    assert_eq!(read(&long[..=MAX_BYTES]).unwrap_err().message(), "house.yaml is larger than 256 KiB");
    // A list of 100 texts counts for 102 events, however often it is used.
    let aliases = |number| {
        format!(
            "rooms: &l [{}]\ngarden: {{}}\nname: [{}]",
            ["x"; 100].join(","),
            vec!["*l"; number].join(",")
        )
    };
    let last = |number: usize| message(&aliases(number)).unwrap_err();
    assert_eq!(last(98), "house.yaml:3:7: name is a list, not a text");
    assert_eq!(last(99), "house.yaml:3:302: the document is too large once its aliases are replaced");
}
