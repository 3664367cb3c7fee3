//! Streams: servers that answer, fall silent, end, or never speak; and nobody there. Every wait has an end.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use tiltyard_hil::WallClock;
use tiltyard_hil::capture::{CaptureError, RgbFrame, Settings, Stream};
use tiltyard_visca::SimTime;

use super::clips::{Folder, avi, jpegs};

const HASTY: Settings = Settings {
    open_within: Duration::from_millis(1500),
    read_within: Duration::from_millis(700),
    again_after: Duration::from_millis(100),
    again_max: Duration::from_millis(400),
};
/// Beyond all time-outs together, for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server on this machine that does this with each that comes; gives its address.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Ends with the test program.
    std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address
}

const BOUNDARY: &str = "frame";

fn greet(peer: &mut TcpStream) {
    let _ = peer.read(&mut [0; 2048]);
    let head = format!("HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\n\r\n");
    let _ = peer.write_all(head.as_bytes());
}

/// Whether the other end is still there.
fn part(peer: &mut TcpStream, jpeg: &[u8]) -> bool {
    let head = format!("--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
    let all = [head.as_bytes(), jpeg, b"\r\n"].concat();
    peer.write_all(&all).and_then(|()| peer.flush()).is_ok()
}

fn start(uri: &str) -> Stream {
    Stream::start(&uri.parse().unwrap(), HASTY).unwrap()
}

/// What comes next, picture or trouble; how long it took is asserted of every call.
fn next(stream: &mut Stream) -> Result<RgbFrame, CaptureError> {
    let clock = WallClock::start();
    loop {
        let asked_at = clock.now();
        let came = stream.next(Duration::from_millis(50));
        assert!(clock.now().since(asked_at) < Duration::from_secs(1), "a call that hung");
        match came {
            Ok(Some(frame)) => return Ok(frame),
            Ok(None) => assert!(clock.now().since(SimTime::ZERO) < PATIENCE, "neither picture nor trouble"),
            Err(trouble) => return Err(trouble),
        }
    }
}

/// The next trouble, whatever pictures come before it.
fn trouble(stream: &mut Stream) -> CaptureError {
    loop {
        if let Err(trouble) = next(stream) {
            return trouble;
        }
    }
}

#[test]
fn motion_jpeg_comes_with_its_colours_and_sizes() {
    for (size, grey) in [((641, 359), false), ((160, 120), true)] {
        let pictures = jpegs(size, 8, grey);
        let address = server(move |mut peer| {
            greet(&mut peer);
            let mut number = 0;
            while part(&mut peer, &pictures[number % pictures.len()]) {
                number += 1;
                std::thread::sleep(Duration::from_millis(30));
            }
        });
        let mut stream = start(&format!("http://{address}/stream.mjpg"));
        let mut before = None;
        for _ in 0..5 {
            let frame = next(&mut stream).unwrap();
            assert_eq!((frame.width_px as i32, frame.height_px as i32), size);
            assert_eq!(frame.rgb.len(), (size.0 * size.1 * 3) as usize);
            let is_grey = frame.rgb.chunks_exact(3).all(|pixel| pixel[0].abs_diff(pixel[2]) < 6);
            assert_eq!(is_grey, grey);
            assert!(before.is_none_or(|before| before < frame.index), "each picture once, in order");
            before = Some(frame.index);
        }
    }
}

#[test]
fn a_camera_that_stops_sending_is_told_and_tried_again() {
    let pictures = jpegs((160, 120), 4, false);
    let address = server(move |mut peer| {
        greet(&mut peer);
        for number in 0..40 {
            part(&mut peer, &pictures[number % 4]);
            std::thread::sleep(Duration::from_millis(5));
        }
        // The connection stays, and nothing comes.
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE * 2);
            drop(peer);
        });
    });
    let mut stream = start(&format!("http://{address}/stream.mjpg"));
    let first = next(&mut stream).unwrap().index;
    let told = trouble(&mut stream);
    assert!(matches!(&told, CaptureError::Silent { silent, .. } if *silent < Duration::from_secs(3)), "{told}");
    assert!(told.to_string().contains("/stream.mjpg: no picture came for"), "{told}");
    assert!(next(&mut stream).unwrap().index > first, "connected again");
    assert!(!stream.is_over());
}

