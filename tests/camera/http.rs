//! The HTTP side: truth, events, log, video, page, and what it refuses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::{Camera, RIGHT, ask, exchange, file, request, udp};

const WALK: &str = "scenarios/motion/walk.toml";

fn walk() -> Camera {
    Camera::start(&[WALK, "--length", "60 s", "--udp", "0", "--http", "0"], 2)
}

/// Lines of an answer, after its head.
fn lines(stream: TcpStream) -> impl Iterator<Item = String> {
    BufReader::new(stream).lines().map(Result::unwrap).skip_while(|line| !line.is_empty()).skip(1)
}

/// The data of the events of this kind.
fn events(stream: TcpStream, kind: &str) -> impl Iterator<Item = Value> {
    let event = format!("event: {kind}");
    let mut lines = lines(stream);
    std::iter::from_fn(move || {
        lines.by_ref().find(|line| line.ends_with(&event))?;
        let data = lines.by_ref().find_map(|line| line.strip_prefix("data: ").map(str::to_owned))?;
        Some(serde_json::from_str(&data).unwrap())
    })
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_truth_has_the_shape_that_the_book_says() {
    let camera = walk();
    let truth = camera.until("a frame", |truth| truth["video"]["exposed"].as_u64().unwrap() > 3);
    assert_eq!((&truth["schema"], &truth["scenario"]), (&"tiltyard-truth/1".into(), &"motion/walk".into()));
    assert_eq!((&truth["seed"], &truth["camera"]), (&42.into(), &"ptzoptics-g2-20x".into()));
    insta::assert_snapshot!(
        format!(
            "{}\npose: {}\ntarget: {}\nbox: {}\nvideo: {}\ntotal: {}",
            keys(&truth).join("\n"),
            keys(&truth["pose"]).join(" "),
            keys(&truth["targets"][0]).join(" "),
            keys(&truth["targets"][0]["box"]).join(" "),
            keys(&truth["video"]).join(" "),
            keys(&truth["total"]).join(" "),
        ),
        @r"
    camera
    controllers
    error_deg
    faults
    length_s
    link
    occluders
    pose
    rates
    scenario
    schema
    seed
    state
    targets
    time_s
    title
    total
    verdict
    video
    pose: hfov_deg pan_at_end pan_deg tilt_at_end tilt_deg zoom_ratio zoom_units
    target: az_deg box el_deg height_deg label name range_m subject width_deg
    box: h_px visible_fraction w_px x_px y_px
    video: exposed height_px lost rate_hz width_px
    total: controllers messages overflowed refusals turned_away
    "
    );
    let boxed = &truth["targets"][0]["box"];
    let middle = boxed["x_px"].as_f64().unwrap() + boxed["w_px"].as_f64().unwrap() / 2.0;
    assert!((0.0..640.0).contains(&middle));
}

#[test]
fn truth_comes_as_events_at_the_control_tick() {
    let camera = walk();
    let truths: Vec<Value> = events(request(camera.address("http"), "GET", "/truth/events"), "truth").take(5).collect();
    let times: Vec<f64> = truths.iter().map(|truth| truth["time_s"].as_f64().unwrap()).collect();
    // The first may be told twice: before anything ran, and at tick 0.
    assert!(times.windows(2).skip(1).all(|pair| pair[0] < pair[1]), "{times:?}");
}

#[test]
fn the_log_tells_bytes_in_words_and_goes_on_as_events() {
    let camera = walk();
    let client = udp(camera.address("udp"));
    ask(&client, &RIGHT);
    let told: Vec<Value> = events(request(camera.address("http"), "GET", "/log/events"), "line").take(3).collect();
    let words: Vec<&str> = told.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(words, ["controller 0 (datagrams)", "pan-tilt drive +8 +0", "ack 1, completion 1"]);
    assert_eq!(told[1]["hex"], "81 01 06 01 08 01 02 03 FF");
    let log = camera.json("/log.json?after=2");
    assert_eq!((&log["schema"], log["lines"].as_array().unwrap().len()), (&"tiltyard-log/1".into(), 1));
    assert_eq!(log["lines"][0]["number"], 3);
}

/// One part of a multipart stream: its headers and its body.
fn part(stream: &mut impl BufRead) -> (Vec<(String, String)>, Vec<u8>) {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    while line() != "--tiltyard-frame" {}
    let mut headers = Vec::new();
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let len = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; len];
    stream.read_exact(&mut body).unwrap();
    (headers, body)
}

