//! Reading a run file: from bytes that somebody hands in to a run, or to one sentence that says why not.
//!
//! The file is walked from start to end with every checksum on; indices are not trusted, because they are not used.

use std::collections::BTreeMap;

use mcap::records::{Record, op};
use mcap::sans_io::{LinearReadEvent, LinearReader, linear_reader::LinearReaderOptions};
use mcap::{McapError, parse_record};
use prost::Message;
use tiltyard_visca::{Datagram, SimTime};

use super::about::{self, About};
use super::error::ReadError;
use super::topic::Topic;
use super::{CAMERA, INPUTS, READ_BY_SCENARIO, SCENARIO, inputs};
use crate::rig::Inputs;
use crate::run::chain::Link;
use crate::run::recording::Sent;
use crate::scenario::{Attachment, Diagnostics, Memory, Scenario, Set, parse};

/// A run, as its file tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFile {
    /// What it was.
    pub about: About,
    /// The scenario's text.
    pub scenario: String,
    /// The camera's text.
    pub camera: String,
    /// What the scenario read.
    pub files: Vec<Attachment>,
    /// What went into the stack.
    pub inputs: Inputs,
    /// What the stack sent.
    pub sent: Vec<Sent>,
    /// The chain, by tick.
    pub links: Vec<Link>,
}

impl RunFile {
    /// The scenario, with the attached camera, and overrides on top.
    pub fn scenario(&self, sets: &[Set]) -> Result<Scenario, Diagnostics> {
        let mut files = Memory(self.files.iter().map(|file| (file.path.clone(), file.text.clone())).collect());
        files.0.insert(CAMERA.to_owned(), self.camera.clone());
        // The camera of the file, and not the one that this version knows by that name.
        let mut all = vec![Set::parse(&format!("camera=\"{CAMERA}\""))?];
        all.extend_from_slice(sets);
        parse(&self.about.file, &self.scenario, &all, &files)
    }
}

/// Reads a run file.
pub fn read(bytes: &[u8]) -> Result<RunFile, ReadError> {
    if !has_whole_chunks(bytes) {
        return Err(McapError::UnexpectedEof.into());
    }
    let mut parts = Parts::default();
    let options = LinearReaderOptions::default()
        .with_validate_chunk_crcs(true)
        .with_validate_data_section_crc(true)
        .with_validate_summary_section_crc(true)
        .with_check_finishes_after_end_magic(true)
        .with_record_length_limit(bytes.len());
    let mut reader = LinearReader::new_with_options(options);
    let mut rest = bytes;
    while let Some(event) = reader.next_event() {
        match event? {
            LinearReadEvent::ReadRequest(wanted) => {
                let (now, later) = rest.split_at(wanted.min(rest.len()));
                reader.insert(now.len()).copy_from_slice(now);
                reader.notify_read(now.len());
                rest = later;
            }
            LinearReadEvent::Record { opcode, data } => {
                // The parser would index behind the end of an attachment that stops short of its checksum.
                if opcode == op::ATTACHMENT && !is_whole_attachment(data) {
                    return Err(McapError::UnexpectedEof.into());
                }
                parts.add(parse_record(opcode, data)?)?;
            }
        }
    }
    parts.whole()
}

/// Whether every chunk ends where its last record ends. The reader takes the length of a record from what is left of
/// its chunk without looking, and would panic where it is more.
fn has_whole_chunks(file: &[u8]) -> bool {
    let mut rest = file.get(mcap::MAGIC.len()..).unwrap_or_default();
    while let Some((opcode, data, after)) = first_record(rest) {
        if opcode == op::CHUNK && !is_whole_chunk(data) {
            return false;
        }
        rest = after;
    }
    true
}

/// Two times, a length and a checksum, the name of the compression, a length and so many bytes of records.
fn is_whole_chunk(chunk: &[u8]) -> bool {
    let number = |at: usize, bytes: usize| {
        let mut wide = [0; 8];
        wide.get_mut(..bytes)?.copy_from_slice(chunk.get(at..at.checked_add(bytes)?)?);
        usize::try_from(u64::from_le_bytes(wide)).ok()
    };
    let records = || {
        let at = 32_usize.checked_add(number(28, 4)?)?;
        let records = at.checked_add(8)?;
        chunk.get(records..records.checked_add(number(at, 8)?)?)
    };
    let Some(mut records) = records() else { return false };
    while !records.is_empty() {
        let Some((_, _, after)) = first_record(records) else { return false };
        records = after;
    }
    true
}

/// Opcode and data of the record at the beginning, and what comes after it.
fn first_record(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(9)?;
    let (opcode, length) = head.split_first()?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let (data, after) = rest.split_at_checked(length)?;
    Some((*opcode, data, after))
}

