//! Where text goes: standard output that may be closed early, files that are whole or not there.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

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

/// Writes to standard error as it is.
pub fn say(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says something on standard error that a person should know.
pub fn warn(sentence: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "warning: {sentence}");
}

/// Writes a file in one step: beside it first, then in its place. What is no file (a terminal, a pipe) is written into.
pub fn write_file(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    let failed = |error: io::Error| cannot_write(path, &error);
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let opened = OpenOptions::new().write(true).open(path);
        return opened.and_then(|mut device| device.write_all(contents.as_ref())).map_err(failed);
    }
    make_folder(path)?;
    let beside = beside(path);
    let written = std::fs::write(&beside, contents).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        // Whether it can be removed or not, the error is the one that counts.
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}

/// Adds text to the end of a file, all of it or nothing. Who else adds at the same time waits.
pub fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| cannot_write(path, &error);
    make_folder(path)?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
    // Where files cannot be locked, one write is as much as there is.
    let _ = file.lock();
    let before = file.metadata().map_err(failed)?;
    let whole = before.is_file() && ends_within_a_line(&mut file, before.len()).map_err(failed)?;
    let text = if whole { format!("\n{text}") } else { text.to_owned() };
    file.write_all(text.as_bytes()).map_err(|error| {
        if before.is_file() {
            // A disk that is full leaves no half line, if it can be helped.
            let _ = file.set_len(before.len());
        }
        failed(error)
    })
}

/// Whether what is there stops in the middle of a line, as a machine that was switched off leaves it.
fn ends_within_a_line(file: &mut File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Two programs that write the same file do not take each other's half.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    #[cfg(not(target_family = "wasm"))]
    beside.push(format!(".{}", std::process::id()));
    beside.push(".new");
    beside.into()
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder).map_err(|error| cannot_write(path, &error)),
        None => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Environment(format!("failed to write {}: {error}", path.display()))
}
