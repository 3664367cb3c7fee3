//! What is remembered of a target that is not seen, and who may be it when somebody turns up.
//!
//! *Where.* A target goes on at its last rate for the coasting time, then slows down, because a person does not run for
//! ever: after the coasting time c it has come r · (c + τ · (1 − exp(−(t − c)/τ))) far. It is taken to be within
//! (gate + growth · t) of its own sizes of there, t being the time unseen: the *uncertainty*. Sizes, because these are
//! the same for a near and a far person: somebody who walks at 1.4 m/s and is 1.7 m tall covers 0.8 of their size a
//! second, and 1.4 of it in all once they are slowed down here.
//!
//! *How large.* Somebody who goes behind something gets narrower or shorter before they are gone. Remembered are width
//! and height as they are taken to be when nothing is covered: they grow at once and shrink slowly. While one of them,
//! smoothed over some frames, is clearly less, the target is taken to go on along it as it did some tenths of a second
//! before: the middle of what can be seen of somebody does not move as they do, and the track has believed it by then.
//! But what can be seen is a part of the whole, so the two middles are apart by half of what is missing at most, and by
//! what a box may be less before it counts as covered. Who would have to be farther is held there, and slows down as
//! that place does: they stopped, or turned round.
//!
//! *Who.* A newcomer may be the target when it has the same label, stands within the uncertainty of that moment, and is
//! of like size. Part of it may still be covered, so one side has to agree and the other may be less, but not more.
//!
//! *Whether it still is.* A track whose box becomes another size from one frame to the next, width and height alike,
//! and stays so, has gone to somebody else: people do not grow, and what covers them seldom takes both sides at once.
//! It has to do so in angles and in pixels: angles jump, too, when the camera's answer puts right what was taken to be
//! the field of view of a moving lens.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min};
use tiltyard_visca::{SimTime, State, Visit};

use super::Track;
use super::geometry::{Bearing, View};

/// How long a target is remembered for what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryConfig {
    /// Uncertainty of the bearing at once after a loss, in sizes of the target \[ratio\].
    pub gate: f64,
    /// Growth of the uncertainty, in sizes of the target \[1/s\].
    pub growth: f64,
    /// Sizes up to this many times apart are alike, > 1 \[ratio\].
    pub like: f64,
    /// Time constant τ with which the target is taken to slow down after the coasting time.
    pub slow_down: Duration,
}

impl Default for MemoryConfig {
    fn default() -> Self {
        Self { gate: 0.5, growth: 0.5, like: 1.5, slow_down: Duration::from_secs(1) }
    }
}

/// Of a width or height above what is seen so much is left after a second.
const FADE_PER_S: f64 = 0.6;
/// Share of a larger width or height that is taken over in a frame: what is noise has no time to add up.
const GROWTH: f64 = 0.2;
/// Share of the last frame in what is seen of late: an average over some three frames.
const LATE: f64 = 0.35;
/// A box whose sides are both so many times what they were of late is another one's …
const SIZE_JUMP: f64 = 1.25;
/// … when it is so in so many frames in a row.
const JUMPS_MIN: u32 = 2;
/// The rate of a track is sure after so many sightings: a third of a second at 30 frames a second.
const HITS_MIN: u32 = 10;
/// Time constant with which a target of an unsure rate is taken to slow down at once \[s\].
const UNSURE_S: f64 = 0.2;
/// A target that is getting covered is taken to move as it did at least so long ago, and at most three times as long.
const BEFORE: Duration = Duration::from_millis(300);
/// Time constant with which a covered target takes the rate that what is seen of it allows \[s\].
const HELD_S: f64 = 0.2;
/// A target with a side that is of late less than this share of the remembered one is taken to be covered in part.
const WHOLE_SHARE: f64 = 0.85;

/// A target as it was seen last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    track: Track,
    size_deg: [f64; 2],
    late_size_deg: [f64; 2],
    late_size_px: [f64; 2],
    /// Frames in a row with a box of another size.
    jumps: u32,
    /// Where it is taken to have been in the last sighting, and how fast.
    motion: Motion,
    whole: bool,
    /// Its motion when it was seen whole, a while ago and before that.
    before: [Motion; 2],
    /// The track that was seen last is somebody else's now.
    gave_track_away: bool,
}

/// Whether a track still is who it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// It is.
    Yes,
    /// Its box is of another size: the next frame will tell.
    Perhaps,
    /// It is somebody else, or has to be judged anew.
    No,
}

