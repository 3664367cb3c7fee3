//! Transports against plain sockets of the standard library.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};

use tiltyard_hil::control::{ControlUri, dial};

const INQUIRY: [u8; 5] = [0x81, 0x09, 0x06, 0x12, 0xFF];
const ACK: [u8; 3] = [0x90, 0x41, 0xFF];

/// Reads until something came: a moment without bytes is none.
fn heard(ear: &mut dyn tiltyard_hil::control::Hear) -> Vec<u8> {
    let mut buffer = [0; 64];
    for _ in 0..300 {
        let len = ear.hear(&mut buffer).unwrap();
        if len > 0 {
            return buffer[..len].to_vec();
        }
    }
    panic!("nothing came");
}

#[test]
fn datagrams_go_there_and_back() {
    let camera = UdpSocket::bind("127.0.0.1:0").unwrap();
    let uri: ControlUri = format!("visca+udp://{}", camera.local_addr().unwrap()).parse().unwrap();
    let mut line = dial(&uri, None).unwrap();
    line.mouth.speak(&INQUIRY).unwrap();
    let mut buffer = [0; 64];
    let (len, from) = camera.recv_from(&mut buffer).unwrap();
    assert_eq!(buffer[..len], INQUIRY);
    camera.send_to(&ACK, from).unwrap();
    assert_eq!(heard(line.ear.as_mut()), ACK);
}

#[test]
fn nobody_at_the_port_is_silence_and_no_error() {
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut line = dial(&format!("visca+udp://{gone}").parse().unwrap(), None).unwrap();
    for _ in 0..3 {
        line.mouth.speak(&INQUIRY).unwrap();
        assert_eq!(line.ear.hear(&mut [0; 64]).unwrap(), 0);
    }
}

#[test]
fn a_stream_that_is_closed_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri: ControlUri = format!("visca+tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut line = dial(&uri, None).unwrap();
    let (mut camera, _) = listener.accept().unwrap();
    line.mouth.speak(&INQUIRY).unwrap();
    let mut buffer = [0; 5];
    camera.read_exact(&mut buffer).unwrap();
    camera.write_all(&ACK).unwrap();
    assert_eq!(heard(line.ear.as_mut()), ACK);
    drop(camera);
    let ended = (0..300).find_map(|_| line.ear.hear(&mut [0; 64]).err());
    assert!(ended.is_some());
}

#[test]
fn a_camera_that_does_not_read_breaks_the_line_instead_of_holding_up_a_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri: ControlUri = format!("visca+tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut line = dial(&uri, None).unwrap();
    let (_camera, _) = listener.accept().unwrap();
    // More than the buffers of any system hold.
    let broken = (0..2_000_000).any(|_| line.mouth.speak(&[0x81; 24]).is_err());
    assert!(broken);
}

#[test]
fn replies_may_come_to_a_port_of_their_own() {
    let camera = UdpSocket::bind("127.0.0.1:0").unwrap();
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let uri: ControlUri = format!("visca+sony://{}", camera.local_addr().unwrap()).parse().unwrap();
    let mut line = dial(&uri, Some(free)).unwrap();
    line.mouth.speak(&INQUIRY).unwrap();
    let mut buffer = [0; 64];
    let (_, from) = camera.recv_from(&mut buffer).unwrap();
    assert_eq!(from.port(), free);
    // From another port of the camera's than the one that was spoken to.
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&ACK, from).unwrap();
    assert_eq!(heard(line.ear.as_mut()), ACK);
}
