//! Each way in moves the camera; several at once do not mix.

use std::io::{Read, Write};
use std::net::TcpStream;

use tiltyard_visca::sony::{Kind, Packet};

use crate::harness::{Camera, PATIENCE, RIGHT, STOP, WHERE, ask, file, udp};

const HTTP: [&str; 2] = ["--http", "0"];

/// A camera with one way in, and HTTP to look at it.
fn with(way: &[&str]) -> Camera {
    Camera::start(&[way, &HTTP].concat(), 2)
}

/// The camera turns right until it is told to stop, and then stands.
fn turns_and_stands(camera: &Camera, mut say: impl FnMut(&[u8]) -> Vec<u8>) {
    assert_eq!(camera.pan_deg(), 0.0);
    assert_eq!(say(&RIGHT)[..2], [0x90, 0x41]);
    camera.until("a turn to the right", |truth| truth["pose"]["pan_deg"].as_f64().unwrap() > 0.5);
    assert_eq!(say(&STOP)[0], 0x90);
    camera.until("rest", |truth| truth["rates"]["pan_dps"].as_f64().unwrap().abs() < 0.01);
    let rest = camera.pan_deg();
    assert!(rest > 0.5);
    camera.until("a later truth", |truth| truth["time_s"].as_f64().unwrap() > 1.0);
    assert!((camera.pan_deg() - rest).abs() < 0.01);
}

#[test]
fn udp_drives_the_camera() {
    let camera = with(&["--udp", "0"]);
    let client = udp(camera.address("udp"));
    turns_and_stands(&camera, |bytes| ask(&client, bytes));
}

#[test]
fn tcp_drives_the_camera() {
    let camera = with(&["--tcp", "0"]);
    let mut client = TcpStream::connect(camera.address("tcp")).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    turns_and_stands(&camera, |bytes| {
        // One byte a segment: a stream has no borders.
        for byte in bytes {
            client.write_all(&[*byte]).unwrap();
        }
        let mut replies = [0; 6];
        client.read_exact(&mut replies).unwrap();
        replies.to_vec()
    });
}

#[cfg(unix)]
#[test]
fn a_pseudo_terminal_drives_the_camera() {
    let camera = with(&["--pty"]);
    let mut line = std::fs::OpenOptions::new().read(true).write(true).open(camera.at("pty")).unwrap();
    turns_and_stands(&camera, |bytes| {
        line.write_all(bytes).unwrap();
        let mut replies = [0; 6];
        line.read_exact(&mut replies).unwrap();
        replies.to_vec()
    });
}

#[test]
fn sonys_header_drives_the_camera() {
    let camera = with(&["--sony", "0"]);
    let client = udp(camera.address("sony"));
    let mut seq = 0;
    turns_and_stands(&camera, |bytes| {
        seq += 1;
        let answer = ask(&client, Packet { kind: Kind::Command, seq, payload: bytes }.encode().as_bytes());
        let reply = Packet::parse(&answer).unwrap();
        assert_eq!((reply.kind, reply.seq), (Kind::Reply, seq));
        let payload = reply.payload.to_vec();
        // The completion comes in a datagram of its own.
        let mut buffer = [0; 64];
        let len = client.recv(&mut buffer).unwrap();
        assert_eq!(Packet::parse(&buffer[..len]).unwrap().payload[1] & 0xF0, 0x50);
        payload
    });
}

#[test]
fn two_controllers_at_once_have_their_own_answers() {
    let camera = Camera::start(&["--udp", "0", "--tcp", "0", "--http", "0"], 3);
    let (one, two) = (udp(camera.address("udp")), udp(camera.address("udp")));
    let mut three = TcpStream::connect(camera.address("tcp")).unwrap();
    three.set_read_timeout(Some(PATIENCE)).unwrap();
    // Half a question each, on the stream; the others speak in between.
    three.write_all(&WHERE[..3]).unwrap();
    assert_eq!(ask(&one, &WHERE).len(), 11);
    assert_eq!(ask(&two, &RIGHT)[..2], [0x90, 0x41]);
    three.write_all(&WHERE[3..]).unwrap();
    let mut answer = [0; 11];
    three.read_exact(&mut answer).unwrap();
    assert_eq!(answer[..2], [0x90, 0x50]);
    let truth = camera.until("three controllers", |truth| truth["controllers"].as_array().unwrap().len() == 3);
    let messages = |index: usize| truth["controllers"][index]["messages"].as_u64().unwrap();
    assert_eq!([messages(0), messages(1), messages(2)], [1; 3]);
    one.set_nonblocking(true).unwrap();
    assert!(one.recv(&mut [0; 64]).is_err(), "nothing of the others' answers");
    drop(three);
    camera.until("a goodbye", |truth| truth["controllers"].as_array().unwrap().len() == 2);
}

#[test]
fn a_datagram_of_many_frames_is_answered_frame_by_frame() {
    let camera = with(&["--udp", "0"]);
    let client = udp(camera.address("udp"));
    client.send(&WHERE.repeat(7)).unwrap();
    let mut bytes = Vec::new();
    while bytes.len() < 7 * 11 {
        let mut buffer = [0; 256];
        let len = client.recv(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..len]);
    }
    assert_eq!(bytes.len(), 7 * 11);
}

#[test]
fn a_stop_that_the_scenario_loses_does_not_stop_the_camera() {
    let text = "schema = 1\ntitle = \"a lost stop\"\ncamera = \"generic-20x\"\nlength = \"60 s\"\n\
        [[fault]]\nat = \"2 s\"\nfor = \"3 s\"\nlink.drop = { probability = 1.0 }\n";
    let scenario = file("lost-stop.toml", text);
    let camera = Camera::start(&[&scenario, "--wait", "--udp", "0", "--http", "0"], 2);
    assert_eq!(camera.truth()["state"], "waiting");
    let client = udp(camera.address("udp"));
    assert_eq!(ask(&client, &RIGHT)[..2], [0x90, 0x41]);

    let truth = camera.until("the fault", |truth| truth["faults"][0]["active"] == true);
    assert_eq!(truth["faults"][0]["kind"], "link.drop");
    client.send(&STOP).unwrap();
    let lost = crate::harness::patiently("the lost stop", || {
        let log = camera.json("/log.json");
        log["lines"].as_array().unwrap().iter().find(|line| line["text"] == "pan-tilt stop").cloned()
    });
    assert_eq!(lost["lost"], true, "{lost}");
    let before = camera.pan_deg();
    camera.until("the turn that goes on", |truth| truth["pose"]["pan_deg"].as_f64().unwrap() > before + 0.5);

    camera.until("the end of the fault", |truth| truth["faults"][0]["active"] == false);
    assert_eq!(ask(&client, &STOP)[0], 0x90);
    camera.until("rest", |truth| truth["rates"]["pan_dps"].as_f64().unwrap().abs() < 0.01);
}
