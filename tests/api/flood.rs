//! The flood of readers that `tiltyard soak` puts on the API: it counts what it gets, and sees what is wrong.

use core::sync::atomic::{AtomicU64, Ordering};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tiltyard::api::{Api, Bound, Limits};
use tiltyard::run::live::flood::{Flood, FloodConfig, Flooded};

use tokio::runtime::Builder;

use crate::harness::patiently;
use crate::session::{World, tick};

const CONFIG: FloodConfig = FloodConfig { clients: 3, rate_hz: 300 };

/// A flood until `enough`.
fn flooded(at: SocketAddr, enough: impl FnMut() -> Option<()>) -> Flooded {
    let flood = Flood::start(at, CONFIG).unwrap();
    patiently("the flood", enough);
    flood.end().unwrap()
}

#[test]
fn a_flood_keeps_its_connections_and_finds_nothing_wrong() {
    let world = World::default();
    world.metadata.publish(tick(1));
    let bound = Bound::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
    let at = bound.at();
    let asked = Arc::clone(&world.status_asked);
    let api = Api::open(bound, world.source(), Limits::default()).unwrap();
    let mut sequence = 1;
    let flooded = flooded(at, || {
        sequence += 1;
        world.metadata.publish(tick(sequence));
        // A status is kept for a tenth of a second of the world's clock.
        world.at_ms(sequence * 1000);
        (asked.load(Ordering::Relaxed) >= 30).then_some(())
    });
    api.close();
    assert_eq!((flooded.errors, &flooded.first_error), (0, &None), "{flooded:?}");
    assert_eq!(flooded.connections, 4, "three that ask and one that listens, each kept");
    assert!(flooded.requests >= 60 && flooded.events >= 10, "{flooded:?}");
    assert!(flooded.reply.p50_ms <= flooded.reply.p99_ms && flooded.reply.p50_ms.is_some(), "{flooded:?}");
    assert!(flooded.rate_hz() <= 330.0, "no more than was asked for: {flooded:?}");
}

/// A flood of what a server of our own answers to every question, by its number; its stream never begins.
fn flooded_by(answer: impl Fn(u64) -> (StatusCode, String) + Clone + Send + Sync + 'static) -> Flooded {
    let asked = Arc::new(AtomicU64::new(0));
    let counts = Arc::clone(&asked);
    let route = get(move || {
        let answer = answer(counts.fetch_add(1, Ordering::Relaxed));
        async move { answer }
    });
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = server.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let at = listener.local_addr().unwrap();
    let stream = get(core::future::pending::<()>);
    let router = Router::new().route("/api/metadata/stream", stream).fallback(route);
    server.spawn(async { axum::serve(listener, router).await });
    flooded(at, || (asked.load(Ordering::Relaxed) >= 10).then_some(()))
}

#[test]
fn a_flood_sees_what_is_wrong() {
    let first = |flooded: &Flooded| flooded.first_error.clone().unwrap_or_default();
    let late = flooded_by(|number| (StatusCode::OK, format!(r#"{{"sequence":{}}}"#, 1_000_000 - number)));
    assert!(late.errors > 0 && first(&late).contains("a tick older than the last"), "{late:?}");
    let broken = flooded_by(|_| (StatusCode::OK, "{\"sequence\":".to_owned()));
    assert!(broken.errors > 0 && first(&broken).contains("no JSON"), "{broken:?}");
    let busy = flooded_by(|_| (StatusCode::SERVICE_UNAVAILABLE, String::new()));
    assert!(busy.errors >= busy.requests && first(&busy).contains("503"), "{busy:?}");
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).unwrap();
    let mut looks = 0;
    let deaf = flooded(nobody, || {
        looks += 1;
        (looks > 5).then_some(())
    });
    assert!(deaf.errors > 0 && deaf.requests == 0 && first(&deaf).contains("connect"), "{deaf:?}");
}
