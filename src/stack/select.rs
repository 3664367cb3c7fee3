//! Whom to follow among the tracks, and whom to take for them when they come back.
//!
//! A choice is a *lock*. It is made by a rule, among the tracks that are seen, and it lasts: while its track is seen it
//! does not move, unless a *challenge* is allowed and somebody has been clearly better by the rule for a while.
//!
//! A lock is not a track. When its track ends, or is not seen for the release time, the target is remembered
//! ([`Memory`]), and a *newcomer* that may be it inherits the lock: a tracker's identity switch does not lose a person.
//!
//! - A newcomer is a track that was not there while the target was seen last, one that is seen again after the release
//!   time, or one that has just gone to somebody else ([`Memory::goes_on`]): trackers do that where two people cross.
//!   It is judged once, where and when it is seen first: who turned up out of reach of the target cannot be it,
//!   wherever they go from there.
//! - Who turns up within the release time of a target that vanished as a whole, in the open, may be it wherever they
//!   are: nobody goes so fast, but a pose can be wrong, and a camera can be knocked. Who agrees in place comes first.
//! - The others are remembered, too: a newcomer that agrees better with one of those who are not seen is that one.
//! - Of several newcomers the one that agreed best inherits; of two that agreed alike, the one with the lower id.
//!
//! Only after the grace, when the phase is *lost*, the rule chooses anew. A rule with an id then finds nobody, for ids
//! are never used again.
//!
//! Without a [`LockConfig`] there is no memory: a target that is not seen for the release time gives way to one that is
//! seen. That is what the guide's code comes to.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use super::Track;
use super::geometry::View;
use super::memory::{GoesOn, Memory, MemoryConfig};
use super::phase::Patience;

/// How a target is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// The track with this id and no other.
    Id(u32),
    /// Of the tracks with this label, the one nearest to the optical axis.
    Label(Arc<str>),
    /// The track nearest to the optical axis.
    Nearest,
    /// The track with the largest box.
    Largest,
    /// Nobody: the camera stands still.
    None,
}

/// How a lock is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LockConfig {
    /// What is expected of a target that is not seen.
    pub memory: MemoryConfig,
    /// Whether a lock may move while its track is seen.
    pub challenge: Option<Challenge>,
}

/// When somebody else is so much better that a lock moves to them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Challenge {
    /// This many times as large, or as near to the optical axis, > 1 \[ratio\].
    pub better: f64,
    /// For this long, without a break.
    pub hold: Duration,
}

/// Whom the stack follows, in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The track: as it is when it is seen, and as it is believed to be when it is not.
    pub track: Track,
    /// It is seen in this frame.
    pub seen: bool,
    /// Number of the lock, from 1; stays when another track inherits it.
    pub lock: u32,
    /// Radius about the track's bearing within which the target is taken to be \[deg\]; `None` without a memory.
    pub uncertainty_deg: Option<f64>,
}

/// Added to the likeness of who agrees in size only: more than anybody has who agrees in place, too.
const JUMPED: f64 = 2.0;

/// The chosen target, and who else there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selector {
    rule: Rule,
    release: Duration,
    patience: Patience,
    config: Option<LockConfig>,
    /// The target.
    locked: Option<Memory>,
    /// Number of the last lock.
    locks: u32,
    /// The others; newcomers are not among them while the target is not seen.
    others: Vec<Memory>,
    /// Newcomers that may be the target: id, and how well it agreed when it was seen first.
    claims: Vec<(u32, f64)>,
    /// Somebody who is better by the rule: id, and since when.
    challenger: Option<(u32, SimTime)>,
}

impl Selector {
    /// Nothing chosen yet.
    pub const fn new(rule: Rule, release: Duration, patience: Patience, config: Option<LockConfig>) -> Self {
        Self {
            rule,
            release,
            patience,
            config,
            locked: None,
            locks: 0,
            others: Vec::new(),
            claims: Vec::new(),
            challenger: None,
        }
    }

    /// The id of the track that is followed, or was last.
    pub fn locked(&self) -> Option<u32> {
        self.locked.as_ref().map(|memory| memory.track().id)
    }

    /// Changes the rule and forgets the choice.
    pub fn set_rule(&mut self, rule: Rule) {
        let locks = self.locks;
        *self = Self { locks, ..Self::new(rule, self.release, self.patience, self.config) };
    }

    /// Keeps or makes the choice among `tracks`, as of a frame exposed at `at` with `view`.
    pub fn choose(&mut self, at: SimTime, tracks: &[Track], view: &View) -> Option<Followed> {
        let kept = match self.config {
            Some(config) => self.keep(at, tracks, view, &config),
            None => self.keep_while_alone(at, tracks, view),
        };
        kept.or_else(|| {
            let chosen = best(&self.rule, tracks.iter().filter(|track| track.seen_at == at), view)?;
            let target = Memory::of(chosen, view);
            if let Some(config) = self.config {
                self.look_round(at, tracks, view, &target, &config.memory);
            }
            Some(self.lock(chosen, target))
        })
    }

