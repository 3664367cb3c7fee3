//! Where text goes: standard output that may be closed early, files that are whole or not there.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

use super::Failure;

/// Whether to colour what goes there: a terminal, and nobody asked otherwise (<https://no-color.org>).
pub fn color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints to standard output. A pipe that was closed (`| head`) ends the printing and is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Says something on standard error that a person may like to know.
#[cfg(feature = "serve")]
pub fn note(sentence: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{sentence}");
}

/// Says something on standard error that a person should know.
pub fn warn(sentence: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "warning: {sentence}");
}

/// Writes a file in one step: beside it first, then in its place.
pub fn write_file(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Environment(format!("failed to write {}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, contents).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
}
