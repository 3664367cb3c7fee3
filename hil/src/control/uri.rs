//! Where a camera is controlled: `visca+udp://h:1259`, `visca+tcp://h:5678`, `visca+sony://h:52381`,
//! `visca+serial:///dev/ttyUSB0?baud=9600` (DESIGN section 6).

use core::fmt;
use core::str::FromStr;

use tiltyard_visca::{Framing, sony};

/// PTZOptics' port for bare VISCA over UDP.
const UDP_PORT: u16 = 1259;
/// PTZOptics' port for bare VISCA over TCP.
const TCP_PORT: u16 = 5678;

/// A control connection, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlUri {
    /// Bare frames in UDP datagrams, to `host:port`.
    Udp(String),
    /// Bare frames over TCP, to `host:port`.
    Tcp(String),
    /// Sony's header over UDP, to `host:port`.
    Sony(String),
}

/// A URI that names no camera we can speak to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Not a URI of a control connection.
    #[error(
        "`{0}` is no control connection (expected visca+udp://HOST:1259, visca+tcp://HOST:5678 or visca+sony://HOST:52381)"
    )]
    Unknown(String),
    /// No host, or a port that is no number.
    #[error("`{0}` names no host and port (expected HOST or HOST:PORT after `//`)")]
    Host(String),
    /// Serial lines are not built in.
    #[error(
        "`{0}` is a serial line, which this build does not know (the feature `serial` is not there yet; a converter to TCP is: visca+tcp://HOST:PORT)"
    )]
    Serial(String),
}

impl ControlUri {
    /// How bytes are wrapped there.
    pub const fn framing(&self) -> Framing {
        match self {
            Self::Udp(_) => Framing::Datagrams,
            Self::Tcp(_) => Framing::Stream,
            Self::Sony(_) => Framing::Sony,
        }
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        match self {
            Self::Udp(host) | Self::Tcp(host) | Self::Sony(host) => host,
        }
    }
}

impl FromStr for ControlUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| UriError::Unknown(text.to_owned()))?;
        let at = |port| with_port(rest, port).ok_or_else(|| UriError::Host(text.to_owned()));
        match scheme {
            "visca+udp" => at(UDP_PORT).map(Self::Udp),
            "visca+tcp" => at(TCP_PORT).map(Self::Tcp),
            "visca+sony" => at(sony::PORT).map(Self::Sony),
            "visca+serial" => Err(UriError::Serial(text.to_owned())),
            _ => Err(UriError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for ControlUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self {
            Self::Udp(_) => "visca+udp",
            Self::Tcp(_) => "visca+tcp",
            Self::Sony(_) => "visca+sony",
        };
        write!(f, "{scheme}://{}", self.host())
    }
}

/// `host`, `host:port` or `[::1]:port`, with a port; `None` when it is none of them.
fn with_port(rest: &str, usual: u16) -> Option<String> {
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
        return None;
    }
    let bracketed = host.ends_with(']');
    match host.rsplit_once(':').filter(|_| !bracketed) {
        None => Some(format!("{host}:{usual}")),
        Some((name, port)) if !name.is_empty() && port.parse::<u16>().is_ok() => Some(host.to_owned()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_has_its_port() {
        let read = |text: &str| text.parse::<ControlUri>().map(|uri| uri.to_string());
        assert_eq!(read("visca+udp://camera.local").unwrap(), "visca+udp://camera.local:1259");
        assert_eq!(read("visca+tcp://10.0.0.7:15000/").unwrap(), "visca+tcp://10.0.0.7:15000");
        assert_eq!(read("visca+sony://[::1]").unwrap(), "visca+sony://[::1]:52381");
        assert_eq!("visca+sony://h".parse::<ControlUri>().unwrap().framing(), Framing::Sony);
    }

    #[test]
    fn what_is_not_understood_is_told_by_its_kind() {
        let kind = |text: &str| text.parse::<ControlUri>().unwrap_err();
        for text in ["camera:1259", "http://h", "visca://h", ""] {
            assert!(matches!(kind(text), UriError::Unknown(_)), "{text}");
        }
        for text in ["visca+udp://", "visca+udp://h:x", "visca+udp://h:99999", "visca+tcp://u@h", "visca+tcp://:1"] {
            assert!(matches!(kind(text), UriError::Host(_)), "{text}");
        }
        let serial = kind("visca+serial:///dev/ttyUSB0?baud=9600");
        assert!(serial.to_string().contains("feature `serial`"), "{serial}");
    }
}
