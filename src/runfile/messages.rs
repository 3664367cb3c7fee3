//! The messages of a run file, gathered channel by channel and put in the order of time.

use std::collections::BTreeMap;

use foxglove::Encode;
use foxglove::messages::Timestamp;
use mcap::records::MessageHeader;
use tiltyard_visca::SimTime;

use super::error::WriteError;
use super::topic::Topic;
use super::write::Container;

/// Messages, encoded.
#[derive(Debug, Default)]
pub(super) struct Messages {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

/// Sorts by time, then topic, then the order of filing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: SimTime,
    topic: Topic,
    from: usize,
    to: usize,
}

impl Messages {
    /// Files a message.
    pub(super) fn add<M: Encode>(&mut self, topic: Topic, at: SimTime, message: &M) -> Result<(), WriteError> {
        let from = self.bytes.len();
        message
            .encode(&mut self.bytes)
            .map_err(|error| WriteError::Message { topic: topic.name(), reason: error.to_string() })?;
        self.entries.push(Entry { at, topic, from, to: self.bytes.len() });
        Ok(())
    }

    /// Writes all of them, with every channel there is, whether it has messages or not.
    pub(super) fn write(mut self, out: &mut Container) -> Result<(), WriteError> {
        let mut channels = Vec::new();
        for topic in Topic::ALL {
            let schema =
                topic.schema().ok_or(WriteError::Message { topic: topic.name(), reason: "no schema".into() })?;
            let schema = out.add_schema(&schema.name, &schema.encoding, &schema.data)?;
            channels.push(out.add_channel(schema, topic.name(), "protobuf", &BTreeMap::new())?);
        }
        self.entries.sort_unstable();
        let mut sequences = [0_u32; Topic::ALL.len()];
        for Entry { at, topic, from, to } in self.entries {
            let (index, log_time) = (topic as usize, at.as_nanos());
            let header = MessageHeader {
                channel_id: channels[index],
                sequence: sequences[index],
                log_time,
                publish_time: log_time,
            };
            out.write_to_known_channel(&header, &self.bytes[from..to])?;
            sequences[index] += 1;
        }
        Ok(())
    }
}

/// Virtual time as Foxglove has it.
pub(super) fn stamp(at: SimTime) -> Option<Timestamp> {
    let nanos = at.as_nanos();
    // Seconds have 32 bits there: 136 years.
    Timestamp::new_checked(u32::try_from(nanos / 1_000_000_000).ok()?, (nanos % 1_000_000_000) as u32)
}
