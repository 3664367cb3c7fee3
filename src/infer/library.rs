//! Where ONNX Runtime's library is.
//!
//! In this order: the file that `ORT_DYLIB_PATH` names; beside this program; in the package `onnxruntime` of the
//! `python3` on the path; where systems keep libraries. The first place that has one is taken, of several versions
//! there the one whose name comes last.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The command that gets it.
pub const GET: &str = "python3 -m pip install onnxruntime==1.31.1";

/// Names a file directly.
const VARIABLE: &str = "ORT_DYLIB_PATH";
/// Prints the folder of the package, and nothing where it is not installed; does not import it.
const PYTHON: &str = "import importlib.util as u; s = u.find_spec('onnxruntime'); \
                      print(s.submodule_search_locations[0] if s else '')";
const SYSTEM: [&str; 5] =
    ["/usr/local/lib", "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/opt/homebrew/lib"];

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The library.
    pub library: Option<PathBuf>,
    /// Where was looked before, in order, each with why it is not there.
    pub looked: Vec<String>,
}

impl Found {
    /// The places in one line.
    pub fn told(&self) -> String {
        self.looked.join("; ")
    }
}

/// Looks for it, once a process.
pub fn look() -> &'static Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    FOUND.get_or_init(search)
}

fn search() -> Found {
    let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    look_in(named.as_deref(), beside.as_deref(), python, &SYSTEM.map(Path::new))
}

fn look_in(named: Option<&Path>, beside: Option<&Path>, python: fn() -> Option<PathBuf>, system: &[&Path]) -> Found {
    let mut found = Found::default();
    match named {
        // Who names a file means that file: another one in its place would only hide the mistake.
        Some(file) if file.is_file() => return Found { library: Some(file.to_owned()), ..found },
        Some(file) => {
            found.looked.push(format!("{VARIABLE} ({} is no file)", file.display()));
            return found;
        }
        None => found.looked.push(format!("{VARIABLE} (not set)")),
    }
    if let Some(folder) = beside {
        if let Some(library) = newest(folder) {
            return Found { library: Some(library), ..found };
        }
        found.looked.push(format!("{} (beside the program)", folder.display()));
    }
    match python() {
        Some(package) => {
            if let Some(library) = newest(&package.join("capi")) {
                return Found { library: Some(library), ..found };
            }
            found.looked.push(format!("{} (its package for Python)", package.display()));
        }
        None => found.looked.push("python3 (no package onnxruntime)".to_owned()),
    }
    for folder in system {
        if let Some(library) = newest(folder) {
            return Found { library: Some(library), ..found };
        }
        found.looked.push(folder.display().to_string());
    }
    found
}

/// The library in a folder; of several the one whose name comes last.
fn newest(folder: &Path) -> Option<PathBuf> {
    let is_one = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let library = name.starts_with("libonnxruntime.so")
            || (name.starts_with("libonnxruntime.") && path.extension().is_some_and(|extension| extension == "dylib"))
            || name == "onnxruntime.dll";
        library && path.is_file()
    };
    let entries = std::fs::read_dir(folder).ok()?;
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_one).max()
}

/// Folder of the Python package.
fn python() -> Option<PathBuf> {
    let told = Command::new("python3").args(["-c", PYTHON]).output().ok().filter(|output| output.status.success())?;
    let folder = String::from_utf8(told.stdout).ok()?;
    Some(PathBuf::from(folder.trim())).filter(|folder| !folder.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_wins_and_the_others_are_told() {
        let root = std::env::temp_dir().join(format!("tiltyard-library-{}", std::process::id()));
        let (beside, system) = (root.join("beside"), root.join("system"));
        for folder in [&beside, &system] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let nobody = || None;
        let look = |named: Option<&Path>| look_in(named, Some(&beside), nobody, &[&system]);
        let found = look(None);
        assert_eq!(found.library, None);
        assert_eq!(found.looked.len(), 4, "{}", found.told());
        for name in ["libonnxruntime.so.1.17.0", "libonnxruntime.so.1.31.1", "libonnxruntime_providers_shared.so"] {
            std::fs::write(system.join(name), "").unwrap();
        }
        assert_eq!(look(None).library, Some(system.join("libonnxruntime.so.1.31.1")));
        std::fs::write(beside.join("libonnxruntime.so"), "").unwrap();
        assert_eq!(look(None).library, Some(beside.join("libonnxruntime.so")));
        let named = root.join("mine.so");
        let missing = look(Some(&named));
        assert!(missing.library.is_none() && missing.told().contains("mine.so is no file"), "{}", missing.told());
        std::fs::write(&named, "").unwrap();
        assert_eq!(look(Some(&named)).library, Some(named));
        std::fs::remove_dir_all(root).unwrap();
    }
}
