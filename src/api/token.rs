//! Who may write: whoever has the token; on loopback without one, whoever is there and is no web page.

use core::fmt;
use core::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HOST, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use super::shared::Shared;

/// Shorter ones can be guessed.
const LENGTH_MIN: usize = 16;

/// A secret that the writing routes want to be shown.
#[derive(Clone)]
pub struct Token(Box<str>);

/// A token that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too easily guessed.
    #[error("the token is too short (at least {LENGTH_MIN} characters; `openssl rand -hex 32` makes a good one)")]
    Short,
    /// It could not be sent in a header.
    #[error("the token has characters that cannot stand in a header (visible ASCII only, no spaces)")]
    Characters,
}

impl Token {
    /// White space about it, such as the last line break of a file, is not part of it.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.len() < LENGTH_MIN {
            return Err(TokenError::Short);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        Ok(Self(text.into()))
    }

    /// Whether that is it. How long the answer takes says nothing but whether the length is right.
    pub fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }
}

/// Not in any log.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Proof that the sender of a request may write. Comes before the body is looked at.
pub(super) struct MayWrite;

impl FromRequestParts<Arc<Shared>> for MayWrite {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let Some(token) = &shared.token else {
            return if is_local(&parts.headers) { Ok(Self) } else { Err(rebound()) };
        };
        let given = parts.headers.get(AUTHORIZATION).map(|value| bearer(value.as_bytes()));
        match given {
            Some(Some(given)) if token.is(given) => Ok(Self),
            Some(_) => Err(unauthorised("Bearer error=\"invalid_token\"", "this is not the token")),
            None => Err(unauthorised("Bearer", "this route wants the header `Authorization: Bearer TOKEN`")),
        }
    }
}

fn unauthorised(challenge: &'static str, detail: &str) -> Response {
    ([(WWW_AUTHENTICATE, challenge)], Problem::new(StatusCode::UNAUTHORIZED, detail)).into_response()
}

/// What stands after the scheme, whose case does not matter (RFC 9110).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}

/// A web page whose own name was made to point here sends that name along (DNS rebinding): without a token, only
/// requests to an address or to `localhost` are served. Other web pages are kept out by the browser, because nothing
/// here answers its question for leave (CORS).
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

fn rebound() -> Response {
    let detail = "without a token, writing routes are served under `localhost` or an address only";
    Problem::new(StatusCode::FORBIDDEN, detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_can_be_sent() {
        assert_eq!(Token::new("0123456789abcde\n").unwrap_err(), TokenError::Short);
        assert_eq!(Token::new("0123456789 abcdef").unwrap_err(), TokenError::Characters);
        assert_eq!(Token::new("0123456789abcdefü").unwrap_err(), TokenError::Characters);
        let token = Token::new(" 0123456789abcdef\n").unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for wrong in ["0123456789abcdeF", "0123456789abcde", "0123456789abcdef0", ""] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn the_scheme_is_read_as_the_rfc_says() {
        assert_eq!(bearer(b"Bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"bEARER  abc"), Some(&b"abc"[..]));
        for wrong in [&b"Basic abc"[..], b"Bearer", b"", b"Bearerabc"] {
            assert_eq!(bearer(wrong), None);
        }
    }
}