    /// A new lock, on a track that is seen.
    fn lock(&mut self, track: &Track, memory: Memory) -> Followed {
        self.locks += 1;
        self.claims.clear();
        self.challenger = None;
        self.locked = Some(memory);
        self.seen(track)
    }

    /// The target, seen as `track`.
    fn seen(&self, track: &Track) -> Followed {
        let uncertain = self.config.zip(self.locked.as_ref());
        let uncertainty_deg = uncertain.map(|(config, memory)| memory.uncertainty_deg(track.seen_at, &config.memory));
        Followed { track: track.clone(), seen: true, lock: self.locks, uncertainty_deg }
    }

    /// Without a memory: the track for as long as it lives, unless it is not seen and somebody else is.
    fn keep_while_alone(&mut self, at: SimTime, tracks: &[Track], view: &View) -> Option<Followed> {
        let id = self.locked()?;
        let track = tracks.iter().find(|track| track.id == id)?;
        let seen = track.seen_at == at;
        if !seen && at.since(track.seen_at) > self.release && tracks.iter().any(|track| track.seen_at == at) {
            return None;
        }
        if seen {
            self.locked = Some(Memory::of(track, view));
        }
        Some(Followed { track: track.clone(), seen, lock: self.locks, uncertainty_deg: None })
    }

    /// With a memory: the target for as long as the grace lasts.
    fn keep(&mut self, at: SimTime, tracks: &[Track], view: &View, config: &LockConfig) -> Option<Followed> {
        let mut target = self.locked.take()?;
        if target.unseen(at) > self.patience.grace {
            self.claims.clear();
            return None;
        }
        let coast = self.patience.coast;
        let own = tracks.iter().find(|track| target.is_on(track.id));
        let seen = own.filter(|own| own.seen_at == at);
        let goes_on = seen.map(|own| target.goes_on(own, view, self.release));
        let mut found = seen.filter(|_| goes_on == Some(GoesOn::Yes));
        match goes_on {
            Some(GoesOn::Perhaps) => target.doubt(),
            Some(GoesOn::No) => target.give_track_away(),
            Some(GoesOn::Yes) | None => {}
        }
        if found.is_none() {
            self.look_round(at, tracks, view, &target, &config.memory);
            if own.is_none() || goes_on == Some(GoesOn::No) || target.unseen(at) > self.release {
                found = self.heir(at, tracks);
            }
        }
        let Some(found) = found else {
            let uncertainty_deg = Some(target.uncertainty_deg(at, &config.memory));
            let track = target.believed(at, coast, &config.memory);
            self.locked = Some(target);
            self.challenger = None;
            return Some(Followed { track, seen: false, lock: self.locks, uncertainty_deg });
        };
        target.see(found, view);
        self.claims.clear();
        self.look_round(at, tracks, view, &target, &config.memory);
        self.locked = Some(target);
        let challenger = config.challenge.and_then(|challenge| self.challenged(at, tracks, view, found, challenge));
        Some(match challenger {
            Some(better) => self.depose(better, view),
            None => self.seen(found),
        })
    }

    /// Gives the lock to `better`: the two change places in what is remembered.
    fn depose(&mut self, better: &Track, view: &View) -> Followed {
        let known = self.others.iter().position(|other| other.is_on(better.id)).map(|index| self.others.remove(index));
        self.others.extend(self.locked.take());
        // Who is in doubt was not seen in this frame, and is taken for what they look like now.
        let sure = known.filter(|known| known.track().seen_at == better.seen_at);
        self.lock(better, sure.unwrap_or_else(|| Memory::of(better, view)))
    }

    /// Looks at everybody who is seen beside the target: those who go on, and once at each newcomer, who is the target
    /// when that is not `seen`, or somebody else who was not seen, or nobody who was known.
    fn look_round(&mut self, at: SimTime, tracks: &[Track], view: &View, target: &Memory, config: &MemoryConfig) {
        let coast = self.patience.coast;
        let target_seen = target.unseen(at).is_zero();
        for track in tracks.iter().filter(|track| track.seen_at == at) {
            if target.is_on(track.id) || self.claims.iter().any(|(id, _)| *id == track.id) {
                continue;
            }
            if let Some(other) = self.others.iter_mut().find(|other| other.is_on(track.id)) {
                match other.goes_on(track, view, self.release) {
                    GoesOn::Yes => other.see(track, view),
                    GoesOn::Perhaps => other.doubt(),
                    GoesOn::No => other.give_track_away(),
                }
                if other.is_on(track.id) {
                    continue;
                }
            }
            let likeness = |memory: &Memory| memory.likeness(track, view, coast, config);
            let open = target.was_whole() && target.unseen(at) <= self.release;
            let jumped = || {
                let unlike = target.unlikeness(track, view, config)?;
                let off_deg = track.bearing.angle_to(target.believed(at, coast, config).bearing);
                open.then_some(JUMPED + unlike * unlike + off_deg / 180.0)
            };
            let claim = if target_seen { None } else { likeness(target).or_else(jumped) };
            let away = self.others.iter_mut().filter(|other| other.track().seen_at != at);
            let other = away.filter_map(|other| Some((likeness(other)?, other))).min_by(|a, b| a.0.total_cmp(&b.0));
            match (claim, other) {
                (Some(claim), Some((closer, other))) if closer < claim => other.see(track, view),
                (Some(claim), _) => self.claims.push((track.id, claim)),
                (None, Some((_, other))) => other.see(track, view),
                (None, None) => self.others.push(Memory::of(track, view)),
            }
        }
        let grace = self.patience.grace;
        self.others.retain(|other| other.unseen(at) <= grace && !(target_seen && other.is_on(target.track().id)));
    }

