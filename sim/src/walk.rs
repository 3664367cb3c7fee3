//! A walk to and fro: seeded legs of constant speed, rounded off where they begin and end, with pauses.
//!
//! Leg k leads from the end of leg k − 1 to a new point, azimuth alternating between the two sides of the centre: side
//! · extent · U(0.3, 1), elevation extent · U(−1, 1). It accelerates at a to its speed U(0.7, 1) × the usual one, goes
//! on at it, and brakes at a to rest; a short leg turns round at the top: v² = a · distance. Then it pauses for an
//! exponential time. Four draws a leg, from the stream `target.<name>`.
//!
//! Legs are drawn as time goes on and kept; a moment beyond the last kept leg is answered from a copy of the stream.
//! Initial state: at the centre when the target begins. Does not model: curves, walking round things, gait.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{max, min};
use tiltyard_visca::{Fold, SimTime, State, Visit};

use crate::config::{self, Path};
use crate::projection::Bearing;
use crate::rng::Stream;

/// One target's walk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Walk {
    begins_at: SimTime,
    centre_deg: [f64; 2],
    extent_deg: [f64; 2],
    speed_dps: f64,
    acceleration_dps2: f64,
    pause_s: f64,
    /// Where the next leg comes from -- state.
    pen: Pen,
    /// Legs drawn so far, in order -- state.
    legs: Vec<Leg>,
}

/// What the next leg is drawn from.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pen {
    rng: Stream,
    /// Where the last leg ended \[deg\].
    az_deg: f64,
    /// Where the last leg ended \[deg\].
    el_deg: f64,
    /// When its pause ends, since the walk began \[s\].
    at_s: f64,
    /// The side the next leg leads to, −1 or +1.
    side: f64,
}

/// From one point to the next, and the pause there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Leg {
    /// Start, since the walk began \[s\].
    from_s: f64,
    /// Where it starts \[deg\].
    from_deg: [f64; 2],
    /// Unit direction.
    direction: [f64; 2],
    /// Length \[deg\].
    distance_deg: f64,
    /// Highest speed \[deg/s\].
    speed_dps: f64,
    /// Acceleration and braking \[deg/s²\].
    acceleration_dps2: f64,
}

impl Walk {
    /// The target's walk, if it walks.
    pub fn of(target: &config::Target, seed: u64) -> Option<Self> {
        let Path::Walk { centre_deg, extent_deg, speed_dps, acceleration_dps2, pause } = target.path else {
            return None;
        };
        let rng = stream(seed, &target.name);
        Some(Self {
            begins_at: target.from,
            centre_deg,
            extent_deg,
            speed_dps,
            acceleration_dps2,
            pause_s: pause.as_secs_f64(),
            pen: Pen { rng, az_deg: centre_deg[0], el_deg: centre_deg[1], at_s: 0.0, side: 1.0 },
            legs: Vec::new(),
        })
    }

    /// Begins the stream of the target called `name` anew, as that of a run with `seed`; legs drawn already stay.
    pub fn reseed(&mut self, seed: u64, name: &str) {
        self.pen.rng = stream(seed, name);
    }

    /// Draws legs until `until` is covered.
    pub fn extend(&mut self, until: SimTime) {
        let until_s = until.signed_secs_since(self.begins_at);
        while self.pen.at_s <= until_s {
            let mut pen = self.pen.clone();
            let leg = self.next_leg(&mut pen);
            self.legs.push(leg);
            self.pen = pen;
        }
    }

    /// Where it is at `at`; at its first point before it begins.
    pub fn at(&self, at: SimTime) -> Bearing {
        let at_s = at.signed_secs_since(self.begins_at);
        if at_s >= self.pen.at_s {
            let mut pen = self.pen.clone();
            loop {
                let leg = self.next_leg(&mut pen);
                if at_s < pen.at_s {
                    return leg.at(at_s);
                }
            }
        }
        let next = self.legs.partition_point(|leg| leg.from_s <= at_s);
        match next.checked_sub(1).and_then(|index| self.legs.get(index)) {
            Some(leg) => leg.at(at_s),
            None => Bearing { az_deg: self.centre_deg[0], el_deg: self.centre_deg[1] },
        }
    }

    /// The stream, for the walk over random numbers.
    pub fn visit_rng(&self, v: &mut dyn Visit) {
        v.part("walk", &self.pen.rng);
    }