/// Where something was, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Motion {
    at: SimTime,
    bearing: Bearing,
    rate_dps: [f64; 2],
    /// The rate comes of more than a few sightings.
    sure: bool,
}

impl Motion {
    const fn of(track: &Track) -> Self {
        let sure = track.hits >= HITS_MIN;
        Self { at: track.seen_at, bearing: track.bearing, rate_dps: track.rate_dps, sure }
    }

    /// The same, a time later.
    fn after(&self, time_s: f64) -> Bearing {
        Bearing {
            az_deg: self.bearing.az_deg + self.rate_dps[0] * time_s,
            el_deg: self.bearing.el_deg + self.rate_dps[1] * time_s,
        }
    }
}

impl Memory {
    /// Of a track that is seen in this frame.
    pub fn of(track: &Track, view: &View) -> Self {
        let size_deg = size_deg(track, view);
        Self {
            track: track.clone(),
            size_deg,
            late_size_deg: size_deg,
            late_size_px: size_px(track),
            jumps: 0,
            motion: Motion::of(track),
            whole: true,
            before: [Motion::of(track); 2],
            gave_track_away: false,
        }
    }

    /// Seen again, by this track.
    pub fn see(&mut self, track: &Track, view: &View) {
        let since_s = self.unseen(track.seen_at).as_secs_f64();
        let fade = libm::pow(FADE_PER_S, since_s);
        let now_deg = size_deg(track, view);
        let was_whole = self.whole;
        for ((kept, late), now) in self.size_deg.iter_mut().zip(&mut self.late_size_deg).zip(now_deg) {
            *kept = if now > *kept { *kept + GROWTH * (now - *kept) } else { now + (*kept - now) * fade };
            *late += LATE * (now - *late);
        }
        for (late, now) in self.late_size_px.iter_mut().zip(size_px(track)) {
            *late += LATE * (now - *late);
        }
        self.jumps = 0;
        let whole = [0, 1].map(|side| self.late_size_deg[side] >= WHOLE_SHARE * self.size_deg[side]);
        self.whole = whole == [true; 2];
        if self.whole {
            self.motion = Motion::of(track);
            let [_, newer] = self.before;
            if track.seen_at.since(newer.at) >= BEFORE {
                self.before = [newer, self.motion];
            }
        } else {
            let [older, _] = self.before;
            if was_whole && older.sure && track.seen_at.since(older.at) <= BEFORE * 3 {
                self.motion = older;
            }
            self.motion = self.covered(track, whole, now_deg, was_whole);
        }
        self.gave_track_away = false;
        self.track.clone_from(track);
    }

    /// Its motion while a side of it is covered: along a whole side as the track; along the other as it went before,
    /// for as long as what is seen allows it, and slower or back by what that does not. In the `first` such frame the
    /// place alone is put right: how far off it is then is the error of a prediction over some tenths of a second.
    fn covered(&self, track: &Track, whole: [bool; 2], now_deg: [f64; 2], first: bool) -> Motion {
        let seen = Motion::of(track);
        let since_s = seen.at.signed_secs_since(self.motion.at);
        let away_deg = self.motion.after(since_s).minus(seen.bearing);
        let mut motion = Motion { sure: self.motion.sure, rate_dps: self.motion.rate_dps, ..seen };
        let mut held_deg = [0.0; 2];
        for side in 0..2 {
            if whole[side] {
                motion.rate_dps[side] = if seen.sure { seen.rate_dps[side] } else { self.motion.rate_dps[side] };
                continue;
            }
            let missing_deg = max(self.size_deg[side] - now_deg[side], 0.0);
            let reach_deg = missing_deg * 0.5 + (1.0 - WHOLE_SHARE) * self.size_deg[side];
            held_deg[side] = clamp(away_deg[side], -reach_deg, reach_deg);
            if !first {
                motion.rate_dps[side] -= (away_deg[side] - held_deg[side]) / max(since_s, HELD_S);
            }
        }
        motion.bearing.az_deg += held_deg[0];
        motion.bearing.el_deg += held_deg[1];
        motion
    }

    /// Its track has gone to somebody else.
    pub const fn give_track_away(&mut self) {
        self.gave_track_away = true;
    }

    /// It is on the track with this id.
    pub const fn is_on(&self, id: u32) -> bool {
        self.track.id == id && !self.gave_track_away
    }

