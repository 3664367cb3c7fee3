//! A model in ONNX Runtime, by the crate `ort`.
//!
//! One thread a session: runs are parallel across runs, never inside one, and sums keep their order.

use std::path::Path;
use std::sync::OnceLock;

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session as OrtSession;
use ort::value::{Outlet, Tensor as OrtTensor, TensorElementType, ValueType};

use super::{Model, shipped};
use crate::stack::detect::network::{Network, Tensor};

/// The library is loaded once a process.
static RUNTIME: OnceLock<Result<Environment, String>> = OnceLock::new();

/// A loaded model.
pub struct Session {
    inner: OrtSession,
    input: String,
    input_shape: Vec<Option<usize>>,
    outputs: Vec<(String, Vec<Option<usize>>)>,
}

impl Session {
    /// Loads `library`, if none is loaded, and `model`.
    pub fn open(library: &Path, model: Model<'_>) -> Result<Self, String> {
        let told = |error: &dyn core::fmt::Display| format!("failed to load the model {model}: {error}");
        if matches!(model, Model::File(file) if !file.is_file()) {
            return Err(told(&"there is no such file"));
        }
        let runtime = RUNTIME.get_or_init(|| load(library)).as_ref().map_err(Clone::clone)?;
        let builder = OrtSession::builder(runtime).map_err(|error| told(&error))?;
        let mut builder = builder.with_intra_threads(1).map_err(|error| told(&error))?;
        let session = match model {
            Model::File(file) => builder.commit_from_file(file),
            Model::Shipped => builder.commit_from_memory(shipped::BYTES),
        };
        let session = session.map_err(|error| told(&error))?;
        let [input] = session.inputs() else {
            return Err(told(&format!("it has {} inputs (expected one)", session.inputs().len())));
        };
        let (input, input_shape) = (input.name().to_owned(), shape(input).map_err(|error| told(&error))?);
        let outputs: Result<_, String> =
            session.outputs().iter().map(|output| Ok((output.name().to_owned(), shape(output)?))).collect();
        let outputs = outputs.map_err(|error| told(&error))?;
        Ok(Self { inner: session, input, input_shape, outputs })
    }
}

fn load(library: &Path) -> Result<Environment, String> {
    let told =
        |error: &dyn core::fmt::Display| format!("failed to load ONNX Runtime from {}: {error}", library.display());
    let builder = ort::init_from(library).map_err(|error| told(&error))?;
    let environment = builder.with_name("tiltyard").build().map_err(|error| told(&error))?;
    // Older models list their weights as inputs, and each would be warned of.
    environment.set_log_level(LogLevel::Error);
    Ok(environment)
}

/// Of an input or output; −1 is an axis that the model leaves open.
fn shape(outlet: &Outlet) -> Result<Vec<Option<usize>>, String> {
    match outlet.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => {
            Ok(shape.iter().map(|axis| usize::try_from(*axis).ok()).collect())
        }
        other => Err(format!("{} is {other} (expected a tensor of f32)", outlet.name())),
    }
}

impl Network for Session {
    fn input_shape(&self) -> &[Option<usize>] {
        &self.input_shape
    }

    fn outputs(&self) -> &[(String, Vec<Option<usize>>)] {
        &self.outputs
    }

    fn run(&mut self, input: Tensor) -> Result<Vec<Tensor>, String> {
        let input = OrtTensor::from_array((input.shape, input.data)).map_err(|error| error.to_string())?;
        let inputs = ort::inputs![self.input.as_str() => input];
        let outputs = self.inner.run(inputs).map_err(|error| error.to_string())?;
        let tensor = |(name, value): (&str, ort::value::ValueRef<'_>)| {
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(|error| error.to_string())?;
            let shape = shape.iter().map(|axis| usize::try_from(*axis).unwrap_or(0)).collect();
            Ok(Tensor { name: name.to_owned(), shape, data: data.to_vec() })
        };
        outputs.iter().map(tensor).collect()
    }
}
