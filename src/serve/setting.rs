//! What a virtual camera stands in: a scenario's world without its modelled network, or a camera model alone.

use core::fmt::Write;
use core::time::Duration;
use std::path::Path;

use tiltyard_sim::config::{Delay, WorldConfig};

use crate::scenario::{Diagnostics, Disk, Scenario, Set, parse};

/// The world of a scenario as it stands behind real sockets.
///
/// Latency and loss that the *camera file* gives its command link are left out, because a real network is there; what
/// the scenario itself writes under `link` stays, and faults add theirs.
pub(super) fn on_sockets(scenario: &Scenario, seed: u64) -> WorldConfig {
    let written = |key: &str| {
        let document = scenario.text.parse::<toml::Table>().ok();
        document.and_then(|document| document.get("link")?.get(key).cloned()).is_some()
    };
    let mut world = scenario.world.clone();
    world.seed = seed;
    if !written("latency") {
        world.link.latency = Delay::Constant(Duration::ZERO);
    }
    if !written("drop") {
        world.link.drop_probability = 0.0;
    }
    world
}

/// A scenario of a camera model and nothing else: nobody to look at, nothing expected. Its length is the longest that
/// there is; who has no scenario says themselves how long it runs.
pub fn bare(model: &str) -> Result<Scenario, Diagnostics> {
    bare_with(model, &[])
}

/// The same with keys changed.
pub fn bare_with(model: &str, sets: &[Set]) -> Result<Scenario, Diagnostics> {
    let mut text = "schema = 1\ntitle = \"A camera and nobody to look at\"\nlength = \"10080 min\"\n".to_owned();
    // Writing to a string does not fail. A string of TOML: quoted, with its escapes.
    let _ = writeln!(text, "camera = {}", toml::Value::from(model));
    parse("--model", &text, sets, &Disk::new(Path::new("")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Memory;

    fn link(extra: &str) -> tiltyard_sim::config::Link {
        let text = format!("schema = 1\ntitle = \"x\"\ncamera = \"generic-20x\"\nlength = \"1 s\"\n{extra}");
        let scenario = parse("x.toml", &text, &[], &Memory::default()).unwrap();
        assert_ne!(scenario.world.link.latency, Delay::Constant(Duration::ZERO));
        on_sockets(&scenario, 3).link
    }

    #[test]
    fn the_camera_files_network_is_left_out_and_the_scenarios_own_stays() {
        let none = Delay::Constant(Duration::ZERO);
        assert_eq!((link("").latency, link("").drop_probability), (none, 0.0));
        assert_eq!(link("link.drop = 0.25").drop_probability, 0.25);
        let slow = link("link.latency = \"40 ms\"");
        assert_eq!(slow.latency, Delay::Constant(Duration::from_millis(40)));
    }

    #[test]
    fn a_model_alone_is_a_scenario() {
        let scenario = bare("sony-evi-d100").unwrap();
        assert_eq!((scenario.world.camera.name.as_str(), scenario.subject), ("sony-evi-d100", None));
        assert!(bare("sony-evi-d1000").unwrap_err().to_string().contains("did you mean"));
        assert!(bare("a\"b\\").is_err());
        assert!(Set::parse("camera=generic-20x").is_ok());
    }
}