    /// Whether its own track, seen in this frame, still is it, if it was not away for longer than `away`. A box of
    /// another size is in doubt at first; who does not [`see`](Self::see) it then [`doubt`](Self::doubt)s it.
    pub fn goes_on(&self, own: &Track, view: &View, away: Duration) -> GoesOn {
        let jumped = self.jumped(own, view);
        if self.unseen(own.seen_at) > away || jumped && self.jumps + 1 >= JUMPS_MIN {
            GoesOn::No
        } else if jumped {
            GoesOn::Perhaps
        } else {
            GoesOn::Yes
        }
    }

    /// What its track showed in this frame was perhaps not it.
    pub const fn doubt(&mut self) {
        self.jumps += 1;
    }

    /// Both sides are clearly larger, or clearly less, than of late, however they are measured.
    fn jumped(&self, own: &Track, view: &View) -> bool {
        let jumped = |now: [f64; 2], late: [f64; 2]| {
            let [wide, tall] = [0, 1].map(|side| now[side] / late[side]);
            min(wide, tall) > SIZE_JUMP || max(wide, tall) < 1.0 / SIZE_JUMP
        };
        jumped(size_deg(own, view), self.late_size_deg) && jumped(size_px(own), self.late_size_px)
    }

    /// The track that was seen last.
    pub const fn track(&self) -> &Track {
        &self.track
    }

    /// Width and height as they are taken to be when nothing is covered \[deg\].
    pub const fn size_deg(&self) -> [f64; 2] {
        self.size_deg
    }

    /// No part of it was covered when it was seen last: it did not go behind anything, nor out of the picture.
    pub const fn was_whole(&self) -> bool {
        self.whole
    }

    /// Time since the last sighting, in a frame exposed at `at`.
    pub fn unseen(&self, at: SimTime) -> Duration {
        at.since(self.track.seen_at)
    }

    /// Where it is taken to be at `at`, and how fast it still goes: as a track whose box is the last one seen.
    pub fn believed(&self, at: SimTime, coast: Duration, config: &MemoryConfig) -> Track {
        let unseen_s = self.unseen(at).as_secs_f64();
        let (coast_s, tau_s) =
            if self.motion.sure { (coast.as_secs_f64(), config.slow_down.as_secs_f64()) } else { (0.0, UNSURE_S) };
        let coasted_s = min(unseen_s, coast_s);
        let slowing_s = unseen_s - coasted_s;
        let left = if tau_s > 0.0 {
            libm::exp(-slowing_s / tau_s)
        } else if slowing_s > 0.0 {
            0.0
        } else {
            1.0
        };
        let gone_s = coasted_s + tau_s * (1.0 - left);
        let mut track = self.track.clone();
        track.bearing = self.motion.after(gone_s);
        track.rate_dps = self.motion.rate_dps.map(|rate| rate * left);
        track.at = at;
        track
    }

    /// Radius about the believed bearing within which it is taken to be \[deg\].
    pub fn uncertainty_deg(&self, at: SimTime, config: &MemoryConfig) -> f64 {
        let sizes = config.gate + config.growth * self.unseen(at).as_secs_f64();
        sizes * max(self.size_deg[0], self.size_deg[1])
    }

    /// How well a newcomer, seen in this frame, agrees with it: 0 is exactly; `None` when it cannot be the same.
    pub fn likeness(&self, newcomer: &Track, view: &View, coast: Duration, config: &MemoryConfig) -> Option<f64> {
        let unlike = self.unlikeness(newcomer, view, config)?;
        let at = newcomer.seen_at;
        let gate_deg = self.uncertainty_deg(at, config);
        let off_deg = newcomer.bearing.angle_to(self.believed(at, coast, config).bearing);
        let off = off_deg / gate_deg;
        (off_deg <= gate_deg).then_some(off * off + unlike * unlike)
    }

    /// How much a newcomer differs by itself, wherever it is: 0 is not at all, 1 as much as is allowed; `None` when it
    /// cannot be the same.
    pub fn unlikeness(&self, newcomer: &Track, view: &View, config: &MemoryConfig) -> Option<f64> {
        let [wide, tall] = [0, 1].map(|side| libm::log(size_deg(newcomer, view)[side] / self.size_deg[side]));
        let limit = libm::log(config.like);
        let unlike = min(wide.abs(), tall.abs());
        let same = newcomer.label == self.track.label && unlike <= limit && max(wide, tall) <= limit;
        same.then_some(unlike / limit)
    }
}

