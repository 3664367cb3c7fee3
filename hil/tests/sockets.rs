//! The sockets of a virtual camera against plain clients of the standard library.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use tiltyard_hil::{CameraSockets, Heard, Listen, Remote, WallClock};
use tiltyard_visca::{Framing, Peer, SimTime};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const INQUIRY: [u8; 5] = [0x81, 0x09, 0x06, 0x12, 0xFF];
const ACK: [u8; 3] = [0x90, 0x41, 0xFF];
/// Long enough for the slowest machine; a test that passes never waits so long.
const PATIENCE: SimTime = SimTime::from_millis(20_000);

fn open(listen: Listen) -> (CameraSockets, SocketAddr) {
    let sockets = CameraSockets::open(&[listen], None).unwrap();
    let Remote::Address(at) = sockets.bound()[0].at else { panic!("{:?}", sockets.bound()) };
    (sockets, at)
}

/// What comes in until `enough` says so.
fn hear(sockets: &mut CameraSockets, enough: impl Fn(&[Heard]) -> bool) -> Vec<Heard> {
    let (clock, mut heard) = (WallClock::start(), Vec::new());
    while !enough(&heard) {
        assert!(clock.now() < PATIENCE, "only {heard:?}");
        sockets.wait(Duration::from_millis(50)).unwrap();
        while let Some(one) = sockets.receive() {
            heard.push(one);
        }
    }
    heard
}

fn joined(heard: &[Heard]) -> Vec<Peer> {
    heard.iter().filter_map(|one| if let Heard::Joined { peer, .. } = one { Some(*peer) } else { None }).collect()
}

fn bytes_of(heard: &[Heard], who: Peer) -> Vec<u8> {
    let of = |one: &Heard| match one {
        Heard::Bytes { from, bytes } if *from == who => bytes.as_bytes().to_vec(),
        _ => Vec::new(),
    };
    heard.iter().flat_map(of).collect()
}

#[test]
fn two_controllers_over_udp_are_told_apart_and_answered() {
    let (mut sockets, at) = open(Listen::Udp(ANY));
    let clients = [0; 2].map(|_| UdpSocket::bind(ANY).unwrap());
    for client in &clients {
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client.send_to(&INQUIRY, at).unwrap();
    }
    let heard = hear(&mut sockets, |heard| heard.len() == 4);
    let peers = joined(&heard);
    assert_eq!(peers.len(), 2);
    assert_ne!(peers[0], peers[1]);
    for peer in peers {
        assert_eq!(peer.framing, Framing::Datagrams);
        assert_eq!(bytes_of(&heard, peer), INQUIRY);
        sockets.send(peer, &[ACK[0], ACK[1], peer.number]);
    }
    let mut buffer = [0; 64];
    let answers = clients.each_ref().map(|client| {
        assert_eq!(client.recv_from(&mut buffer).unwrap(), (3, at));
        buffer[2]
    });
    assert_ne!(answers[0], answers[1]);
}

#[test]
fn replies_go_to_the_port_that_the_quirk_names() {
    let listener = UdpSocket::bind(ANY).unwrap();
    listener.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut sockets = CameraSockets::open(&[Listen::Sony(ANY)], Some(port)).unwrap();
    let Remote::Address(at) = sockets.bound()[0].at else { panic!() };
    UdpSocket::bind(ANY).unwrap().send_to(&[0; 9], at).unwrap();
    let peer = joined(&hear(&mut sockets, |heard| heard.len() == 2))[0];
    assert_eq!(peer.framing, Framing::Sony);
    sockets.send(peer, &ACK);
    let mut buffer = [0; 64];
    assert_eq!(listener.recv(&mut buffer).unwrap(), 3);
}

