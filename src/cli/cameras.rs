//! `tiltyard cameras [NAME]`: the camera models that come with the program.

use clap::Args;

use super::{Exit, Failure, out};
use crate::scenario::{cameras, diagnostic::nearest};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the file of this model, with the source of every number
    pub name: Option<String>,
}

/// Prints the list, or one file.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let all = cameras();
    let Some(wanted) = &arguments.name else {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        out::print(&(names.join("\n") + "\n"))?;
        return Ok(Exit::Success);
    };
    let Some((_, text)) = all.iter().find(|(name, _)| name == wanted) else {
        let help = nearest(wanted, all.iter().map(|(name, _)| *name))
            .map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
        return Err(Failure::Usage(format!("there is no camera model {wanted}{help}")));
    };
    out::print(text)?;
    Ok(Exit::Success)
}