/// An answer in chunks, put together again.
struct Unchunked<R>(R, usize);

impl<R: BufRead> Read for Unchunked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.1 == 0 {
            let mut size = String::new();
            self.0.read_line(&mut size)?;
            if !size.trim().is_empty() {
                self.1 = usize::from_str_radix(size.trim(), 16).unwrap();
            }
        }
        let most = buffer.len().min(self.1);
        let read = self.0.read(&mut buffer[..most])?;
        self.1 -= read;
        Ok(read)
    }
}

/// Width and height of a JPEG file, from its frame header.
fn size_px(jpeg: &[u8]) -> (u16, u16) {
    assert_eq!((&jpeg[..2], &jpeg[jpeg.len() - 2..]), (&[0xFF, 0xD8][..], &[0xFF, 0xD9][..]));
    let at = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    let word = |at: usize| u16::from_be_bytes([jpeg[at], jpeg[at + 1]]);
    (word(at + 7), word(at + 5))
}

#[test]
fn video_comes_in_parts_with_their_length_and_their_time() {
    let camera = walk();
    let mut stream = BufReader::new(request(camera.address("http"), "GET", "/stream.mjpg"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0);
    }
    assert!(head.contains("multipart/x-mixed-replace; boundary=tiltyard-frame"), "{head}");
    let mut parts = BufReader::new(Unchunked(stream, 0));
    let mut before = None;
    for _ in 0..2 {
        let (headers, body) = part(&mut parts);
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(header("content-type"), "image/jpeg");
        assert_eq!(size_px(&body), (640, 360));
        let seq: u64 = header("x-frame").parse().unwrap();
        let time = |name: &str| header(name).parse::<f64>().unwrap();
        assert!(before.is_none_or(|before| seq > before));
        assert!(time("x-arrived-s") > time("x-exposed-s"), "the modelled latency");
        before = Some(seq);
    }
    assert_eq!(size_px(&camera.get("/snapshot.jpg")), (640, 360));
}

/// A target that moves all the time, and something that goes wrong with the video from the start.
fn swing(name: &str, fault: &str) -> Camera {
    let text = format!(
        "schema = 1\ntitle = \"swings\"\ncamera = \"generic-20x\"\nlength = \"60 s\"\n\
        [[target]]\nname = \"ball\"\nsize = {{ width = \"1 m\", height = \"1 m\" }}\nrange = \"10 m\"\n\
        path.sine = {{ amplitude = [\"20 deg\", \"0 deg\"], period = \"7 s\" }}\n{fault}"
    );
    Camera::start(&[&file(name, &text), "--udp", "0", "--http", "0"], 2)
}

/// The first pictures of the video.
fn pictures(camera: &Camera, count: usize) -> Vec<Vec<u8>> {
    let mut stream = BufReader::new(request(camera.address("http"), "GET", "/stream.mjpg"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0);
    }
    let mut parts = BufReader::new(Unchunked(stream, 0));
    (0..count).map(|_| part(&mut parts).1).collect()
}