#[test]
fn a_stream_may_come_in_crumbs_and_in_lumps() {
    let (mut sockets, at) = open(Listen::Tcp(ANY));
    let mut client = TcpStream::connect(at).unwrap();
    let many = INQUIRY.repeat(200);
    for chunk in many.chunks(77) {
        client.write_all(chunk).unwrap();
    }
    let total = |heard: &[Heard]| {
        heard
            .iter()
            .map(|one| if let Heard::Bytes { bytes, .. } = one { bytes.as_bytes().len() } else { 0 })
            .sum::<usize>()
    };
    let heard = hear(&mut sockets, |heard| total(heard) == many.len());
    let peer = joined(&heard)[0];
    assert_eq!(bytes_of(&heard, peer), many);
    sockets.send(peer, &ACK);
    let mut answer = [0; 3];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, ACK);
    drop(client);
    let heard = hear(&mut sockets, |heard| !heard.is_empty());
    assert_eq!(heard, [Heard::Left { peer }]);
}

#[test]
fn the_seventeenth_connection_is_sent_away_and_the_others_stay() {
    let (mut sockets, at) = open(Listen::Tcp(ANY));
    let mut clients: Vec<TcpStream> = (0..16).map(|_| TcpStream::connect(at).unwrap()).collect();
    assert_eq!(joined(&hear(&mut sockets, |heard| heard.len() == 16)).len(), 16);
    let mut late = TcpStream::connect(at).unwrap();
    let heard = hear(&mut sockets, |heard| !heard.is_empty());
    assert!(matches!(heard[..], [Heard::Refused { .. }]), "{heard:?}");
    assert_eq!(late.read(&mut [0]).unwrap(), 0, "closed in good order");
    clients[3].write_all(&INQUIRY).unwrap();
    assert_eq!(hear(&mut sockets, |heard| !heard.is_empty()).len(), 1);
}

#[test]
fn a_client_that_never_reads_is_let_go() {
    let (mut sockets, at) = open(Listen::Tcp(ANY));
    let client = TcpStream::connect(at).unwrap();
    let peer = joined(&hear(&mut sockets, |heard| heard.len() == 1))[0];
    // More than the buffers of any system hold, and ours.
    let left = (0..1_000_000).find_map(|_| {
        sockets.send(peer, &[0x90; 32]);
        sockets.receive()
    });
    assert_eq!(left, Some(Heard::Left { peer }));
    drop(client);
}

#[test]
fn a_flood_does_not_keep_the_camera_from_its_clock() {
    let (mut sockets, at) = open(Listen::Udp(ANY));
    let client = UdpSocket::bind(ANY).unwrap();
    for _ in 0..2000 {
        // A full buffer loses them, as it should.
        let _ = client.send_to(&INQUIRY, at);
    }
    let clock = WallClock::start();
    let mut most = 0;
    while most == 0 {
        assert!(clock.now() < PATIENCE);
        sockets.wait(Duration::from_millis(50)).unwrap();
        most = core::iter::from_fn(|| sockets.receive()).count();
    }
    assert!(most <= 257, "{most} between two waits");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (_sockets, at) = open(Listen::Tcp(ANY));
    let error = CameraSockets::open(&[Listen::Udp(ANY), Listen::Tcp(at)], None).unwrap_err();
    assert!(error.to_string().starts_with(&format!("listen on tcp {at}: ")), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pseudo_terminal_is_a_line_without_echo_and_outlives_its_client() {
    let mut sockets = CameraSockets::open(&[Listen::Pty], None).unwrap();
    let Remote::File(path) = sockets.bound()[0].at.clone() else { panic!("{:?}", sockets.bound()) };
    for turn in 0..2 {
        let mut client = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        client.write_all(&INQUIRY).unwrap();
        let heard = hear(&mut sockets, |heard| heard.iter().any(|one| matches!(one, Heard::Bytes { .. })));
        assert_eq!(joined(&heard).len(), 1 - turn, "the same controller all the time");
        let Some(Heard::Bytes { from, bytes }) = heard.last() else { panic!("{heard:?}") };
        assert_eq!(bytes.as_bytes(), INQUIRY);
        sockets.send(*from, &ACK);
        let mut answer = [0; 3];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(answer, ACK, "and no echo");
    }
    let nothing = sockets.wait(Duration::ZERO).map(|()| sockets.receive());
    assert!(nothing.unwrap().is_none(), "{}", ErrorKind::WouldBlock);
}