/// Angular width and height of a track's box, in the view it was seen in \[deg\]; never 0.
fn size_deg(track: &Track, view: &View) -> [f64; 2] {
    size_px(track).map(|side_px| view.angle_of_px(side_px))
}

/// Width and height of a track's box \[px\]; never 0.
fn size_px(track: &Track) -> [f64; 2] {
    [track.bbox.w_px, track.bbox.h_px].map(|side_px| clamp(side_px, 0.1, f64::MAX))
}

impl State for Motion {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("at", Some(self.at));
        v.f64("az_deg", self.bearing.az_deg);
        v.f64("el_deg", self.bearing.el_deg);
        v.f64("az_rate_dps", self.rate_dps[0]);
        v.f64("el_rate_dps", self.rate_dps[1]);
        v.bool("sure", self.sure);
    }
}

impl State for Memory {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("track", &self.track);
        v.f64("width_deg", self.size_deg[0]);
        v.f64("height_deg", self.size_deg[1]);
        v.part("motion", &self.motion);
        v.parts("before", self.before.iter());
        v.f64("late_width_deg", self.late_size_deg[0]);
        v.f64("late_height_deg", self.late_size_deg[1]);
        v.f64("late_width_px", self.late_size_px[0]);
        v.f64("late_height_px", self.late_size_px[1]);
        v.u64("jumps", u64::from(self.jumps));
        v.bool("whole", self.whole);
        v.bool("gave_track_away", self.gave_track_away);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stack::frame::PixelBox;

    const CONFIG: MemoryConfig = MemoryConfig { gate: 0.5, growth: 0.5, like: 1.5, slow_down: Duration::from_secs(1) };
    const COAST: Duration = Duration::from_millis(700);
    const VIEW: View =
        View { axis: Bearing { az_deg: 0.0, el_deg: 0.0 }, hfov_deg: 60.0, width_px: 1280.0, height_px: 720.0 };

    /// 3° by 9°, at `ms` where it is said, going right at 8 deg/s.
    fn person(ms: u64, az_deg: f64) -> Track {
        let (w_px, h_px) = (VIEW.px_of_angle(3.0), VIEW.px_of_angle(9.0));
        Track {
            id: 1,
            label: Arc::from("person"),
            confidence: 0.9,
            bbox: PixelBox { x_px: 600.0, y_px: 300.0, w_px, h_px },
            bearing: Bearing { az_deg, el_deg: 0.0 },
            rate_dps: [8.0, 0.0],
            at: SimTime::from_millis(ms),
            seen_at: SimTime::from_millis(ms),
            hits: 30,
        }
    }

    fn sized(mut track: Track, wide: f64, tall: f64) -> Track {
        (track.bbox.w_px, track.bbox.h_px) = (VIEW.px_of_angle(3.0 * wide), VIEW.px_of_angle(9.0 * tall));
        track
    }

    #[test]
    fn it_coasts_and_then_slows_down() {
        let memory = Memory::of(&person(0, 1.0), &VIEW);
        let believed = |ms| memory.believed(SimTime::from_millis(ms), COAST, &CONFIG);
        assert!((believed(500).bearing.az_deg - 5.0).abs() < 1e-9);
        assert!((believed(700).rate_dps[0] - 8.0).abs() < 1e-9);
        // 1 + 8 · (0.7 + 1 − e⁻¹) at 1.7 s, and 8 / e deg/s.
        assert!((believed(1700).bearing.az_deg - (1.0 + 8.0 * (1.7 - libm::exp(-1.0)))).abs() < 1e-9);
        assert!((believed(1700).rate_dps[0] - 8.0 * libm::exp(-1.0)).abs() < 1e-9);
        // 1.7 s of its rate is all the way there is.
        assert!((believed(60_000).bearing.az_deg - 14.6).abs() < 1e-6);
    }

    #[test]
    fn uncertainty_is_in_sizes_and_grows() {
        let memory = Memory::of(&person(0, 0.0), &VIEW);
        let at = |ms| memory.uncertainty_deg(SimTime::from_millis(ms), &CONFIG);
        // 9° tall: 4.5° at once, 4.5° more a second.
        assert!((at(0) - 4.5).abs() < 1e-9 && (at(2000) - 13.5).abs() < 1e-9);
    }

