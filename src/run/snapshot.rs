//! A run frozen at a moment, as a file that needs nothing beside it.
//!
//! Owns the format: `tiltyard-snapshot`, a version, the XXH3-64 of what follows, and that: postcard of the texts of
//! scenario, camera and attachments, seed, virtual time, the hashes of the state and the state itself. Order of
//! reading: first the mark, then the version, then the hash, then all the rest at once; so a file that is something
//! else, newer, cut short or damaged is told apart and never half used.
//!
//! The state is written by position, not by name. So a snapshot is read by the version that wrote it and by no other,
//! and after [`Execution::restore`] the state is walked and compared with the hashes that were taken when it was saved:
//! what goes on is to the bit what was frozen. The hashes protect against accidents, not against an adversary who
//! computes them anew.
//!
//! Does not hold: what a run was to capture by name, and the latest metadata tick.

use serde::{Deserialize, Serialize};
use tiltyard_visca::SimTime;
use xxhash_rust::xxh3::xxh3_64;

use super::executor::{Execution, ExecutionState, RunError};
use crate::rig::SimRig;
use crate::scenario::{Attachment, Diagnostics, Files, Scenario, parse};
use crate::stack::saved::{self, SavedError};

/// How every snapshot begins.
const MARK: &[u8; 17] = b"tiltyard-snapshot";
/// The format that this build writes and reads.
const FORMAT: u32 = 2;
/// The version of this build.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A run frozen at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the tiltyard that took it.
    pub version: String,
    /// The scenario's file, as messages call it.
    pub file: String,
    /// The scenario's text, overrides applied.
    pub text: String,
    /// The camera's text.
    pub camera_text: String,
    /// The other files that the scenario reads.
    pub attachments: Vec<Attachment>,
    /// Seed of the run.
    pub seed: u64,
    /// The moment.
    pub at: SimTime,
    /// Of the state, by subsystem.
    hashes: [u64; 8],
    state: Vec<u8>,
}

/// A snapshot that cannot be taken or used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SnapshotError {
    /// Some other file.
    #[error("read the snapshot: this is none (`tiltyard run SCENARIO --snapshot-at TIME --out DIR` writes one)")]
    NoSnapshot,
    /// Of another format.
    #[error("read the snapshot: it has format {found}, this tiltyard reads {FORMAT} (take it again)")]
    Format {
        /// Its format.
        found: u32,
    },
    /// Cut short, or changed.
    #[error("read the snapshot: it is damaged or cut short (copy it again, or take it again)")]
    Damaged,
    /// Taken by another version.
    #[error("restore the snapshot: tiltyard {found} took it, this is {VERSION} (use that one, or take it again)")]
    Version {
        /// The version.
        found: String,
    },
    /// The scenario is not the one it was taken of.
    #[error("restore the snapshot: {what} is not the one it was taken with (use the texts that are in the snapshot)")]
    Other {
        /// Which text differs.
        what: &'static str,
    },
    /// The state cannot be written or read.
    #[error(transparent)]
    State(#[from] SavedError),
    /// The restored state is not the saved one.
    #[error("restore the snapshot: its state does not fit this build of tiltyard (take it again)")]
    Unlike,
    /// The scenario makes no run.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Snapshot {
    /// The scenario in it.
    pub fn scenario(&self) -> Result<Scenario, Diagnostics> {
        parse(&self.file, &self.text, &[], self)
    }

    /// As the bytes of a file.
    pub fn encode(&self) -> Result<Vec<u8>, SnapshotError> {
        let body = saved::encode(self)?;
        let mut bytes = MARK.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(xxh3_64(&body).to_le_bytes());
        bytes.extend(body);
        Ok(bytes)
    }

    /// From the bytes of a file. Whatever they are: a snapshot or a sentence.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let rest = bytes.strip_prefix(MARK).ok_or(SnapshotError::NoSnapshot)?;
        let (format, rest) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
        let found = u32::from_le_bytes(*format);
        if found != FORMAT {
            return Err(SnapshotError::Format { found });
        }
        let (hash, body) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
        if u64::from_le_bytes(*hash) != xxh3_64(body) {
            return Err(SnapshotError::Damaged);
        }
        saved::decode(body).map_err(|_| SnapshotError::Damaged)
    }

    /// Whether a run of this scenario can go on from here.
    fn check(&self, scenario: &Scenario) -> Result<(), SnapshotError> {
        let texts = [
            ("the scenario", self.text == scenario.text),
            ("the camera", self.camera_text == scenario.camera_text),
            ("a file beside the scenario", self.attachments == scenario.attachments),
        ];
        if self.version != VERSION {
            return Err(SnapshotError::Version { found: self.version.clone() });
        }
        texts.into_iter().find(|(_, same)| !same).map_or(Ok(()), |(what, _)| Err(SnapshotError::Other { what }))
    }
}