    fn next_leg(&self, pen: &mut Pen) -> Leg {
        let to_deg = [
            self.centre_deg[0] + pen.side * self.extent_deg[0] * pen.rng.uniform_in(0.3, 1.0),
            self.centre_deg[1] + self.extent_deg[1] * pen.rng.uniform_in(-1.0, 1.0),
        ];
        let usual_dps = self.speed_dps * pen.rng.uniform_in(0.7, 1.0);
        let pause_s = self.pause_s * pen.rng.exponential();

        let from_deg = [pen.az_deg, pen.el_deg];
        let span = [to_deg[0] - from_deg[0], to_deg[1] - from_deg[1]];
        let distance_deg = libm::hypot(span[0], span[1]);
        let direction = if distance_deg > 0.0 { [span[0] / distance_deg, span[1] / distance_deg] } else { [0.0, 0.0] };
        // Too short to reach the usual speed: half the way up, half the way down.
        let speed_dps = min(usual_dps, libm::sqrt(self.acceleration_dps2 * distance_deg));
        let leg = Leg {
            from_s: pen.at_s,
            from_deg,
            direction,
            distance_deg,
            speed_dps,
            acceleration_dps2: self.acceleration_dps2,
        };
        (pen.az_deg, pen.el_deg, pen.side) = (to_deg[0], to_deg[1], -pen.side);
        // A walk with no room to walk in must not stand still in time.
        pen.at_s += max(leg.lasts_s() + pause_s, LEG_S_MIN);
        leg
    }
}

impl Leg {
    /// Time under way \[s\].
    fn lasts_s(&self) -> f64 {
        if self.speed_dps > 0.0 {
            self.distance_deg / self.speed_dps + self.speed_dps / self.acceleration_dps2
        } else {
            0.0
        }
    }

    /// Where it is, `at_s` since the walk began.
    fn at(&self, at_s: f64) -> Bearing {
        let (t, lasts_s) = (at_s - self.from_s, self.lasts_s());
        let (v, a) = (self.speed_dps, self.acceleration_dps2);
        let way_deg = if t >= lasts_s {
            self.distance_deg
        } else if t < v / a {
            0.5 * a * t * t
        } else if t <= lasts_s - v / a {
            v * t - 0.5 * v * v / a
        } else {
            self.distance_deg - 0.5 * a * (lasts_s - t) * (lasts_s - t)
        };
        Bearing {
            az_deg: self.from_deg[0] + self.direction[0] * way_deg,
            el_deg: self.from_deg[1] + self.direction[1] * way_deg,
        }
    }
}

/// The stream of the target called `name`.
fn stream(seed: u64, name: &str) -> Stream {
    Stream::new(seed, &format!("target.{name}"))
}

/// What is to come hangs on the pen and the leg under way; of the past, the legs that a late frame may ask for are
/// folded.
impl State for Walk {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("legs", self.legs.len() as u64);
        v.f64("pen_az_deg", self.pen.az_deg);
        v.f64("pen_el_deg", self.pen.el_deg);
        v.f64("pen_at_s", self.pen.at_s);
        v.f64("pen_side", self.pen.side);
        if let Some(leg) = self.legs.last() {
            v.f64("from_s", leg.from_s);
            v.f64("from_az_deg", leg.from_deg[0]);
            v.f64("from_el_deg", leg.from_deg[1]);
            v.f64("distance_deg", leg.distance_deg);
            v.f64("speed_dps", leg.speed_dps);
        }
        let mut recent = Fold::default();
        for leg in self.legs.iter().rev().take(LEGS_TOLD) {
            recent.reals([leg.from_s, leg.acceleration_dps2]);
            recent.reals(leg.from_deg);
            recent.reals(leg.direction);
            recent.reals([leg.distance_deg, leg.speed_dps]);
        }
        v.fold("recent_legs", &recent);
    }
}

/// Shortest leg with its pause \[s\]: a walk without extent draws ten legs a second, not endlessly many.
const LEG_S_MIN: f64 = 0.1;

/// So many legs back are walked: 0.8 s at the least, seconds as a rule; no frame is that old when it is decided on. A
/// walk over all of them would cost more with every minute.
const LEGS_TOLD: usize = 8;
