//! The Kalman filter of SORT: a box in the picture that goes on at a constant rate.
//!
//! State: centre (u, v), area s, aspect r = w / h, and the rates of u, v and s, a frame a step. All matrices of the
//! reference (Bewley et al., ICIP 2016) are diagonal in the pairs (u, u̇), (v, v̇), (s, ṡ) and r, so the
//! seven-dimensional filter falls apart into three of two dimensions and one of one, which is the same arithmetic
//! without the zeros.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

use crate::stack::frame::PixelBox;

/// The filter of one box.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BoxFilter {
    u: Pair,
    v: Pair,
    s: Pair,
    /// Aspect and its variance; it has no rate.
    r: [f64; 2],
}

/// Position and rate with their covariance (pp, pr, rr).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Pair {
    position: f64,
    rate: f64,
    covariance: [f64; 3],
}

/// Variance of a first position, and of a rate nobody has seen: P of the reference.
const FIRST: [f64; 2] = [10.0, 10_000.0];
/// Noise of a step on position, on the rates of the centre and on that of the area: Q of the reference.
const STEP_NOISE: [f64; 3] = [1.0, 0.01, 0.0001];
/// Noise of a measurement of the centre, and of area and aspect: R of the reference.
const BOX_NOISE: [f64; 2] = [1.0, 10.0];

impl BoxFilter {
    /// A box just met.
    pub(super) fn first(bbox: &PixelBox) -> Self {
        let [u, v, s, r] = measured(bbox);
        let pair = |position| Pair { position, rate: 0.0, covariance: [FIRST[0], 0.0, FIRST[1]] };
        Self { u: pair(u), v: pair(v), s: pair(s), r: [r, FIRST[0]] }
    }

    /// One frame on.
    pub(super) fn predict(&mut self) {
        // An area cannot become negative.
        if self.s.position + self.s.rate <= 0.0 {
            self.s.rate *= 0.0;
        }
        self.u.predict(STEP_NOISE[1]);
        self.v.predict(STEP_NOISE[1]);
        self.s.predict(STEP_NOISE[2]);
        self.r[1] += STEP_NOISE[0];
    }

    /// It was seen here.
    pub(super) fn correct(&mut self, bbox: &PixelBox) {
        let [u, v, s, r] = measured(bbox);
        self.u.correct(u, BOX_NOISE[0]);
        self.v.correct(v, BOX_NOISE[0]);
        self.s.correct(s, BOX_NOISE[1]);
        let gain = self.r[1] / (self.r[1] + BOX_NOISE[1]);
        self.r[0] += gain * (r - self.r[0]);
        self.r[1] = (1.0 - gain) * self.r[1] * (1.0 - gain) + gain * BOX_NOISE[1] * gain;
    }

    /// The box, if the numbers make one.
    pub(super) fn bbox(&self) -> Option<PixelBox> {
        let w_px = (self.s.position * self.r[0]).sqrt();
        let h_px = self.s.position / w_px;
        let (x_px, y_px) = (self.u.position - w_px / 2.0, self.v.position - h_px / 2.0);
        let bbox = PixelBox { x_px, y_px, w_px, h_px };
        bbox.is_sound().then_some(bbox)
    }
}

impl Pair {
    /// F P Fᵀ + Q with F = \[1 1; 0 1\].
    fn predict(&mut self, rate_noise: f64) {
        let [pp, pr, rr] = self.covariance;
        self.position += self.rate;
        self.covariance = [pp + pr + (pr + rr) + STEP_NOISE[0], pr + rr, rr + rate_noise];
    }

    /// Joseph form, as the reference's library has it.
    fn correct(&mut self, measured: f64, noise: f64) {
        let [pp, pr, rr] = self.covariance;
        let (kp, kr) = (pp / (pp + noise), pr / (pp + noise));
        let off = measured - self.position;
        self.position += kp * off;
        self.rate += kr * off;
        let left = 1.0 - kp;
        self.covariance = [
            left * pp * left + kp * noise * kp,
            left * (pr - kr * pp) + kp * noise * kr,
            rr - kr * pr - kr * (pr - kr * pp) + kr * noise * kr,
        ];
    }
}

/// Centre, area and aspect of a box.
fn measured(bbox: &PixelBox) -> [f64; 4] {
    let [u, v] = bbox.centre_px();
    [u, v, bbox.w_px * bbox.h_px, bbox.w_px / bbox.h_px]
}

impl State for BoxFilter {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("u", &self.u);
        v.part("v", &self.v);
        v.part("s", &self.s);
        v.f64("r", self.r[0]);
        v.f64("var_r", self.r[1]);
    }
}

impl State for Pair {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("position", self.position);
        v.f64("rate", self.rate);
        v.f64("var_pp", self.covariance[0]);
        v.f64("var_pr", self.covariance[1]);
        v.f64("var_rr", self.covariance[2]);
    }
}
