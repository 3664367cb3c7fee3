//! The JSON Schemas that editors read are those of this build, and the files in the tree name them.

use std::path::Path;

use tiltyard::cli::schema::{Kind, text};

#[test]
fn the_committed_schemas_are_current() {
    for (kind, file, command) in [
        (Kind::Scenario, "docs/scenario.schema.json", "tiltyard schema > docs/scenario.schema.json"),
        (Kind::Camera, "docs/camera.schema.json", "tiltyard schema camera > docs/camera.schema.json"),
        (Kind::Sweep, "docs/sweep.schema.json", "tiltyard schema sweep > docs/sweep.schema.json"),
    ] {
        let committed = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default();
        assert!(committed == text(kind), "{file} is not what this build prints; run `{command}` and commit it");
    }
}
