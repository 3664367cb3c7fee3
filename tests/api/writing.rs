//! Whom to follow: orders arrive, and only from those who may.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tiltyard::api::{ApiError, Bound, Limits, Token};
use tiltyard::run::live::Order;

use crate::session::{Answer, Session, TOKEN, put};

fn clear() -> axum::http::request::Builder {
    Request::delete("/api/target")
}

#[test]
fn orders_reach_the_session_in_their_order() {
    let session = Session::new();
    let answer = session.put(r#"{"id":7}"#);
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::ACCEPTED, r#"{"wanted":{"id":7}}"#));
    assert_eq!(session.put(r#"{"id":4294967295}"#).status, StatusCode::ACCEPTED);
    let answer = session.ask(clear().body(Body::empty()).unwrap());
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::ACCEPTED, r#"{"wanted":null}"#));
    assert_eq!(session.world.ordered(), [Order::Follow(7), Order::Follow(u32::MAX), Order::Clear]);
}

/// JSON Schema knows one kind of number: what is an integer there has to be one here (found by schemathesis).
#[test]
fn an_integer_may_be_written_with_a_point() {
    let session = Session::new();
    for (text, id) in
        [(r#"{"id":308822934.0}"#, 308_822_934), (r#"{"id":4e2}"#, 400), (r#"{"id":4294967295.0}"#, u32::MAX)]
    {
        assert_eq!(session.put(text).status, StatusCode::ACCEPTED, "{text}");
        assert_eq!(session.world.ordered().last(), Some(&Order::Follow(id)));
    }
}

#[test]
fn with_a_token_nobody_writes_without_it_and_everybody_reads() {
    let session = Session::with(Some(TOKEN), Limits::default());
    let ask = |authorization: Option<&str>| -> Answer {
        let put = authorization.map_or_else(put, |value| put().header("authorization", value));
        session.ask(put.body(Body::from(r#"{"id":7}"#)).unwrap())
    };
    let answer = ask(None);
    assert_eq!((answer.status, answer.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    for wrong in ["Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer", "Basic 0123456789abcdef", ""] {
        let answer = ask(Some(wrong));
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
    assert_eq!(session.ask(clear().body(Body::empty()).unwrap()).status, StatusCode::UNAUTHORIZED);
    // The body is not looked at before.
    assert_eq!(session.put("{").status, StatusCode::UNAUTHORIZED);
    assert_eq!(session.world.ordered(), []);
    assert_eq!(ask(Some(&format!("Bearer {TOKEN}"))).status, StatusCode::ACCEPTED);
    assert_eq!(session.world.ordered(), [Order::Follow(7)]);
    assert_eq!(session.get("/api/status").status, StatusCode::OK);
}

#[test]
fn without_a_token_a_web_page_under_another_name_does_not_write() {
    let session = Session::new();
    let ask = |host: &str| session.ask(clear().header("host", host).body(Body::empty()).unwrap()).status;
    for host in ["127.0.0.1:8090", "localhost", "LOCALHOST:8090", "[::1]:8090", "192.168.1.2"] {
        assert_eq!(ask(host), StatusCode::ACCEPTED, "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example:8090", "localhost.evil.example", "evil.example:127.0.0.1"] {
        assert_eq!(ask(host), StatusCode::FORBIDDEN, "{host}");
    }
    assert_eq!(session.world.ordered().len(), 5);
}

#[test]
fn an_address_beyond_loopback_is_not_taken_without_a_token() {
    for anywhere in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = Bound::bind(anywhere.parse().unwrap(), None);
        assert!(matches!(refused, Err(ApiError::NoToken(_))), "{anywhere}: {refused:?}");
    }
    assert!(Bound::bind("127.0.0.1:0".parse().unwrap(), None).is_ok());
    assert!(Bound::bind("0.0.0.0:0".parse().unwrap(), Some(Token::new(TOKEN).unwrap())).is_ok());
}
