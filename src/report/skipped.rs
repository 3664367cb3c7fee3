//! Scenarios that were found and not run, because this machine or this build lacks something: reports name them.

use serde::{Deserialize, Serialize};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its name.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// What is missing and what gets it, in a sentence.
    pub reason: String,
}
