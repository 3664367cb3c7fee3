//! Cells of the suite that are kept as scenario files, so that every run of the suite of scenarios meets them.

use super::{Cell, Profile};
use crate::scenario::Diagnostics;

/// A cell that is kept, with its bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regression {
    /// Name of the file, without `.toml`.
    pub name: &'static str,
    /// The cell.
    pub cell: Cell,
    /// What `limit_ratio` stays below: the cell's own bound, or, where noise or codes alone are above that one, what
    /// the default servo keeps with 40 seeds, and some room.
    pub below: f64,
}

/// Every profile once at least, the ends of every axis of the matrix, and every camera. A cell without noise says the
/// same with every seed unless its path is drawn, so the only one is a football cut.
pub fn regressions() -> Vec<Regression> {
    let regression = |name, profile, delay_ms, fov_deg, noise_deg, camera, below| Regression {
        name,
        cell: Cell { profile, delay_ms, fov_deg, noise_deg, camera },
        below,
    };
    let [ptzoptics, avonic, srg, evi] = super::CAMERAS;
    vec![
        regression("step-400ms-60deg", Profile::Step, 400, 60.0, 0.05, ptzoptics, 1.5),
        regression("step-50ms-3deg-noisy", Profile::Step, 50, 3.0, 0.1, evi, 2.4),
        regression("velocity-step-400ms-60deg-noisy", Profile::VelocityStep, 400, 60.0, 0.1, avonic, 2.0),
        regression("bang-150ms-60deg", Profile::Bang, 150, 60.0, 0.05, ptzoptics, 2.2),
        regression("bang-300ms-10deg-noisy", Profile::Bang, 300, 10.0, 0.1, srg, 2.0),
        regression("sine-slow-400ms-30deg", Profile::SineSlow, 400, 30.0, 0.05, srg, 1.5),
        regression("sine-300ms-60deg", Profile::Sine, 300, 60.0, 0.05, avonic, 1.5),
        regression("sine-fast-300ms-10deg", Profile::SineFast, 300, 10.0, 0.05, evi, 2.3),
        regression("lecture-walk-50ms-60deg-noisy", Profile::LectureWalk, 50, 60.0, 0.1, ptzoptics, 13.0),
        regression("jog-150ms-10deg", Profile::Jog, 150, 10.0, 0.05, avonic, 2.3),
        regression("football-cut-400ms-60deg-clean", Profile::FootballCut, 400, 60.0, 0.0, srg, 1.5),
        regression("drone-400ms-60deg-noisy", Profile::Drone, 400, 60.0, 0.1, evi, 2.0),
    ]
}

impl Regression {
    /// The file: the cell's text, with the command that makes it on the first line.
    pub fn text(&self) -> Result<String, Diagnostics> {
        let text = self.cell.text_below("", self.below)?;
        Ok(format!("# tiltyard report servo --write-scenarios scenarios/servo\n{text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CAMERAS, DELAYS_MS, FOVS_DEG, NOISES_DEG};
    use super::*;

    #[test]
    fn they_reach_every_value_of_every_axis_but_the_middle_delay() {
        let cells: Vec<Cell> = regressions().iter().map(|kept| kept.cell).collect();
        let any = |has: &dyn Fn(&Cell) -> bool| cells.iter().any(has);
        assert!(Profile::ALL.iter().all(|profile| any(&|cell| cell.profile == *profile)));
        assert!(DELAYS_MS.iter().filter(|delay| **delay != 83).all(|delay| any(&|cell| cell.delay_ms == *delay)));
        assert!(FOVS_DEG.iter().all(|fov| any(&|cell| cell.fov_deg.to_bits() == fov.to_bits())));
        assert!(NOISES_DEG.iter().all(|noise| any(&|cell| cell.noise_deg.to_bits() == noise.to_bits())));
        assert!(CAMERAS.iter().all(|camera| any(&|cell| cell.camera == *camera)));
    }
}