    #[test]
    fn who_is_near_and_alike_may_be_it() {
        let memory = Memory::of(&person(0, 0.0), &VIEW);
        let likeness = |newcomer: &Track| memory.likeness(newcomer, &VIEW, COAST, &CONFIG);
        // After 0.5 s it is believed at 4°, give or take 6.75°.
        assert!(likeness(&person(500, 4.0)).unwrap() < 1e-9);
        assert!(likeness(&person(500, 6.0)).unwrap() < likeness(&person(500, 9.0)).unwrap());
        assert_eq!(likeness(&person(500, 10.8)), None, "6.8° off");
        assert!(likeness(&person(1000, 14.9)).is_some(), "after 1 s: believed at 8 · (1 − 0.04)°, give or take 9°");
        assert_eq!(likeness(&Track { label: Arc::from("dog"), ..person(500, 4.0) }), None);
    }

    #[test]
    fn a_part_of_it_may_be_covered_but_it_has_not_grown() {
        let memory = Memory::of(&person(0, 0.0), &VIEW);
        let likeness = |wide, tall| memory.likeness(&sized(person(300, 2.4), wide, tall), &VIEW, COAST, &CONFIG);
        assert!(likeness(0.3, 1.0).is_some() && likeness(1.0, 0.5).is_some(), "one side agrees");
        assert_eq!(likeness(0.5, 0.5), None, "a child");
        assert_eq!(likeness(1.0, 1.6), None, "taller than ever");
        assert!(likeness(1.2, 1.2).unwrap() > likeness(1.0, 1.0).unwrap());
    }

    #[test]
    fn a_track_that_becomes_another_size_and_stays_so_is_somebody_elses() {
        const AWAY: Duration = Duration::from_millis(300);
        let goes_on = |wide, tall| {
            let mut memory = Memory::of(&person(0, 0.0), &VIEW);
            let own = |ms| sized(person(ms, 0.0), wide, tall);
            let first = memory.goes_on(&own(33), &VIEW, AWAY);
            if first == GoesOn::Perhaps {
                memory.doubt();
            } else {
                memory.see(&own(33), &VIEW);
            }
            [first, memory.goes_on(&own(66), &VIEW, AWAY)]
        };
        for alike in [[1.2, 1.2], [0.85, 0.85], [0.4, 1.0], [2.0, 1.0]] {
            assert_eq!(goes_on(alike[0], alike[1]), [GoesOn::Yes; 2], "noise, covered, or turned round: {alike:?}");
        }
        for another in [1.3, 0.7] {
            assert_eq!(goes_on(another, another), [GoesOn::Perhaps, GoesOn::No], "{another}");
        }
        let memory = Memory::of(&person(0, 0.0), &VIEW);
        let after = |ms| memory.goes_on(&person(ms, 0.0), &VIEW, AWAY);
        assert_eq!([after(300), after(301)], [GoesOn::Yes, GoesOn::No], "after a while it is judged anew");
    }

    /// Walked to the right at 8 deg/s until frame 30, seen whole, 30 frames a second.
    fn walked() -> (Memory, impl Fn(u64) -> f64) {
        let there = |frame: u64| 8.0 * 0.033 * frame as f64;
        let mut memory = Memory::of(&person(0, 0.0), &VIEW);
        for frame in 1..=30 {
            memory.see(&person(frame * 33, there(frame)), &VIEW);
        }
        (memory, there)
    }

    #[test]
    fn what_is_covered_slowly_is_remembered_whole_with_its_own_motion() {
        let (mut memory, there) = walked();
        // Then the width vanishes in a third of a second behind a wall on the right: the middle of what is left goes at
        // half the speed.
        for frame in 31..=40 {
            let wide = 1.0 - 0.08 * (frame - 30) as f64;
            let part = sized(person(frame * 33, there(frame) - 1.5 * (1.0 - wide)), wide, 1.0);
            memory.see(&Track { rate_dps: [4.0, 0.0], ..part }, &VIEW);
        }
        assert!(!memory.was_whole());
        let [wide, tall] = memory.size_deg();
        assert!(wide > 0.85 * 3.0 && (tall - 9.0).abs() < 1e-9, "{wide} by {tall}");
        let believed = memory.believed(SimTime::from_millis(42 * 33), COAST, &CONFIG);
        assert!((believed.rate_dps[0] - 8.0).abs() < 1e-9, "{believed:?}");
        assert!((believed.bearing.az_deg - there(42)).abs() < 1e-9, "{believed:?}, really at {}", there(42));
        // Seen whole again, it is as it is seen now.
        for frame in 41..=60 {
            memory.see(&Track { rate_dps: [5.0, 0.0], ..person(frame * 33, 9.0) }, &VIEW);
        }
        assert!(memory.was_whole());
        assert_eq!(memory.believed(SimTime::from_millis(60 * 33), COAST, &CONFIG).rate_dps[0], 5.0);
    }

