use super::*;
use proptest::prelude::*;

const CALL: Call = Call {
    destination: Some("org.freedesktop.systemd1"),
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
    member: "ListUnitsByPatterns",
    arguments: &[Argument::Texts(&[]), Argument::Texts(&["left4me-server@*.service"])],
};

/// A reply as systemd sends it: fields, then a body whose bytes the test made.
fn reply(kind: u8, to: u32, signature: &str, body: &[u8]) -> Vec<u8> {
    let mut message = Writer(vec![b'l', kind, 1, VERSION]);
    message.number(length_of(body));
    message.number(7);
    message.array(|fields| {
        fields.field(6, 's', |field| field.text(":1.42"));
        fields.field(5, 'u', |field| field.number(to));
        if kind == ERROR {
            fields.field(4, 's', |field| field.text("org.freedesktop.systemd1.NoSuchUnit"));
        }
        fields.field(8, 'g', |field| field.signature(signature));
        fields.field(7, 's', |field| field.text(":1.1"));
    });
    message.align(8);
    message.0.extend(body);
    message.0
}

fn decoded(message: &[u8]) -> Reply {
    Reply::decode(message).unwrap().expect("a reply")
}

/// The bytes that `busctl` 257 sends for the same call, but for its serial number and the order of the fields.
#[test]
fn a_call() {
    let message = encode(&CALL, 2);
    assert_eq!(message.len(), length(message.first_chunk().unwrap()).unwrap());
    let body = b"\0\0\0\0\x1d\0\0\0\x18\0\0\0left4me-server@*.service\0";
    assert!(message.ends_with(body) && (message.len() - body.len()).is_multiple_of(8));
    assert_eq!(message[..12], *b"l\x01\x02\x01\x25\0\0\0\x02\0\0\0");
    for field in [
        &b"\x01\x01o\0\x19\0\0\0/org/freedesktop/systemd1\0"[..],
        b"\x02\x01s\0\x20\0\0\0org.freedesktop.systemd1.Manager\0",
        b"\x03\x01s\0\x13\0\0\0ListUnitsByPatterns\0",
        b"\x06\x01s\0\x18\0\0\0org.freedesktop.systemd1\0",
        b"\x08\x01g\0\x04asas\0",
    ] {
        let at = message.windows(field.len()).position(|bytes| bytes == field).expect("the field");
        assert!(at.is_multiple_of(8), "{}", field.escape_ascii());
    }
    // Without a bus, there is nobody to name.
    let direct = encode(&Call { destination: None, ..CALL }, 2);
    assert!(!direct.windows(4).any(|bytes| bytes == b"\x06\x01s\0"));
}

#[test]
fn variants_in_the_words_of_systemctl() {
    for (signature, body, words) in [
        ("s", &b"\x07\0\0\0success\0"[..], "success"),
        ("o", b"\x02\0\0\0/a\0", "/a"),
        ("g", b"\x02as\0", "as"),
        ("b", b"\x01\0\0\0", "yes"),
        ("b", b"\0\0\0\0", "no"),
        ("i", b"\xff\xff\xff\xff", "-1"),
        ("u", b"\xff\xff\xff\xff", "4294967295"),
        ("t", b"\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
        ("as", b"\x0e\0\0\0\x01\0\0\0a\0\0\0\x01\0\0\0b\0", "a b"),
        ("as", b"\0\0\0\0", ""),
        ("(ss)", b"\x01\0\0\0a\0\0\0\x01\0\0\0b\0", "a \"b\""),
        ("(ss)", b"\0\0\0\0\0\0\0\0\0\0\0\0\0", ""),
    ] {
        let mut variant = Writer::default();
        variant.signature(signature);
        let alignment = if matches!(signature, "t" | "(ss)") { 8 } else { 4 };
        if signature != "g" {
            variant.align(alignment);
        }
        variant.0.extend(body);
        let message = reply(METHOD_RETURN, 3, "v", &variant.0);
        let reply = decoded(&message);
        assert_eq!((reply.to, reply.body("v").unwrap().variant().as_deref()), (3, Ok(words)), "{signature}");
    }
}

#[test]
fn errors_and_what_is_no_reply() {
    let answer = decoded(&reply(ERROR, 9, "s", b"\x02\0\0\0no\0"));
    assert_eq!(answer.to, 9);
    assert_eq!(
        answer.body("v").unwrap_err().message(),
        "systemd answered org.freedesktop.systemd1.NoSuchUnit"
    );
    let other = decoded(&reply(METHOD_RETURN, 9, "s", b"\x02\0\0\0no\0"));
    assert!(other.body("v").is_err());
    // A signal, such as the bus's on our name, and a call.
    for kind in [4, METHOD_CALL] {
        assert!(Reply::decode(&reply(kind, 9, "s", b"\x02\0\0\0no\0")).unwrap().is_none());
    }
}

#[test]
fn lengths_have_a_limit() {
    let head = |body: u32, fields: u32| {
        let mut head = [0; HEAD];
        (head[0], head[3]) = (b'l', VERSION);
        head[4..8].copy_from_slice(&body.to_le_bytes());
        head[12..].copy_from_slice(&fields.to_le_bytes());
        head
    };
    assert_eq!(length(&head(5, 9)).unwrap(), 16 + 16 + 5);
    let most = u32::try_from(MAX_MESSAGE).unwrap();
    assert!(length(&head(most, 0)).is_ok() && length(&head(most + 1, 0)).is_err());
    assert!(length(&head(0, most)).is_ok() && length(&head(0, most + 1)).is_err());
    let mut big_endian = head(5, 9);
    big_endian[0] = b'B';
    assert!(length(&big_endian).is_err());
}

proptest! {
    /// What was written is read again, whatever the strings are; what is cut short is an error.
    #[test]
    fn strings_survive(texts in proptest::collection::vec("\\PC{0,40}", 0..8), cut in 1..usize::MAX) {
        let mut variant = Writer::default();
        variant.signature("as");
        variant.align(4);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        variant.array(|array| texts.iter().for_each(|text| array.text(text)));
        let message = reply(METHOD_RETURN, 1, "v", &variant.0);
        prop_assert_eq!(decoded(&message).body("v").unwrap().variant().unwrap(), texts.join(" "));
        prop_assert!(Reply::decode(&message[..message.len() - 1 - cut % message.len()]).is_err());
        let shorter = reply(METHOD_RETURN, 1, "v", &variant.0[..variant.0.len() - 1 - cut % variant.0.len()]);
        prop_assert!(decoded(&shorter).body("v").unwrap().variant().is_err());
    }

    /// No bytes make it panic, or read for ever.
    #[test]
    fn any_bytes_end(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), change in any::<(usize, u8)>()) {
        let _ = Reply::decode(&bytes);
        if let Some(head) = bytes.first_chunk_mut::<HEAD>() {
            let _ = length(head);
        }
        // And a real one with one byte changed.
        let mut message = reply(METHOD_RETURN, 1, "a(ssssssouso)", &bytes);
        let at = change.0 % message.len();
        message[at] = change.1;
        if let Ok(Some(reply)) = Reply::decode(&message) {
            for signature in ["v", "a(ssssssouso)"] {
                let _ = reply.body(signature).map(|mut body| body.variant().is_ok());
                let read = |one: &mut Reader| one.text().map(str::to_owned);
                let _ = reply.body(signature).map(|mut body| body.structs(read).is_ok());
            }
        }
    }
}
