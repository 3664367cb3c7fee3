//! Input that nobody should send: floods, junk, headers that lie. The camera stays up, bounded, and can be stopped.

use proptest::prelude::*;

use super::*;

const UDP: Peer = Peer { number: 1, framing: Framing::Datagrams };

#[test]
fn a_flood_is_refused_and_then_dropped_and_the_stop_gets_through() {
    let mut bench = Bench::new();
    let flood: Vec<u8> =
        (0..1000).flat_map(|_| DRIVE.encode(Address::ONE, Dialect::default()).as_bytes().to_vec()).collect();
    bench.bytes(0, &flood);
    // Two sockets' worth and thirty refusals make the 32 jobs; 968 were dropped.
    assert_eq!(bench.camera.ignored(), 968);
    bench.hears(0, HEAD_STOP);
    let said = bench.tick(20);
    assert_eq!(said.iter().filter(|line| *line == "90 60 03 FF").count(), 30);
    assert_eq!(said.last_chunk(), Some(&["stop".into(), "90 41 FF".into(), "90 51 FF".into()]));
}

#[test]
fn a_flood_of_stops_and_drives_stays_bounded() {
    let mut bench = Bench::new();
    for _ in 0..1000 {
        bench.hears(0, HEAD_STOP);
        bench.hears(0, DRIVE);
    }
    // Stops overtake the limit only with a drive between them, and two of those are taken: 32 jobs and at most 3 stops.
    assert!(bench.camera.queue.len() <= JOBS_MAX + 3, "{}", bench.camera.queue.len());
}

#[test]
fn a_flood_of_one_controller_does_not_keep_another_from_stopping() {
    // Commands of all kinds from a serial line, then a stop by UDP; with a video cycle of 40 ms it may take that.
    for (cycle, patience) in [(0, 20), (40, 60)] {
        let mut bench = Bench::with(|quirks| quirks.v_cycle = core::time::Duration::from_millis(cycle));
        bench.hears(0, DRIVE);
        bench.tick(100);
        let flood: Vec<u8> = (0..300)
            .flat_map(|n| {
                [DRIVE, MOVE, ZOOM_MOVE, Command::Home][n % 4]
                    .encode(Address::ONE, Dialect::default())
                    .as_bytes()
                    .to_vec()
            })
            .collect();
        bench.bytes(110, &flood);
        bench.from(UDP, 110, HEAD_STOP.encode(Address::ONE, Dialect::default()).as_bytes());
        let said = bench.tick(110 + patience);
        let last = said.iter().rfind(|line| *line == "stop" || line.starts_with("turn"));
        assert_eq!(last.map(String::as_str), Some("stop"), "{said:?}");
        assert!(said.contains(&"to 1: 90 41 FF".to_owned()) || said.contains(&"to 1: 90 42 FF".to_owned()));
    }
}

/// Any controller, known or not.
fn peers() -> impl Strategy<Value = Peer> {
    let framings = prop_oneof![Just(Framing::Stream), Just(Framing::Datagrams), Just(Framing::Sony)];
    (any::<u8>(), framings).prop_map(|(number, framing)| Peer { number, framing })
}

/// Bytes of any kind: noise, frames with a byte turned, Sony's header around either with a length that may lie.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..40);
    let frames = [DRIVE, HEAD_STOP, MOVE, ZOOM_MOVE, Command::IfClear, Command::Cancel { socket: 2 }];
    let turned = (0..frames.len(), 0_usize..16, any::<u8>()).prop_map(move |(which, at, to)| {
        let mut bytes = frames[which].encode(Address::ONE, Dialect::default()).as_bytes().to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        bytes
    });
    let bytes = prop_oneof![noise, turned];
    let kinds = prop_oneof![Just(0x0100_u16), Just(0x0110), Just(0x0120), Just(0x0200), Just(0x0111), any::<u16>()];
    (bytes, kinds, any::<u32>(), prop::option::of(any::<u16>()), any::<bool>()).prop_map(
        |(bytes, kind, seq, lie, wrapped)| {
            if !wrapped {
                return bytes;
            }
            let len = lie.unwrap_or(bytes.len() as u16);
            [&kind.to_be_bytes()[..], &len.to_be_bytes(), &seq.to_be_bytes(), &bytes].concat()
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_of_anybody_upset_the_camera(
        inputs in prop::collection::vec((0_u64..50, peers(), hostile(), any::<bool>()), 0..60),
    ) {
        let mut bench = Bench::new();
        let mut now = 0;
        for (wait, peer, bytes, leaves) in inputs {
            now += wait;
            bench.from(peer, now, &bytes);
            prop_assert!(bench.camera.queue.len() <= JOBS_MAX + 8);
            if let DeviceOutput::WaitUntil(Some(at)) = bench.camera.poll_output() {
                prop_assert!(at > ms(now), "what is due is done");
            }
            if leaves {
                bench.camera.peer_gone(peer);
                prop_assert!(bench.drain().is_empty());
            }
        }
    }

    #[test]
    fn no_bytes_upset_the_camera(inputs in prop::collection::vec((0_u64..50, prop::collection::vec(any::<u8>(), 0..40)), 0..40)) {
        let mut bench = Bench::new();
        let mut now = 0;
        for (wait, bytes) in inputs {
            now += wait;
            bench.bytes(now, &bytes);
            prop_assert!(bench.camera.queue.len() <= JOBS_MAX + 8);
            if let DeviceOutput::WaitUntil(Some(at)) = bench.camera.poll_output() {
                prop_assert!(at > ms(now), "what is due is done");
            }
        }
    }

    #[test]
    fn messages_from_the_wire_never_upset_the_camera(picks in prop::collection::vec((0_u64..30, 0_usize..8), 0..80)) {
        let zoom_stop = Command::Zoom(ZoomDrive::Stop);
        let cancel = Command::Cancel { socket: 1 };
        let commands = [DRIVE, HEAD_STOP, MOVE, ZOOM_MOVE, Command::Home, cancel, Command::IfClear, zoom_stop];
        let mut bench = Bench::new();
        let mut now = 0;
        for (wait, pick) in picks {
            now += wait;
            let said = bench.hears(now, commands[pick]);
            // A stop is executed whatever else goes on: after its ACK time nothing older can move the head.
            prop_assert!(said.iter().all(|line| line != "90 40 FF"), "every ACK has a socket");
            if commands[pick] == HEAD_STOP {
                let said = bench.tick(now + 20);
                now += 20;
                let last = said.iter().rfind(|line| *line == "stop" || line.starts_with("turn"));
                prop_assert_eq!(last.map(String::as_str), Some("stop"));
            }
        }
    }
}