    #[test]
    fn who_stops_half_covered_is_believed_where_they_are() {
        let (mut memory, there) = walked();
        // Half of the width goes behind a wall in 6 frames; then they stand for a second.
        for frame in 31..=66 {
            let until = frame.min(36);
            let wide = 1.0 - 0.5 * (until - 30) as f64 / 6.0;
            let part = sized(person(frame * 33, there(until) - 1.5 * (1.0 - wide)), wide, 1.0);
            memory.see(&Track { rate_dps: [if frame < 45 { 4.0 } else { 0.0 }, 0.0], ..part }, &VIEW);
        }
        for ms in [0, 500, 2000] {
            let believed = memory.believed(SimTime::from_millis(66 * 33 + ms), COAST, &CONFIG);
            // They are 0.75° from the middle of what is seen, and may be believed 0.45° further; the 8 deg/s are gone.
            // That place comes nearer at 0.3 deg/s while their width is forgotten.
            assert!((believed.bearing.az_deg - there(36)).abs() < 0.8, "{believed:?}, really at {}", there(36));
            assert!(believed.rate_dps[0].abs() < 0.3, "{believed:?}");
        }
    }

    #[test]
    fn who_turns_round_behind_a_table_is_seen_to_do_so() {
        let (mut memory, there) = walked();
        // All of the width is seen all the time, half of the height is not: 15 frames on, 15 frames back.
        for frame in 31..=60 {
            let (az_deg, rate_dps) =
                if frame <= 45 { (there(frame), 8.0) } else { (there(45) - there(frame - 45), -8.0) };
            let part = sized(person(frame * 33, az_deg), 1.0, 0.5);
            memory.see(&Track { rate_dps: [rate_dps, 0.0], ..part }, &VIEW);
        }
        assert!(!memory.was_whole());
        let believed = memory.believed(SimTime::from_millis(60 * 33), COAST, &CONFIG);
        assert!((believed.bearing.az_deg - there(30)).abs() < 1e-9 && believed.rate_dps[0] == -8.0, "{believed:?}");
    }

    #[test]
    fn a_lens_that_is_put_right_does_not_look_like_somebody_else() {
        // The box is the same in the picture; what was taken for 60° turns out to be 40°.
        let memory = Memory::of(&person(0, 0.0), &VIEW);
        let narrow = View { hfov_deg: 40.0, ..VIEW };
        assert_eq!(memory.goes_on(&person(33, 0.0), &narrow, Duration::from_millis(300)), GoesOn::Yes);
        let another = sized(person(33, 0.0), 0.7, 0.7);
        assert_eq!(memory.goes_on(&another, &narrow, Duration::from_millis(300)), GoesOn::Perhaps);
    }

    #[test]
    fn a_noisy_detector_does_not_look_like_somebody_else() {
        // ±20 % on each side, as bad as it gets: ten seconds of it.
        let mut memory = Memory::of(&person(0, 0.0), &VIEW);
        let wobble = |n: u64| 1.0 + 0.2 * libm::sin(n as f64 * 2.399);
        for frame in 1..=300 {
            let noisy = sized(person(frame * 33, 0.0), wobble(frame), wobble(frame * 7 + 3));
            match memory.goes_on(&noisy, &VIEW, Duration::from_millis(300)) {
                GoesOn::Yes => memory.see(&noisy, &VIEW),
                GoesOn::Perhaps => memory.doubt(),
                GoesOn::No => panic!("frame {frame}"),
            }
        }
        let [wide, tall] = memory.size_deg();
        assert!((3.0..3.6).contains(&wide) && (9.0..10.8).contains(&tall), "{wide} by {tall}");
    }

    #[test]
    fn the_rate_of_a_young_track_is_hardly_believed() {
        let young = Memory::of(&Track { hits: 3, ..person(0, 0.0) }, &VIEW);
        let believed = young.believed(SimTime::from_millis(2000), COAST, &CONFIG);
        // 0.2 s of 8 deg/s is all the way.
        assert!((believed.bearing.az_deg - 1.6).abs() < 1e-3 && believed.rate_dps[0] < 1e-3, "{believed:?}");
    }
}
