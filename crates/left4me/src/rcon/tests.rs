use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// What a server sends.
fn sent(id: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    let size = i32::try_from(OVERHEAD + body.len()).unwrap();
    [&size.to_le_bytes(), &id.to_le_bytes(), &kind.to_le_bytes(), body, &[0, 0]].concat()
}

fn packets(stream: &[u8]) -> Result<Vec<Packet>> {
    let mut decoder = Decoder::default();
    decoder.push(stream);
    std::iter::from_fn(|| decoder.next_packet().transpose()).collect()
}

#[test]
fn requests() {
    let (_, login) = Login::begin(7, "pass").unwrap();
    assert_eq!(login, b"\x0e\0\0\0\x07\0\0\0\x03\0\0\0pass\0\0");
    let (_, command) = Exchange::begin(1, "status").unwrap();
    assert_eq!(command, b"\x10\0\0\0\x01\0\0\0\x02\0\0\0status\0\0\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0");
    for refused in ["a\nquit", "a\0", "a\u{85}b", &"x".repeat(MAX_BODY + 1)] {
        assert!(Exchange::begin(1, refused).is_err() && Login::begin(1, refused).is_err(), "{refused:?}");
    }
    assert_eq!(Exchange::begin(1, &"x".repeat(MAX_BODY)).unwrap().1.len(), 4100 + 14);
}

#[test]
fn logins() {
    let (login, _) = Login::begin(7, "pass").unwrap();
    for (id, kind, expected) in
        [(7, 0, None), (-1, 0, None), (7, 2, Some(true)), (-1, 2, Some(false)), (8, 2, None), (7, 3, None)]
    {
        assert_eq!(login.hear(&Packet { id, kind, body: vec![] }), expected, "{id} {kind}");
    }
}

#[test]
fn a_reply_ends_with_its_marker_and_has_nothing_of_others() {
    let (mut exchange, _) = Exchange::begin(3, "cvarlist").unwrap();
    // The second half of the last marker, two parts, a stranger's, and the marker.
    let stream = [
        sent(2, 0, b"\0\0\0\x01\0\0\0\0"),
        sent(3, 0, b"one "),
        sent(9, 0, b"stranger"),
        sent(3, 0, b"two"),
        sent(4, 0, b""),
    ]
    .concat();
    let heard: Vec<bool> =
        packets(&stream).unwrap().iter().map(|packet| exchange.hear(packet).unwrap()).collect();
    assert_eq!((heard, exchange.reply()), (vec![false, false, false, false, true], b"one two".to_vec()));
    let (mut exchange, _) = Exchange::begin(3, "x").unwrap();
    assert!(exchange.hear(&Packet { id: -1, kind: 2, body: vec![] }).is_err());
}

#[test]
fn replies_and_packets_are_bounded() {
    let (mut exchange, _) = Exchange::begin(1, "x").unwrap();
    let part = Packet { id: 1, kind: 0, body: vec![b'x'; MAX_PACKET] };
    let taken = (0..).take_while(|_| exchange.hear(&part).is_ok()).count();
    assert_eq!(taken, MAX_REPLY / MAX_PACKET);
    for size in [i32::MIN, -1, 0, 9, MAX_PACKET as i32 + 1, i32::MAX] {
        // Refused before anything of it is waited for.
        assert!(packets(&size.to_le_bytes()).is_err(), "{size}");
    }
    assert!(packets(b"HTTP/1.1 400 Bad Request\r\n").is_err());
}

#[test]
fn ends_of_bodies() {
    for (raw, body) in [
        (&b"ab\0\0"[..], &b"ab"[..]),
        (b"abc\0", b"abc"),
        (b"abcd", b"abcd"),
        (b"a\0b\0\0", b"a\0b"),
        (b"\0\0", b""),
        (b"\0\0\0\0", b"\0\0"),
    ] {
        let stream = [&(8 + raw.len() as i32).to_le_bytes(), &[0; 8][..], raw].concat();
        assert_eq!(packets(&stream).unwrap()[0].body, body, "{raw:?}");
    }
}

proptest! {
    /// Whatever pieces the network makes of it.
    #[test]
    fn any_split_of_a_stream_yields_the_same_packets(
        wanted in vec((any::<i32>(), any::<i32>(), vec(any::<u8>(), 0..300)), 0..6),
        cuts in vec(1..200usize, 1..40),
    ) {
        let stream: Vec<u8> = wanted.iter().flat_map(|(id, kind, body)| sent(*id, *kind, body)).collect();
        let (mut decoder, mut found, mut rest) = (Decoder::default(), Vec::new(), &stream[..]);
        for cut in cuts.iter().cycle() {
            let piece;
            (piece, rest) = rest.split_at(rest.len().min(*cut));
            decoder.push(piece);
            while let Some(packet) = decoder.next_packet().unwrap() {
                found.push((packet.id, packet.kind, packet.body));
            }
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, wanted);
        prop_assert!(decoder.held.is_empty());
    }

    #[test]
    fn garbage_makes_nothing_panic_and_holds_no_memory(pieces in vec(vec(any::<u8>(), 0..5000), 0..20)) {
        let mut decoder = Decoder::default();
        let (login, _) = Login::begin(1, "x").unwrap();
        let (mut exchange, _) = Exchange::begin(2, "x").unwrap();
        'stream: for piece in pieces {
            decoder.push(&piece);
            loop {
                match decoder.next_packet() {
                    Err(_) => break 'stream,
                    Ok(None) => break,
                    Ok(Some(packet)) => {
                        login.hear(&packet);
                        let _ = exchange.hear(&packet);
                    }
                }
            }
            prop_assert!(decoder.held.len() < 4 + MAX_PACKET);
        }
        prop_assert!(exchange.reply().len() <= MAX_REPLY);
    }

    /// The same with sizes that look right.
    #[test]
    fn plausible_garbage_makes_nothing_panic(size in 0..3000i32, bytes in vec(any::<u8>(), 0..4000)) {
        let _ = packets(&[&size.to_le_bytes()[..], &bytes].concat());
    }
}
