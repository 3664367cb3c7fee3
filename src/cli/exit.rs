//! How the program ends: every outcome and its exit code, in one place.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::run::{RunResult, RunVerdict};
use crate::scenario::Diagnostics;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done, and every expectation was kept.
    Success,
    /// An expectation failed, or was not decided.
    Failed,
    /// The command line or a file is wrong.
    Usage,
    /// Something outside is missing: a camera, a library, a place to write.
    Environment,
    /// A run could not be made, or nothing was evaluated.
    Invalid,
}

/// What stopped a command before it had an outcome.
#[derive(Debug)]
pub enum Failure {
    /// Files that are wrong, each with its place.
    Files(Vec<Diagnostics>),
    /// The command line is wrong; a sentence with what to do.
    Usage(String),
    /// Something outside failed; a sentence with what to do.
    Environment(String),
}

impl Exit {
    /// The worst of the runs decides.
    pub fn of(results: &[RunResult]) -> Self {
        let any = |verdict| results.iter().any(|result| result.verdict == verdict);
        if results.is_empty() || any(RunVerdict::Invalid) {
            Self::Invalid
        } else if any(RunVerdict::Fail) || any(RunVerdict::Inconclusive) {
            Self::Failed
        } else {
            Self::Success
        }
    }

    /// Says on standard error what went wrong.
    pub fn explain(failure: &Failure) -> Self {
        let mut err = io::stderr().lock();
        // A closed standard error leaves nobody to tell.
        let _ = match failure {
            Failure::Files(files) => {
                let color = super::out::color(&io::stderr());
                files.iter().try_for_each(|diagnostics| writeln!(err, "{}", diagnostics.render(color)))
            }
            Failure::Usage(sentence) | Failure::Environment(sentence) => writeln!(err, "error: {sentence}"),
        };
        match failure {
            Failure::Files(_) | Failure::Usage(_) => Self::Usage,
            Failure::Environment(_) => Self::Environment,
        }
    }

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Invalid => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A reader that went away (`tiltyard run | head`) is no error of ours; any other trouble with writing is.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Environment(format!("failed to write the output: {error}"))
    }
}
