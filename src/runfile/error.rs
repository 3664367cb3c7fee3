//! What can be wrong with a run file.

/// A run file that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The run was not recorded.
    #[error("write a run file of a run that was not recorded")]
    NotRecorded,
    /// A message could not be encoded.
    #[error("encode a message of {topic}: {reason}")]
    Message {
        /// Its topic.
        topic: &'static str,
        /// Why.
        reason: String,
    },
    /// The container refused it, or the disk.
    #[error("write the container")]
    Container(#[from] mcap::McapError),
}

/// A file that could not be read as a run file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no MCAP file, or not a whole one.
    #[error("it is no whole MCAP file: {0}")]
    Container(#[from] mcap::McapError),
    /// It is an MCAP file of somebody else.
    #[error("it is an MCAP file, but not of Tiltyard (no metadata `tiltyard`)")]
    Foreign,
    /// It has another layout.
    #[error("it has the layout `{found}`, and this version ({version}) reads `{expected}` only", version = super::VERSION, expected = super::FORMAT)]
    Format {
        /// The layout.
        found: String,
    },
    /// Something is not there.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// Something makes no sense.
    #[error("its {what} makes no sense: {why}")]
    Nonsense {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
}
