//! `multipart/x-mixed-replace`, the form in which network cameras send motion JPEG (RFC 2046 section 5.1): parts with
//! headers, divided by a boundary, for ever.
//!
//! Bytes come in as the network cuts them. A part is given when it is whole: by its `Content-Length`, or, where a
//! camera does not say, when the next boundary has come. Bounded: headers of 64 KiB, bodies of 16 MiB.

/// Longest headers of a part \[bytes\].
const HEAD_MAX: usize = 64 * 1024;
/// Longest body of a part \[bytes\]: a JPEG of 4K video has a few.
const BODY_MAX: usize = 16 * 1024 * 1024;

/// One part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Names in small letters, and values, in their order.
    pub headers: Vec<(String, String)>,
    /// What is in it.
    pub body: Vec<u8>,
}

impl Part {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is not a multipart stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The content type names no boundary.
    #[error("read the video: its content type is no multipart with a boundary")]
    Type,
    /// Headers without an end.
    #[error("read the video: the headers of a part exceed {max} bytes", max = HEAD_MAX)]
    Head,
    /// A body without an end.
    #[error("read the video: a part exceeds {max} bytes", max = BODY_MAX)]
    Body,
    /// Something other than a boundary between two parts.
    #[error("read the video: no boundary where a part ends")]
    Boundary,
}

/// Takes a stream apart.
#[derive(Clone, Debug)]
pub struct Multipart {
    /// With its two dashes.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    /// The headers of the part under way, once they are whole, and where its body begins.
    head: Option<(Vec<(String, String)>, usize)>,
    ended: bool,
}

impl Multipart {
    /// For a stream of this content type.
    pub fn new(content_type: &str) -> Result<Self, MultipartError> {
        let mut words = content_type.split(';').map(str::trim);
        let multipart = words.next().is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/"));
        let boundary = words.find_map(|word| {
            let (name, value) = word.split_once('=')?;
            name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
        });
        let boundary = boundary.filter(|boundary| multipart && !boundary.is_empty()).ok_or(MultipartError::Type)?;
        // Some cameras name the boundary with the dashes that divide, which do not belong to it.
        let boundary = boundary.strip_prefix("--").unwrap_or(boundary);
        Ok(Self { delimiter: format!("--{boundary}").into_bytes(), buffer: Vec::new(), head: None, ended: false })
    }

