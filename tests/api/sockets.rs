//! What only a real connection shows: a body that never comes, clients without end, the end with streams open.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;

use tiltyard::api::{Api, Bound, Limits};

use crate::harness::{PATIENCE, exchange, request};
use crate::session::{World, tick};

fn open(world: &World, limits: Limits) -> (Api, SocketAddr) {
    let bound = Bound::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
    let at = bound.at();
    (Api::open(bound, world.source(), limits).unwrap(), at)
}

/// Reads until that stands in what has come.
fn until(stream: &mut TcpStream, word: &str) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(word.as_bytes()) {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&text));
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn a_body_that_never_comes_is_not_waited_for() {
    let (api, at) = open(&World::default(), Limits { answer_within: Duration::from_millis(50), ..Limits::default() });
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head =
        "PUT /api/target HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = until(&mut stream, "}");
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("did not come to an end in time"));
    api.close();
}

#[test]
fn an_event_stream_outlives_the_time_for_an_answer_and_ends_with_the_api() {
    let world = World::default();
    let short = Duration::from_millis(50);
    let (api, at) = open(&world, Limits { answer_within: short, heartbeat: short, ..Limits::default() });
    world.metadata.publish(tick(1));
    let mut streams: Vec<TcpStream> = (0..5).map(|_| request(at, "GET", "/api/metadata/stream")).collect();
    for stream in &mut streams {
        until(stream, "id: 1\n");
        for _ in 0..3 {
            until(stream, ": heartbeat");
        }
    }
    world.metadata.publish(tick(2));
    for stream in &mut streams {
        until(stream, "id: 2\n");
    }
    api.close();
    for stream in &mut streams {
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert!(rest.ends_with("0\r\n\r\n"), "a whole answer, not a broken one: {rest}");
    }
    assert!(TcpStream::connect(at).is_err(), "nobody listens any more");
}

#[test]
fn an_api_that_is_dropped_while_clients_idle_ends_too() {
    let world = World::default();
    let (api, at) = open(&world, Limits { connections: 3, streams: 2, ..Limits::default() });
    let idle = [TcpStream::connect(at).unwrap(), TcpStream::connect(at).unwrap()];
    let (head, body) = exchange(at, "GET", "/healthz");
    assert!(head.starts_with("HTTP/1.1 200") && body == br#"{"status":"ok"}"#);
    drop(api);
    drop(idle);
    assert!(TcpStream::connect(at).is_err());
}
