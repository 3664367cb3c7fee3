//! What a camera has heard and not done yet: jobs in the order of their time, ties in the order of arrival.
//!
//! Bounded by its users' admission rules; the queue itself only keeps the order. The camera's own timers are jobs, too.

use serde::{Deserialize, Serialize};

use super::Origin;
use crate::sony::Abnormality;
use crate::{Command, Inquiry, Memory, Motor, Peer, Refusal, SimTime, State, Visit};

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Job {
    /// Do it, acknowledge it.
    Execute(Command),
    /// Interface clear sent to all: do it, echo it.
    ClearAll,
    /// Look and tell.
    Answer(Inquiry),
    /// Say no.
    Refuse(Refusal),
    /// Say what is wrong with Sony's header.
    Abnormal(Abnormality),
    /// Say that the sequence number was reset.
    TellReset,
    /// Hand the next address on.
    HandOn(u8),
    /// The focus motor has arrived.
    FocusArrives,
    /// The camera is up.
    Initialised,
}

/// A job and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Due {
    at: SimTime,
    from: Origin,
    job: Job,
}

/// Jobs, the next one first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Queue {
    due: Vec<Due>,
}

impl Queue {
    /// Files a job behind all that are due no later.
    pub(super) fn push(&mut self, at: SimTime, from: Origin, job: Job) {
        let index = self.due.partition_point(|due| due.at <= at);
        self.due.insert(index, Due { at, from, job });
    }

    /// Takes the next job that is due by `now`, and who asked for it.
    pub(super) fn pop(&mut self, now: SimTime) -> Option<(Origin, Job)> {
        let due = self.due.first().is_some_and(|due| due.at <= now).then(|| self.due.remove(0))?;
        Some((due.from, due.job))
    }

    /// Takes a job off that is the camera's own.
    pub(super) fn forget(&mut self, job: Job) {
        self.due.retain(|due| due.job != job);
    }

    /// Who asked is gone: questions need no answer any more, commands are done all the same.
    pub(super) fn disown(&mut self, peer: Peer) {
        let stays = |job: Job| !matches!(job, Job::Answer(_) | Job::Refuse(_) | Job::Abnormal(_) | Job::TellReset);
        self.due.retain(|due| due.from.peer != peer || stays(due.job));
        self.due.iter_mut().for_each(|due| due.from.disown(peer));
    }

    /// When the next job is due.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.due.first().map(|due| due.at)
    }

    /// Jobs of all kinds.
    pub(super) fn len(&self) -> usize {
        self.due.len()
    }

    /// Questions that wait for their answer.
    pub(super) fn inquiries(&self) -> usize {
        self.due.iter().filter(|due| matches!(due.job, Job::Answer(_))).count()
    }

    /// Commands that will want a socket.
    pub(super) fn commands(&self) -> usize {
        self.commands_in_order().count()
    }

    /// The newest command that moves or stops this motor and is not executed yet.
    pub(super) fn newest(&self, motor: Motor) -> Option<Command> {
        let moves_all = |command| matches!(command, Command::Memory(Memory::Recall(_)) | Command::Power { .. });
        self.commands_in_order().filter(|&command| command.motor() == Some(motor) || moves_all(command)).last()
    }

    fn commands_in_order(&self) -> impl Iterator<Item = Command> {
        self.due.iter().filter_map(|due| match due.job {
            Job::Execute(command) if command.takes_socket() => Some(command),
            _ => None,
        })
    }
}

impl State for Queue {
    fn visit(&self, v: &mut dyn Visit) {
        v.parts("due", self.due.iter());
    }
}

impl State for Due {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("at", self.at);
        v.part("from", &self.from);
        // Readers of bits see no names: the kind comes first.
        match self.job {
            Job::Execute(command) => {
                v.u64("kind", 0);
                v.part("execute", &command);
            }
            Job::ClearAll => v.u64("kind", 1),
            Job::Answer(inquiry) => {
                v.u64("kind", 2);
                v.part("answer", &inquiry);
            }
            Job::Refuse(refusal) => {
                v.u64("kind", 3);
                v.u64("refuse", u64::from(refusal.encode()));
            }
            Job::Abnormal(abnormality) => {
                v.u64("kind", 4);
                v.u64("abnormal", u64::from(abnormality.encode()[1]));
            }
            Job::TellReset => v.u64("kind", 5),
            Job::FocusArrives => v.u64("kind", 6),
            Job::Initialised => v.u64("kind", 7),
            Job::HandOn(next) => {
                v.u64("kind", 8);
                v.u64("hand_on", u64::from(next));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: Origin = Origin { peer: Peer { number: 3, framing: crate::Framing::Stream }, seq: 5, gone: false };

    #[test]
    fn jobs_leave_by_time_and_then_by_arrival() {
        let mut queue = Queue::default();
        let at = SimTime::from_millis;
        queue.push(at(70), WHO, Job::Answer(Inquiry::Zoom));
        queue.push(at(20), WHO, Job::Execute(Command::Home));
        queue.push(at(20), WHO, Job::Refuse(Refusal::Syntax));
        assert_eq!(queue.next_at(), Some(at(20)));
        assert_eq!(queue.pop(at(19)), None);
        assert_eq!(queue.pop(at(20)), Some((WHO, Job::Execute(Command::Home))));
        assert_eq!(queue.pop(at(20)), Some((WHO, Job::Refuse(Refusal::Syntax))));
        assert_eq!(queue.pop(at(20)), None);
        assert_eq!(queue.pop(at(99)), Some((WHO, Job::Answer(Inquiry::Zoom))));
    }
    #[test]
    fn who_is_gone_has_its_commands_done_and_its_questions_forgotten() {
        let mut queue = Queue::default();
        let other = Origin { peer: Peer { number: 4, ..WHO.peer }, ..WHO };
        for from in [WHO, other] {
            queue.push(SimTime::ZERO, from, Job::Execute(Command::Home));
            queue.push(SimTime::ZERO, from, Job::Answer(Inquiry::Zoom));
        }
        queue.disown(WHO.peer);
        let left: Vec<_> = core::iter::from_fn(|| queue.pop(SimTime::ZERO)).collect();
        assert_eq!(
            left,
            [
                (Origin { gone: true, ..WHO }, Job::Execute(Command::Home)),
                (other, Job::Execute(Command::Home)),
                (other, Job::Answer(Inquiry::Zoom)),
            ]
        );
    }
}
