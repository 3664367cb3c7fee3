//! `tiltyard doctor`: which libraries there are for what a scenario may want, where was looked, and what gets them.
//!
//! With `--model` also whether a model can be used, as what, and how long it takes here: the distribution that a
//! scenario takes as `stack.inference.latency`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::{Exit, Failure, out};
use crate::infer::{self, Model};
use crate::run::Stopwatch;
use crate::run::metrics::percentile;
use crate::stack::detect::network::{Layout, Network, Tensor};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Load this model, say what it is, and measure how long it takes
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

/// Inferences that are measured, and those before that warm up.
const MEASURED: usize = 100;
const WARM_UP: usize = 5;
/// Side of an input that a model leaves open \[px\].
const SIDE: usize = 416;

/// Prints it; the environment lacks something if a library is missing that this program could use.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let found = infer::look();
    out::print(&told(found, infer::BUILT_IN))?;
    out::print(&opencv(infer::opencv(), &headers()))?;
    if let Some(model) = &arguments.model {
        let mut network = infer::open(Model::File(model)).map_err(Failure::Environment)?;
        out::print(&described(model, network.as_ref())?)?;
        out::print(&measured(network.as_mut()).map_err(Failure::Environment)?)?;
    }
    Ok(if infer::BUILT_IN && found.library.is_none() { Exit::Environment } else { Exit::Success })
}

fn told(found: &infer::Found, built_in: bool) -> String {
    let mut text = "ONNX Runtime, for networks (`stack.detector.onnx`)\n".to_owned();
    // Writing to a string does not fail.
    let _ = match &found.library {
        Some(library) => writeln!(text, "  found       {}", library.display()),
        None => writeln!(text, "  not found   get it: {}", infer::GET),
    };
    for place in &found.looked {
        let _ = writeln!(text, "  looked in   {place}");
    }
    let _ = writeln!(text, "  this build  {}", if built_in { "uses it" } else { "cannot use it: --features onnx" });
    text
}

/// What this program says of OpenCV, and what is there for another build: `headers` is pkg-config's answer.
fn opencv(found: Result<(String, Vec<String>), String>, headers: &Result<String, String>) -> String {
    let mut text = "OpenCV, for videos (`track --video`), `stack.detector.motion` and `blob.clahe`\n".to_owned();
    let here = match headers {
        Ok(version) => format!("pkg-config opencv4 ({version} is there to build with)"),
        Err(why) => format!("pkg-config opencv4 ({why})"),
    };
    // Writing to a string does not fail.
    let _ = match found {
        Ok((version, back_ends)) => {
            let reads = if back_ends.is_empty() { "no video".to_owned() } else { back_ends.join(", ") };
            let loaded = loaded().map(|file| format!("  loaded      {file}\n")).unwrap_or_default();
            write!(text, "  found       {version}, which reads by {reads}\n{loaded}  looked in   {here}\n")
                .and_then(|()| writeln!(text, "  this build  uses it"))
        }
        Err(_) => writeln!(text, "  looked in   {here}\n  this build  cannot use it: it needs {}", infer::OPENCV),
    };
    text
}

/// The version that a build would find.
fn headers() -> Result<String, String> {
    let asked = Command::new("pkg-config").args(["--modversion", "opencv4"]).output();
    let output = asked.map_err(|error| format!("pkg-config: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() { Ok(version) } else { Err("not there".to_owned()) }
}

/// The file of OpenCV's core that this process has loaded, where the system tells.
fn loaded() -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let file = maps.lines().find_map(|line| line.split_whitespace().last().filter(|file| file.contains("opencv_core")));
    file.map(str::to_owned)
}

fn described(model: &Path, network: &dyn Network) -> Result<String, Failure> {
    let layout = Layout::of(network.outputs())
        .map_err(|error| Failure::Environment(format!("the model {} does not fit: {error}", model.display())))?;
    Ok(format!("{}\n  layout      {layout:?}\n  input       {:?}\n", model.display(), network.input_shape()))
}

/// The times of some inferences on grey, as a scenario wants them.
fn measured(network: &mut dyn Network) -> Result<String, String> {
    let shape: Vec<usize> = network
        .input_shape()
        .iter()
        .enumerate()
        .map(|(axis, length)| length.unwrap_or(if axis == 0 { 1 } else { SIDE }))
        .collect();
    let input = Tensor { name: String::new(), data: vec![114.0; shape.iter().product()], shape };
    let mut times_ms = Vec::with_capacity(MEASURED);
    for round in 0..WARM_UP + MEASURED {
        let stopwatch = Stopwatch::start();
        network.run(input.clone())?;
        if round >= WARM_UP {
            times_ms.push(stopwatch.elapsed_s() * 1e3);
        }
    }
    let [min, median, p95, max] = [0.0, 0.5, 0.95, 1.0].map(|share| {
        let ms = percentile(&mut times_ms, share).unwrap_or(0.0);
        format!("\"{ms:.1} ms\"")
    });
    Ok(format!("  latency     {{ measured = {{ min = {min}, median = {median}, p95 = {p95}, max = {max} }} }}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_there_and_what_gets_the_rest() {
        let looked = vec!["ORT_DYLIB_PATH (not set)".to_owned(), "/usr/lib".to_owned()];
        let missing = told(&infer::Found { library: None, looked: looked.clone() }, true);
        assert!(missing.contains("not found   get it: python3 -m pip install onnxruntime"), "{missing}");
        assert!(missing.contains("looked in   /usr/lib\n") && missing.contains("this build  uses it"), "{missing}");
        let found = told(&infer::Found { library: Some("/opt/libonnxruntime.so".into()), looked }, false);
        assert!(found.contains("found       /opt/libonnxruntime.so\n") && found.contains("--features onnx"), "{found}");
        let with = opencv(Ok(("4.6.0".into(), vec!["FFMPEG".into(), "V4L2".into()])), &Ok("4.6.0".into()));
        assert!(with.contains("found       4.6.0, which reads by FFMPEG, V4L2\n"), "{with}");
        assert!(with.ends_with("this build  uses it\n"), "{with}");
        let without = opencv(Err("none".into()), &Err("not there".into()));
        assert!(without.contains("looked in   pkg-config opencv4 (not there)\n"), "{without}");
        assert!(without.contains("apt-get install libopencv-dev clang libclang-dev"), "{without}");
    }
}