/// The files that the scenario refers to; the only one that is no attachment is the camera's.
impl Files for Snapshot {
    fn read(&self, path: &str) -> Result<String, String> {
        let attached = self.attachments.iter().find(|attachment| attachment.path == path);
        Ok(attached.map_or(&self.camera_text, |attachment| &attachment.text).clone())
    }
}

impl Execution<SimRig> {
    /// Freezes the run at the moment it has come to. `scenario` is the one it was made from.
    pub fn snapshot(&self, scenario: &Scenario) -> Result<Snapshot, SnapshotError> {
        Ok(Snapshot {
            version: VERSION.to_owned(),
            file: scenario.file.clone(),
            text: scenario.text.clone(),
            camera_text: scenario.camera_text.clone(),
            attachments: scenario.attachments.clone(),
            seed: self.seed(),
            at: self.now(),
            hashes: self.state_hashes()?,
            state: saved::encode(&self.state()?)?,
        })
    }

    /// A run that goes on where the snapshot was taken.
    pub fn restore(scenario: &Scenario, snapshot: &Snapshot) -> Result<Self, SnapshotError> {
        snapshot.check(scenario)?;
        let state: ExecutionState = saved::decode(&snapshot.state)?;
        let mut execution = Self::new(scenario, snapshot.seed)?;
        execution.set_state(state)?;
        if execution.state_hashes() != Ok(snapshot.hashes) || execution.now() != snapshot.at {
            return Err(SnapshotError::Unlike);
        }
        Ok(execution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Memory;
    use proptest::prelude::*;

    const TEXT: &str = "schema = 1\ntitle = \"still\"\ncamera = \"generic-20x\"\nlength = \"1 s\"\n\
        [[target]]\nname = \"a\"\nsize = { width = \"0.5 m\", height = \"1.7 m\" }\nrange = \"10 m\"\n\
        path.points = [[\"0 s\", \"5 deg\", \"0 deg\"]]\n";

    fn scenario() -> Scenario {
        parse("still.toml", TEXT, &[], &Memory::default()).unwrap()
    }

    fn snapshot() -> Snapshot {
        let scenario = scenario();
        let mut execution = Execution::new(&scenario, 7).unwrap();
        execution.run_until(SimTime::from_millis(432)).unwrap();
        execution.snapshot(&scenario).unwrap()
    }

    #[test]
    fn a_file_holds_all_that_it_needs() {
        let bytes = snapshot().encode().unwrap();
        let back = Snapshot::decode(&bytes).unwrap();
        assert_eq!(back, snapshot());
        assert_eq!((back.at, back.seed), (SimTime::from_millis(432), 7));
        let execution = Execution::restore(&back.scenario().unwrap(), &back).unwrap();
        assert_eq!(execution.snapshot(&scenario()).unwrap().encode().unwrap(), bytes, "saved again, it is the same");
    }

    #[test]
    fn each_trouble_has_its_sentence() {
        let bytes = snapshot().encode().unwrap();
        let said = |bytes: &[u8]| Snapshot::decode(bytes).unwrap_err().to_string();
        assert!(said(b"").contains("this is none") && said(b"schema = 1").contains("this is none"));
        assert!(said(&bytes[..MARK.len() + 2]).contains("cut short"));
        assert!(said(&bytes[..bytes.len() - 1]).contains("cut short"));
        let mut newer = bytes.clone();
        newer[MARK.len()] = 9;
        assert!(said(&newer).contains("has format 9"));

        let restore = |snapshot: &Snapshot| Execution::restore(&scenario(), snapshot).err().unwrap().to_string();
        assert!(restore(&Snapshot { version: "0.0.9".into(), ..snapshot() }).contains("tiltyard 0.0.9 took it"));
        assert!(restore(&Snapshot { text: TEXT.replace("5 deg", "6 deg"), ..snapshot() }).contains("the scenario is"));
        assert!(restore(&Snapshot { camera_text: String::new(), ..snapshot() }).contains("the camera is"));
        assert!(restore(&Snapshot { at: SimTime::ZERO, ..snapshot() }).contains("does not fit this build"));
        let mut hashes = snapshot().hashes;
        hashes[3] ^= 1;
        assert!(restore(&Snapshot { hashes, ..snapshot() }).contains("does not fit this build"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_snapshot_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Snapshot::decode(&bytes).is_err());
            let body = [&MARK[..], &FORMAT.to_le_bytes(), &xxh3_64(&bytes).to_le_bytes(), &bytes].concat();
            prop_assert!(Snapshot::decode(&body).is_err());
        }

        #[test]
        fn a_changed_state_is_refused_or_harmless(at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
            // As an adversary would: the outer hash is right.
            let mut changed = snapshot();
            let at = at.index(changed.state.len());
            changed.state[at] = byte;
            if cut {
                changed.state.truncate(at);
            }
            let changed = Snapshot::decode(&changed.encode().unwrap()).unwrap();
            // What is not walked may differ (a parameter, a result so far); that must not matter for reading it.
            let _ = Execution::restore(&scenario(), &changed);
        }
    }
}