    /// Bytes came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole part; `None` until more bytes have come.
    pub fn next_part(&mut self) -> Result<Option<Part>, MultipartError> {
        if self.ended || (self.head.is_none() && !self.read_head()?) {
            return Ok(None);
        }
        let Some((headers, begins)) = &self.head else { return Ok(None) };
        let told =
            headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, len)| len.parse::<usize>().ok());
        let ends = match told {
            Some(len) if len > BODY_MAX => return Err(MultipartError::Body),
            Some(len) => Some(begins + len).filter(|ends| *ends <= self.buffer.len()),
            // The line break before a boundary belongs to it.
            None => find(&self.buffer, *begins, &[b"\r\n", &self.delimiter[..]].concat()),
        };
        let Some(ends) = ends else {
            let too_long = self.buffer.len() - begins > BODY_MAX + self.delimiter.len();
            return if too_long { Err(MultipartError::Body) } else { Ok(None) };
        };
        let Some((headers, begins)) = self.head.take() else { return Ok(None) };
        let body = self.buffer.get(begins..ends).unwrap_or_default().to_vec();
        self.buffer.drain(..ends);
        Ok(Some(Part { headers, body }))
    }

    /// Whether the closing boundary has come: nothing follows.
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Reads boundary and headers, if they are whole.
    fn read_head(&mut self) -> Result<bool, MultipartError> {
        let lines = self.buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.buffer.drain(..lines);
        let known = self.buffer.len().min(self.delimiter.len());
        if self.buffer.get(..known) != self.delimiter.get(..known) {
            return Err(MultipartError::Boundary);
        }
        if self.buffer.get(self.delimiter.len()..).is_some_and(|rest| rest.starts_with(b"--")) {
            self.ended = true;
            return Ok(false);
        }
        let Some(end) = find(&self.buffer, 0, b"\r\n\r\n") else {
            return if self.buffer.len() > HEAD_MAX { Err(MultipartError::Head) } else { Ok(false) };
        };
        if end > HEAD_MAX {
            return Err(MultipartError::Head);
        }
        let text = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).into_owned();
        let headers = text.split("\r\n").skip(1).filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        });
        self.head = Some((headers.collect(), end + 4));
        Ok(true)
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/x-mixed-replace; boundary=frame";

    fn parts(parser: &mut Multipart, stream: &[u8], cuts: &[usize]) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = stream;
        let mut cuts = cuts.iter().cycle();
        while !rest.is_empty() {
            let cut = (*cuts.next().unwrap()).clamp(1, rest.len());
            let (now, later) = rest.split_at(cut);
            parser.push(now);
            rest = later;
            while let Some(part) = parser.next_part().unwrap() {
                parts.push(part);
            }
        }
        parts
    }

    fn stream(bodies: &[Vec<u8>], with_length: bool) -> Vec<u8> {
        let mut stream = Vec::new();
        for (number, body) in bodies.iter().enumerate() {
            stream
                .extend_from_slice(format!("--frame\r\nContent-Type: image/jpeg\r\nX-Frame: {number}\r\n").as_bytes());
            if with_length {
                stream.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
            }
            stream.extend_from_slice(b"\r\n");
            stream.extend_from_slice(body);
            stream.extend_from_slice(b"\r\n");
        }
        stream.extend_from_slice(b"--frame--\r\n");
        stream
    }

    proptest! {
        #[test]
        fn parts_do_not_depend_on_how_the_network_cuts_them(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..6),
            cuts in prop::collection::vec(1_usize..50, 1..20),
        ) {
            let mut parser = Multipart::new(TYPE).unwrap();
            let read = parts(&mut parser, &stream(&bodies, true), &cuts);
            prop_assert_eq!(read.iter().map(|part| part.body.clone()).collect::<Vec<_>>(), bodies);
            for (number, part) in read.iter().enumerate() {
                let number = number.to_string();
                prop_assert_eq!(part.header("x-frame"), Some(number.as_str()));
            }
            prop_assert!(parser.is_ended());
        }

        #[test]
        fn without_a_length_the_boundary_divides(
            // A JPEG ends with FF D9 and has no boundary in it.
            bodies in prop::collection::vec(prop::collection::vec(0x80_u8..=0xFF, 1..80), 0..6),
            cuts in prop::collection::vec(1_usize..50, 1..20),
        ) {
            let mut parser = Multipart::new(TYPE).unwrap();
            let read = parts(&mut parser, &stream(&bodies, false), &cuts);
            prop_assert_eq!(read.into_iter().map(|part| part.body).collect::<Vec<_>>(), bodies);
        }

        #[test]
        fn noise_is_an_error_or_nothing_and_never_a_panic(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut parser = Multipart::new(TYPE).unwrap();
            parser.push(&noise);
            while let Ok(Some(_)) = parser.next_part() {}
        }
    }

    #[test]
    fn content_types_of_real_cameras_are_read() {
        for kind in [
            "multipart/x-mixed-replace;boundary=frame",
            "multipart/x-mixed-replace; boundary=\"frame\"",
            "Multipart/x-mixed-replace; charset=x; BOUNDARY=--frame",
        ] {
            let mut parser = Multipart::new(kind).unwrap();
            assert_eq!(parts(&mut parser, &stream(&[b"a".to_vec()], true), &[3]).len(), 1, "{kind}");
        }
        for kind in ["image/jpeg", "multipart/x-mixed-replace", "multipart/x-mixed-replace; boundary="] {
            assert_eq!(Multipart::new(kind).unwrap_err(), MultipartError::Type, "{kind}");
        }
    }

    #[test]
    fn what_has_no_end_is_refused() {
        let mut parser = Multipart::new(TYPE).unwrap();
        parser.push(b"--frame\r\n");
        parser.push(&vec![b'x'; HEAD_MAX + 1]);
        assert_eq!(parser.next_part(), Err(MultipartError::Head));
        let mut parser = Multipart::new(TYPE).unwrap();
        parser.push(b"--frame\r\nContent-Length: 99999999999\r\n\r\n");
        assert_eq!(parser.next_part(), Err(MultipartError::Body));
        let mut parser = Multipart::new(TYPE).unwrap();
        parser.push(b"<html>");
        assert_eq!(parser.next_part(), Err(MultipartError::Boundary));
    }
}