    /// Of the newcomers that may be the target and are seen, the one that agreed best.
    fn heir<'a>(&self, at: SimTime, tracks: &'a [Track]) -> Option<&'a Track> {
        let seen = |id: u32| tracks.iter().find(|track| track.id == id && track.seen_at == at);
        let claims = self.claims.iter().filter_map(|(id, likeness)| Some((*likeness, seen(*id)?)));
        claims.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id))).map(|(_, track)| track)
    }

    /// Who has been clearly better than the target by the rule, for long enough.
    fn challenged<'a>(
        &mut self,
        at: SimTime,
        tracks: &'a [Track],
        view: &View,
        target: &Track,
        challenge: Challenge,
    ) -> Option<&'a Track> {
        let others = tracks.iter().filter(|track| track.seen_at == at && track.id != target.id);
        let other = best(&self.rule, others, view);
        let clearly = |other: &&Track| match self.rule {
            Rule::Largest => area_px2(other) > challenge.better * area_px2(target),
            Rule::Nearest | Rule::Label(_) => off_deg2(target, view) > sq(challenge.better) * off_deg2(other, view),
            Rule::Id(_) | Rule::None => false,
        };
        let better = other.filter(clearly);
        let since = |id| self.challenger.filter(|(before, _)| *before == id).map_or(at, |(_, since)| since);
        self.challenger = better.map(|track| (track.id, since(track.id)));
        better.filter(|_| self.challenger.is_some_and(|(_, since)| at.since(since) >= challenge.hold))
    }
}

/// The best of some tracks by the rule; ties go to the lower id.
fn best<'a>(rule: &Rule, tracks: impl Iterator<Item = &'a Track>, view: &View) -> Option<&'a Track> {
    let nearer = |a: &&Track, b: &&Track| off_deg2(a, view).total_cmp(&off_deg2(b, view)).then(a.id.cmp(&b.id));
    let mut tracks = tracks;
    match rule {
        Rule::Id(id) => tracks.find(|track| track.id == *id),
        Rule::Label(label) => tracks.filter(|track| track.label == *label).min_by(nearer),
        Rule::Nearest => tracks.min_by(nearer),
        Rule::Largest => tracks.max_by(|a, b| area_px2(a).total_cmp(&area_px2(b)).then(b.id.cmp(&a.id))),
        Rule::None => None,
    }
}

fn area_px2(track: &Track) -> f64 {
    track.bbox.w_px * track.bbox.h_px
}

/// Distance from the optical axis, squared \[deg²\].
fn off_deg2(track: &Track, view: &View) -> f64 {
    let [az, el] = track.bearing.minus(view.axis);
    sq(az) + sq(el)
}

fn sq(value: f64) -> f64 {
    value * value
}

impl State for Selector {
    fn visit(&self, v: &mut dyn Visit) {
        let (rule, id) = match &self.rule {
            Rule::Id(id) => (0, u64::from(*id)),
            Rule::Nearest => (1, 0),
            Rule::Largest => (2, 0),
            Rule::None => (3, 0),
            Rule::Label(label) => {
                v.bytes("rule_label", label.as_bytes());
                (4, 0)
            }
        };
        v.u64("rule", rule);
        v.u64("rule_id", id);
        v.u64("locks", u64::from(self.locks));
        v.bool("is_locked", self.locked.is_some());
        if let Some(memory) = &self.locked {
            v.part("locked", memory);
        }
        v.parts("other", self.others.iter());
        v.u64("claims", self.claims.len() as u64);
        for (id, likeness) in &self.claims {
            v.u64("claim_id", u64::from(*id));
            v.f64("claim_likeness", *likeness);
        }
        v.u64("challenger", self.challenger.map_or(u64::MAX, |(id, _)| u64::from(id)));
        v.time("challenger_since", self.challenger.map(|(_, since)| since));
    }
}

#[cfg(test)]
mod tests;
