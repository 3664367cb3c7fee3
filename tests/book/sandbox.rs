//! A folder in which the commands of a page run: the checkout's inputs are there, what is written goes nowhere else.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::root;
use crate::page::Page;

/// What commands read.
const INPUTS: [&str; 4] = ["scenarios", "cameras", "models", "docs"];

/// The folder, and the camera that runs beside the commands of a page.
pub struct Sandbox {
    folder: PathBuf,
    camera: Option<Camera>,
}

/// A running `tiltyard camera`.
struct Camera {
    child: Child,
    /// The usual port of each way in, and the one that it has here.
    ports: Vec<(&'static str, String)>,
}

impl Drop for Camera {
    fn drop(&mut self) {
        // Ended already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What became of a command.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Sandbox {
    /// A fresh one for a page.
    pub fn new(page: &Page) -> Self {
        let name = page.file.display().to_string().replace(['/', '.'], "-");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for input in INPUTS {
            symlink(root().join(input), folder.join(input)).unwrap();
        }
        for (name, text) in page.files() {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Self { folder, camera: None }
    }

    /// Puts a file into it.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    fn program(&self, words: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
        command.current_dir(&self.folder).args(words).env_remove("CI").stdin(Stdio::null());
        command
    }

    /// Runs `tiltyard WORDS…` to its end.
    pub fn tiltyard(&self, words: &[String]) -> Ran {
        let output = self.program(words).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts `tiltyard WORDS…`, which is a camera, on ports that are free, in the place of the one before it.
    pub fn camera(&mut self, words: &[String]) -> Result<(), String> {
        self.camera = None;
        let ways = [("--udp", "1259"), ("--sony", "52381"), ("--tcp", "5678"), ("--http", "8080")];
        // With none named, the four usual ones are opened.
        let all = !words.iter().any(|word| word == "--pty" || ways.iter().any(|(way, _)| word == way));
        let mut asked = words.to_vec();
        let mut wanted = Vec::new();
        for (way, usual) in ways {
            match asked.iter().position(|word| word == way) {
                Some(at) => {
                    let address = asked.get_mut(at + 1).ok_or_else(|| format!("{way} without an address"))?;
                    "0".clone_into(address);
                }
                None if all || way == "--http" => asked.extend([way, "0"].map(str::to_owned)),
                None => continue,
            }
            wanted.push((way, usual));
        }
        let mut child = self.program(&asked).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut camera = Camera { child, ports: Vec::new() };
        for _ in 0..wanted.len() {
            let Some(Ok(line)) = lines.next() else {
                let mut err = String::new();
                let _ = camera.child.stderr.take().unwrap().read_to_string(&mut err);
                return Err(format!("told no address and ended: {err}"));
            };
            let (kind, address) = line.split_once(' ').ok_or_else(|| format!("no address: {line}"))?;
            let port = address.rsplit(':').next().unwrap_or_default().to_owned();
            let usual = wanted.iter().find(|(way, _)| way.trim_start_matches('-') == kind);
            camera.ports.extend(usual.map(|(_, usual)| (*usual, port)));
        }
        self.camera = Some(camera);
        Ok(())
    }

    /// Runs a script of the page, with the running camera's ports in the place of the usual ones; `None` where there is
    /// no Python.
    pub fn python(&mut self, script: &str) -> Result<Option<Ran>, String> {
        let file = self.folder.join(script);
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let mut text = text.replace("(\"127.0.0.1\", ", "(\"127.0.0.1\", :");
        text = self.redirected(&[text])?.remove(0).replace("(\"127.0.0.1\", :", "(\"127.0.0.1\", ");
        std::fs::write(&file, text).unwrap();
        let Ok(output) = Command::new("python3").arg(script).current_dir(&self.folder).output() else {
            // Past the capture of test output.
            let _ = writeln!(std::io::stderr(), "SKIPPED {script} of the book: there is no python3 (install it)");
            return Ok(None);
        };
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ok(Some(Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }))
    }

    /// A command with the usual ports of the running camera replaced by those that it has; starts one where there is
    /// none.
    pub fn redirected(&mut self, words: &[String]) -> Result<Vec<String>, String> {
        if self.camera.is_none() {
            self.camera(&["camera", "scenarios/motion/walk.toml"].map(str::to_owned))?;
        }
        let ports = self.camera.as_ref().map(|camera| camera.ports.clone()).unwrap_or_default();
        let mut words = words.to_vec();
        for word in &mut words {
            for (usual, here) in &ports {
                *word = word.replace(&format!(":{usual}"), &format!(":{here}"));
            }
            // The API's own port: any that is free.
            *word = word.replace(".0.0.0:8090", ".0.0.0:0").replace("127.0.0.1:8090", "127.0.0.1:0");
        }
        Ok(words)
    }
}