/// Two times, two strings, a length and a checksum have room.
fn is_whole_attachment(record: &[u8]) -> bool {
    let string = |at: usize| {
        let length = record.get(at..at + 4)?.try_into().ok()?;
        at.checked_add(4)?.checked_add(u32::from_le_bytes(length) as usize)
    };
    string(16).and_then(string).and_then(|at| at.checked_add(12)).is_some_and(|end| end <= record.len())
}

/// What was found so far.
#[derive(Default)]
struct Parts {
    about: Option<About>,
    texts: BTreeMap<&'static str, String>,
    files: Vec<Attachment>,
    inputs: Option<Inputs>,
    topics: BTreeMap<u16, Topic>,
    sent: Vec<Sent>,
    links: Vec<Link>,
}

impl Parts {
    fn add(&mut self, record: Record<'_>) -> Result<(), ReadError> {
        match record {
            Record::Metadata(metadata) if metadata.name == about::NAME => {
                self.about = Some(About::from_record(metadata.metadata)?);
            }
            // Whose layout is not known is not looked into.
            Record::Attachment { .. } | Record::Message { .. } if self.about.is_none() => {
                return Err(ReadError::Foreign);
            }
            Record::Attachment { header, data, .. } => match (header.name.as_str(), header.media_type.as_str()) {
                (_, READ_BY_SCENARIO) => self.files.push(Attachment { path: header.name, text: text(&data)? }),
                (SCENARIO, _) => drop(self.texts.insert(SCENARIO, text(&data)?)),
                (CAMERA, _) => drop(self.texts.insert(CAMERA, text(&data)?)),
                (INPUTS, _) => self.inputs = Some(inputs::decode(&data)?),
                _ => {}
            },
            Record::Channel(channel) => {
                let topic = Topic::ALL.into_iter().find(|topic| topic.name() == channel.topic);
                self.topics.extend(topic.map(|topic| (channel.id, topic)));
            }
            Record::Message { header, data } => match self.topics.get(&header.channel_id) {
                Some(Topic::Command) => self.sent.push(command(SimTime::from_nanos(header.log_time), &data)?),
                Some(Topic::Chain) => self.links.push(link(&data)?),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn whole(mut self) -> Result<RunFile, ReadError> {
        let about = self.about.ok_or(ReadError::Foreign)?;
        let mut text = |name| self.texts.remove(name).ok_or(ReadError::Missing(name));
        Ok(RunFile {
            about,
            scenario: text(SCENARIO)?,
            camera: text(CAMERA)?,
            files: self.files,
            inputs: self.inputs.ok_or(ReadError::Missing(INPUTS))?,
            sent: self.sent,
            links: self.links,
        })
    }
}

fn text(data: &[u8]) -> Result<String, ReadError> {
    let text = core::str::from_utf8(data);
    Ok(text.map_err(|error| ReadError::Nonsense { what: "text", why: error.to_string() })?.to_owned())
}

/// `Command`, as far as it is needed.
#[derive(Clone, PartialEq, Message)]
struct CommandBytes {
    #[prost(bytes, tag = "2")]
    bytes: Vec<u8>,
}

fn command(at: SimTime, data: &[u8]) -> Result<Sent, ReadError> {
    let nonsense = |why: String| ReadError::Nonsense { what: "/command", why };
    let command = CommandBytes::decode(data).map_err(|error| nonsense(error.to_string()))?;
    let datagram = Datagram::new(&command.bytes).map_err(|error| nonsense(error.to_string()))?;
    Ok(Sent { at, datagram })
}

/// `ChainLink`, without its tick.
#[derive(Clone, Copy, PartialEq, Message)]
struct Hashes {
    #[prost(fixed64, tag = "2")]
    head: u64,
    #[prost(fixed64, tag = "3")]
    clock: u64,
    #[prost(fixed64, tag = "4")]
    rng: u64,
    #[prost(fixed64, tag = "5")]
    link: u64,
    #[prost(fixed64, tag = "6")]
    gimbal: u64,
    #[prost(fixed64, tag = "7")]
    scene: u64,
    #[prost(fixed64, tag = "8")]
    perception: u64,
    #[prost(fixed64, tag = "9")]
    tracker: u64,
    #[prost(fixed64, tag = "10")]
    control: u64,
}

fn link(data: &[u8]) -> Result<Link, ReadError> {
    let nonsense = |error: prost::DecodeError| ReadError::Nonsense { what: "/chain", why: error.to_string() };
    let Hashes { head, clock, rng, link, gimbal, scene, perception, tracker, control } =
        Hashes::decode(data).map_err(nonsense)?;
    Ok(Link { subsystems: [clock, rng, link, gimbal, scene, perception, tracker, control], head })
}
