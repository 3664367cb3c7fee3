//! What goes wrong has one shape.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::session::{Answer, Session, put, tick};

/// Status, title and shape of a problem; gives its detail.
fn problem(answer: &Answer, status: StatusCode) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let body = answer.json();
    assert_eq!(body["type"], "about:blank");
    assert_eq!((&body["title"], &body["status"]), (&status.canonical_reason().into(), &status.as_u16().into()));
    assert_eq!(body.as_object().unwrap().len(), 4);
    body["detail"].as_str().unwrap().to_owned()
}

#[test]
fn an_unknown_route_says_where_the_known_ones_are() {
    let detail = problem(&Session::new().get("/api/metadat"), StatusCode::NOT_FOUND);
    assert_eq!(detail, "GET /api/metadat: no such route; /openapi.json lists all");
}

#[test]
fn another_method_is_refused_with_those_that_are_allowed() {
    let session = Session::new();
    for (method, path, allowed) in [
        ("POST", "/api/target", "DELETE,PUT"),
        ("GET", "/api/target", "DELETE,PUT"),
        ("PUT", "/api/metadata", "GET,HEAD"),
        ("DELETE", "/metrics", "GET,HEAD"),
        ("OPTIONS", "/healthz", "GET,HEAD"),
    ] {
        let answer = session.ask(Request::builder().method(method).uri(path).body(Body::empty()).unwrap());
        problem(&answer, StatusCode::METHOD_NOT_ALLOWED);
        let mut allow: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        allow.sort_unstable();
        assert_eq!(allow.join(","), allowed, "{method} {path}");
    }
}

#[test]
fn a_body_that_is_no_target_is_refused_before_anything_is_ordered() {
    let session = Session::new();
    for (text, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("{", StatusCode::BAD_REQUEST),
        ("{}", StatusCode::UNPROCESSABLE_ENTITY),
        ("[]", StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":-1}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":4294967296}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":7.5}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":1e300}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":"7"}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":null}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":7,"speed":9}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"id":7} {"id":8}"#, StatusCode::BAD_REQUEST),
    ] {
        assert!(!problem(&session.put(text), status).is_empty(), "{text}");
    }
    let long = format!(r#"{{"id":{}7}}"#, " ".repeat(5000));
    problem(&session.put(&long), StatusCode::PAYLOAD_TOO_LARGE);
    for kind in ["text/plain", "application/xml"] {
        let request = Request::put("/api/target").header("content-type", kind).body(Body::from(r#"{"id":7}"#)).unwrap();
        problem(&session.ask(request), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    assert_eq!(session.world.ordered(), []);
}

#[test]
fn a_body_that_grows_without_saying_so_is_cut_off() {
    let session = Session::new();
    let chunks = futures_of(vec![vec![b' '; 3000]; 3]);
    problem(&session.ask(put().body(chunks).unwrap()), StatusCode::PAYLOAD_TOO_LARGE);
}

/// A body without a length.
fn futures_of(chunks: Vec<Vec<u8>>) -> Body {
    Body::from_stream(futures_util::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>)))
}

#[test]
fn a_session_that_is_not_in_order_is_alive_and_not_ready() {
    let session = Session::new();
    assert_eq!(session.get("/healthz").text, r#"{"status":"ok"}"#);
    assert_eq!(problem(&session.get("/readyz"), StatusCode::SERVICE_UNAVAILABLE), "no decision was made yet");
    session.publish(tick(3));
    assert_eq!(session.get("/readyz").text, r#"{"status":"ready","sequence":3}"#);
    *session.world.alarm.lock().unwrap() = Some("no video");
    // A status is told again for a moment.
    session.world.at_ms(100);
    assert_eq!(problem(&session.get("/readyz"), StatusCode::SERVICE_UNAVAILABLE), "no video");
    assert_eq!(session.get("/healthz").status, StatusCode::OK);
    *session.world.alarm.lock().unwrap() = None;
    session.world.metadata.close();
    assert_eq!(problem(&session.get("/readyz"), StatusCode::SERVICE_UNAVAILABLE), "the session ends");
}
