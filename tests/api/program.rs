//! `tiltyard track --api`: the real stack behind the routes, and the end of both.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::program;
use crate::harness::{Camera, PATIENCE, exchange, file, patiently, request};

/// Two who walk to and fro for ever, side by side.
const TWO: &str = "schema = 1\ntitle = \"two walk\"\ncamera = \"generic-20x\"\nlength = \"600 s\"\n\
    [[target]]\nname = \"one\"\nsize = { width = \"0.5 m\", height = \"1.7 m\" }\nrange = \"10 m\"\n\
    path.sine = { amplitude = [\"3 deg\", \"0 deg\"], centre = [\"-8 deg\", \"0 deg\"], period = \"9 s\" }\n\
    [[target]]\nname = \"other\"\nsize = { width = \"0.5 m\", height = \"1.7 m\" }\nrange = \"10 m\"\n\
    path.sine = { amplitude = [\"3 deg\", \"0 deg\"], centre = [\"8 deg\", \"0 deg\"], period = \"9 s\" }\n";

fn track(arguments: &[&str]) -> Child {
    let mut command = program();
    command.arg("track").args(arguments).env_remove("TILTYARD_API_TOKEN");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn put(at: SocketAddr, id: u64, token: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = format!(r#"{{"id":{id}}}"#);
    let head = "PUT /api/target HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json";
    write!(stream, "{head}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_stack_is_behind_the_routes_and_both_end_in_order() {
    let scenario = file("api.toml", TWO);
    let camera = Camera::start(&[&scenario, "--udp", "0", "--http", "0", "--size", "320x180"], 2);
    let (uri, video) =
        (format!("visca+udp://{}", camera.at("udp")), format!("http://{}/stream.mjpg", camera.at("http")));
    let secret = file("api.token", "0123456789abcdef0123456789abcdef\n");
    let mut child = track(&[
        "--camera",
        &uri,
        "--video",
        &video,
        "--arm",
        "--dead-man",
        "5 s",
        "--api",
        "127.0.0.1:0",
        "--api-token-file",
        &secret,
        "--format",
        "json",
    ]);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("api ") {
        line.clear();
        assert_ne!(err.read_line(&mut line).unwrap(), 0, "no address");
    }
    let at: SocketAddr = line["api ".len()..].trim().parse().unwrap();
    // Nobody may hold the program up by not reading what it says.
    std::thread::spawn(move || err.read_to_end(&mut Vec::new()));
    let json = |path: &str| serde_json::from_slice::<Value>(&exchange(at, "GET", path).1).unwrap();

    let read = patiently("both of them, and a target", || {
        let read = json("/api/metadata");
        (read["tracks"].as_array()?.len() == 2 && read["selected_target_id"].is_u64()).then_some(read)
    });
    assert_eq!((&read["schema"], &read["camera_id"]), (&"drone-ptz-metadata/1".into(), &"generic-20x".into()));
    assert!(read["ts_unix_ms"].as_u64().unwrap() > 1_600_000_000_000, "a date: {read}");
    assert!(read["read_mono_ms"].as_u64() >= read["ts_mono_ms"].as_u64());

    // Whoever is not followed is, once ordered. His id may change before the order is acted on.
    let other = |read: &Value| {
        let ids = read["tracks"].as_array()?.iter().filter_map(|track| track["id"].as_u64());
        ids.into_iter().find(|id| read["selected_target_id"] != *id)
    };
    patiently("the other one followed", || {
        let id = other(&json("/api/metadata"))?;
        assert!(put(at, id, "0123456789abcdef0123456789abcdef").starts_with("HTTP/1.1 202"));
        let before = json("/api/metadata")["sequence"].as_u64()?;
        let after = patiently("a later decision", || {
            Some(json("/api/metadata")).filter(|read| read["sequence"].as_u64().unwrap() > before + 1)
        });
        (after["selected_target_id"] == id).then_some(())
    });
    assert!(put(at, 1, "0123456789abcdef0123456789abcdeX").starts_with("HTTP/1.1 401"));
    assert_eq!(json("/api/status")["armed"], true);

    let mut stream = BufReader::new(request(at, "GET", "/api/metadata/stream"));
    let mut first = String::new();
    while !first.starts_with("id: ") {
        first.clear();
        assert_ne!(stream.read_line(&mut first).unwrap(), 0);
    }
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "the stream ends, it does not break: {rest}");
    let ids: Vec<u64> = rest.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "each once, in order: {ids:?}");
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["stopped"], &report["hung"]), (&true.into(), &false.into()));
}

#[test]
fn what_cannot_be_served_is_told_before_the_camera_is_touched() {
    let deaf = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    deaf.set_nonblocking(true).unwrap();
    let uri = format!("visca+udp://{}", deaf.local_addr().unwrap());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let short = file("short.token", "secret\n");
    for (arguments, code, words) in [
        (&["--api", "0.0.0.0:0"][..], 2, "openssl rand -hex 32"),
        (&["--api", "127.0.0.1:0", "--api-token-file", &short], 2, "too short"),
        (&["--api", "127.0.0.1:0", "--api-token-file", "no/such/file"], 2, "no/such/file"),
        (&["--api-token-file", &short], 2, "--api"),
        (&["--api", "nowhere"], 2, "nowhere"),
        (&["--api", &taken], 3, "failed to listen at 127.0.0.1"),
    ] {
        let all = [&["--camera", &uri, "--video", "http://127.0.0.1:9/", "--arm"], arguments].concat();
        let output = track(&all).wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(code) && err.contains(words), "{arguments:?}: {:?} {err}", output.status);
    }
    assert!(deaf.recv(&mut [0; 64]).is_err(), "not a byte");
}