#[test]
fn a_camera_that_hangs_up_is_told_and_tried_again() {
    let pictures = jpegs((160, 120), 4, false);
    let address = server(move |mut peer| {
        greet(&mut peer);
        for number in 0..30 {
            part(&mut peer, &pictures[number % 4]);
        }
    });
    let mut stream = start(&format!("http://{address}/stream.mjpg"));
    let first = next(&mut stream).unwrap().index;
    let told = trouble(&mut stream);
    assert!(matches!(told, CaptureError::Ended { .. }), "{told}");
    assert!(next(&mut stream).unwrap().index > first, "connected again");
}

#[test]
fn who_accepts_and_never_answers_holds_nobody_up() {
    let address = server(|peer| {
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE * 2);
            drop(peer);
        });
    });
    for uri in [format!("http://{address}/stream.mjpg"), format!("rtsp://{address}/1")] {
        let clock = WallClock::start();
        let mut stream = start(&uri);
        let told = trouble(&mut stream);
        assert!(matches!(told, CaptureError::NoAnswer { .. }), "{told}");
        assert!(told.to_string().contains("FFmpeg got no video from it (it was given 1.5 s)"), "{told}");
        let took = clock.now().since(SimTime::ZERO);
        assert!(took < HASTY.open_within * 3, "{uri}: {took:?}");
        drop(stream);
        assert!(clock.now().since(SimTime::ZERO) < PATIENCE, "the end waits for nobody");
    }
}

#[test]
fn where_nobody_listens_is_told_at_once() {
    // Bound and closed again: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for uri in [format!("rtsp://user:secret@{address}/1"), format!("http://{address}/stream.mjpg")] {
        let told = trouble(&mut start(&uri));
        assert!(matches!(told, CaptureError::NoAnswer { .. }), "{told}");
        assert!(told.to_string().contains(&address.to_string()) && !told.to_string().contains("secret"), "{told}");
    }
    let told = trouble(&mut start("v4l2:///dev/video-nowhere"));
    assert!(told.to_string().contains("v4l2:///dev/video-nowhere: there is no such device"), "{told}");
}

#[test]
fn an_answer_that_is_no_video_is_told() {
    let address = server(|mut peer| {
        let _ = peer.read(&mut [0; 2048]);
        let _ = peer.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html>nothing</html>");
    });
    let told = trouble(&mut start(&format!("http://{address}/stream.mjpg")));
    assert!(matches!(told, CaptureError::NoAnswer { .. }), "{told}");
}

#[test]
fn a_file_plays_at_its_own_rate_and_ends() {
    let folder = Folder::new("plays");
    let path = folder.file("clip.avi");
    avi(&path, (160, 120), 20, false);
    let clock = WallClock::start();
    let mut stream = start(&format!("file:{}", path.display()));
    let mut last = 0;
    let end = loop {
        match next(&mut stream) {
            Ok(frame) => last = frame.index,
            Err(end) => break end,
        }
    };
    // 20 frames of 50 ms; the last one is due after 0.95 s.
    assert!(clock.now().since(SimTime::ZERO) >= Duration::from_millis(950) && last == 19, "{last}");
    assert!(end.to_string().contains("clip.avi: it has ended after 20 frames"), "{end}");
    assert!(stream.is_over() && next(&mut stream) == Err(end));
    let nowhere = Stream::start(&"file:nowhere.mp4".parse().unwrap(), HASTY).err().unwrap();
    assert!(nowhere.to_string().contains("nowhere.mp4: there is no such file"), "{nowhere}");
}