#[test]
fn a_frozen_video_repeats_its_picture() {
    let frozen = swing("frozen.toml", "[[fault]]\nat = \"0 s\"\nfor = \"50 s\"\nvideo.freeze = {}\n");
    let shown = pictures(&frozen, 4);
    assert!(shown.iter().all(|picture| *picture == shown[0]));
    let live = pictures(&swing("live.toml", ""), 4);
    assert!(live.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn a_video_that_is_lost_shows_nothing_and_says_so() {
    let camera = swing("dark.toml", "[[fault]]\nat = \"0 s\"\nfor = \"50 s\"\nvideo.drop.probability = 1.0\n");
    let (head, _) = exchange(camera.address("http"), "GET", "/snapshot.jpg");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    let video = &camera.truth()["video"];
    assert_eq!(video["lost"], video["exposed"]);
}

#[test]
fn a_picture_has_the_size_that_was_asked_for() {
    let camera = Camera::start(&["--model", "sony-evi-d100", "--size", "320x200", "--http", "0"], 1);
    assert_eq!(size_px(&camera.get("/snapshot.jpg")), (320, 200));
}

#[test]
fn a_scenario_that_says_how_it_is_drawn_is_filmed() {
    // A black picture has 4.3 kB, the test card of the same scene more than three times as much.
    let night = "[world.drawn]\ngain_noise = 0.0\nlight = [[\"0 s\", 0.0]]\n";
    let sizes = [("night.toml", night), ("card.toml", "")].map(|(name, extra)| {
        let camera = swing(name, extra);
        pictures(&camera, 2)[1].len()
    });
    assert!(sizes[0] < 5_000 && sizes[1] > 10_000, "{sizes:?}");
}

#[test]
fn nothing_but_its_own_paths_is_served_and_nothing_is_taken() {
    let camera = walk();
    let at = camera.address("http");
    for path in ["/nothing", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/truth.json/x"] {
        let (head, _) = exchange(at, "GET", path);
        assert!(head.starts_with("HTTP/1.1 404"), "{path}: {head}");
    }
    for path in ["/truth.json", "/", "/stream.mjpg"] {
        let (head, _) = exchange(at, "POST", path);
        assert!(head.starts_with("HTTP/1.1 405"), "{path}: {head}");
    }
    let (head, _) = exchange(at, "GET", "/log.json?after=minus");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    // A head without an end is cut off, maybe while it is still being written; others are served as before.
    let mut endless = TcpStream::connect(at).unwrap();
    let cut_off = (0..10_000).any(|_| endless.write_all(&[b'x'; 10_000]).is_err());
    assert!(cut_off, "a hundred megabytes were taken");
    assert_eq!(camera.truth()["state"], "running");
}

#[test]
fn the_page_brings_everything_along() {
    let camera = walk();
    let (head, body) = exchange(camera.address("http"), "GET", "/");
    assert!(head.contains("default-src 'none'"), "{head}");
    let page = String::from_utf8(body).unwrap();
    for loads in ["http://", "https://", "@import", "src=\"//"] {
        assert!(!page.contains(loads), "the page loads something: {loads}");
    }
    for uses in ["/stream.mjpg", "/truth/events", "/log/events"] {
        assert!(page.contains(uses), "{uses}");
    }
}

#[allow(clippy::disallowed_methods, reason = "the camera runs in wall time, and so do its clients")]
#[test]
fn connections_beyond_the_limit_wait_for_their_turn() {
    let camera = walk();
    let at = camera.address("http");
    let mut idle: Vec<TcpStream> = (0..64).map(|_| TcpStream::connect(at).unwrap()).collect();
    let late = std::thread::spawn(move || exchange(at, "GET", "/truth.json").0);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!late.is_finished(), "the sixty-fifth is not served");
    idle.clear();
    let head = late.join().unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[test]
fn the_last_event_says_that_it_has_ended() {
    let camera = Camera::start(&[WALK, "--length", "1 s", "--udp", "0", "--http", "0"], 2);
    let truths: Vec<Value> = events(request(camera.address("http"), "GET", "/truth/events"), "truth").collect();
    let last = truths.last().unwrap();
    assert_eq!((&last["state"], &last["time_s"]), (&"ended".into(), &1.0.into()));
    assert_eq!(last["verdict"], "inconclusive");
    assert_eq!(camera.over().code, 1);
}
