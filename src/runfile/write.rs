//! Writing a run file.

use std::borrow::Cow;
use std::io::Cursor;

use mcap::records::Metadata;

use super::about::{self, About};
use super::error::WriteError;
use super::messages::Messages;
use super::schema::{ChainLink, Command, Tick};
use super::topic::Topic;
use super::{CAMERA, INPUTS, READ_BY_SCENARIO, SCENARIO, VERSION, events, image, inputs, picture, scene};
use crate::run::{Recorded, RunResult};
use crate::scenario::Scenario;

/// What is written into.
pub(super) type Container = mcap::Writer<Cursor<Vec<u8>>>;

/// A run to be told.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The seed that it ran with.
    pub seed: u64,
    /// What it left behind; it has to have been recorded.
    pub recorded: &'a Recorded,
    /// What came of it.
    pub result: &'a RunResult,
    /// A command line that makes the run again.
    pub command_line: &'a str,
}

/// A run as the bytes of a run file. The same run gives the same bytes.
///
/// In memory, because the container's writer panics when it is dropped on a disk that is full.
pub fn write(run: &Account<'_>) -> Result<Vec<u8>, WriteError> {
    let recording = run.recorded.recording.as_ref().ok_or(WriteError::NotRecorded)?;
    let mut messages = Messages::default();
    for (tick, sample) in run.recorded.trace.rows.iter().enumerate() {
        messages.add(Topic::Tick, sample.at, &Tick::of(tick, sample))?;
    }
    for (tick, (link, sample)) in run.recorded.chain.links().iter().zip(&run.recorded.trace.rows).enumerate() {
        messages.add(Topic::Chain, sample.at, &ChainLink::of(tick, link))?;
    }
    for (index, sent) in recording.sent.iter().enumerate() {
        messages.add(Topic::Command, sent.at, &Command::of(index, sent))?;
    }
    scene::add(run, &mut messages)?;
    image::add(recording, &mut messages)?;
    picture::add(recording, &mut messages)?;
    events::add(run, recording, &mut messages)?;
    events::add_verdicts(run, &mut messages)?;

    let options = mcap::WriteOptions::new().compression(None).library(format!("tiltyard {VERSION}"));
    let mut file = options.create(Cursor::new(Vec::new()))?;
    file.write_metadata(&Metadata { name: about::NAME.to_owned(), metadata: About::of(run).into_record() })?;
    attach(&mut file, SCENARIO, "application/toml", run.scenario.text.as_bytes())?;
    attach(&mut file, CAMERA, "application/toml", run.scenario.camera_text.as_bytes())?;
    for read in &run.scenario.attachments {
        attach(&mut file, &read.path, READ_BY_SCENARIO, read.text.as_bytes())?;
    }
    attach(&mut file, INPUTS, "application/protobuf", &inputs::encode(&recording.inputs))?;
    messages.write(&mut file)?;
    file.finish()?;
    Ok(file.into_inner().into_inner())
}

fn attach(file: &mut Container, name: &str, kind: &str, data: &[u8]) -> Result<(), WriteError> {
    let (name, media_type) = (name.to_owned(), kind.to_owned());
    file.attach(&mcap::Attachment { log_time: 0, create_time: 0, name, media_type, data: Cow::Borrowed(data) })?;
    Ok(())
}
