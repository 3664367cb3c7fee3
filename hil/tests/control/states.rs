//! The dead-man in virtual time before a camera of few lines: when it stops, what it says, when it lets go.

use core::time::Duration;

use tiltyard_hil::control::{Affirmed, DeadMan, DeadManConfig, Deed, Passage, Why};
use tiltyard_visca::{
    Address, Command, Datagram, Dialect, Drive, Framing, Inquiry, Message, Positions, SimTime, ZoomDrive,
};

use crate::common::camera::Camera;
use crate::common::{model, ms, pan};

/// One way on the wire.
const WAY: Duration = Duration::from_millis(5);
const ARMED: DeadManConfig =
    DeadManConfig { armed: true, limit: Duration::from_millis(250), silence: Duration::from_secs(3) };

/// A dead-man, a camera and the wire between them.
struct World {
    man: DeadMan,
    camera: Camera,
    now: SimTime,
    replies: Vec<(SimTime, Datagram)>,
    deeds: Vec<Deed>,
    /// Datagrams to the camera that are still to be lost.
    lose: usize,
    deaf: bool,
}

fn datagram(command: Command) -> Datagram {
    let dialect = Dialect { positions: Positions::Four, speed_zero: false };
    Datagram::from(command.encode(Address::ONE, dialect))
}

impl World {
    fn new(config: DeadManConfig) -> Self {
        let mut world = Self {
            man: DeadMan::new(model(), Framing::Datagrams, config),
            camera: Camera::new(Framing::Datagrams),
            now: SimTime::ZERO,
            replies: vec![],
            deeds: vec![],
            lose: 0,
            deaf: false,
        };
        world.man.connected(SimTime::ZERO);
        world.flush();
        world
    }

    /// Connected, proved to stand, and open.
    fn open() -> Self {
        let mut world = Self::new(ARMED);
        world.run(2000);
        assert_eq!(world.man.affirm(world.now), Affirmed::Reopened);
        world.deeds.clear();
        world
    }

    fn say(&mut self, datagram: &Datagram) {
        if self.lose > 0 {
            self.lose -= 1;
            return;
        }
        if !self.deaf {
            let at = self.now + WAY;
            let replies = self.camera.hear(at, datagram.as_bytes());
            self.replies.extend(replies.into_iter().map(|reply| (at + WAY, reply)));
        }
    }

    fn flush(&mut self) {
        while let Some(deed) = self.man.poll() {
            if let Deed::Transmit(datagram) = deed {
                self.say(&datagram);
            }
            self.deeds.push(deed);
        }
    }

    /// The driver's own word, if it may leave.
    fn drive(&mut self, drive: Drive) -> Passage {
        let datagram = datagram(Command::PanTilt(drive));
        let passage = self.man.pass(&datagram);
        if passage == Passage::Leaves {
            self.say(&datagram);
        }
        passage
    }

    fn run(&mut self, until_ms: u64) {
        let end = ms(until_ms);
        while self.now < end {
            let reply = self.replies.first().map(|(at, _)| *at);
            let next = self.man.next_at().into_iter().chain(reply).min().unwrap_or(end).min(end);
            self.now = next.max(self.now);
            if reply.is_some_and(|at| at <= self.now) {
                let (_, reply) = self.replies.remove(0);
                self.man.bytes(self.now, reply.as_bytes());
            } else {
                self.man.tick(self.now);
            }
            self.flush();
        }
    }

    fn tripped(&self) -> Vec<Why> {
        self.deeds.iter().filter_map(|deed| if let Deed::Tripped(why) = deed { Some(*why) } else { None }).collect()
    }
}

#[test]
fn stop_is_the_first_word_and_nothing_passes_until_it_is_proved() {
    let mut world = World::new(ARMED);
    // Left turning by somebody before us.
    world.camera.drive = pan(9);
    assert_eq!(world.drive(pan(3)), Passage::Held);
    assert_eq!(world.man.affirm(world.now), Affirmed::Held, "not proved yet");
    world.run(2000);
    let first = world.deeds.iter().find_map(|deed| if let Deed::Transmit(sent) = deed { Some(*sent) } else { None });
    assert_eq!(Message::of(&first.unwrap()), Some(Message::Command(Command::PanTilt(Drive::STOP))));
    assert!(world.camera.stands());
    assert_eq!(world.man.held(), Some((Why::Connected, true)));
    assert_eq!(world.man.affirm(world.now), Affirmed::Reopened);
    assert_eq!(world.drive(pan(3)), Passage::Leaves);
}

#[test]
fn a_driver_that_goes_silent_is_stopped_after_the_limit_and_once() {
    let mut world = World::open();
    world.drive(pan(8));
    world.run(2240);
    assert_eq!(world.camera.drive, pan(8), "240 ms after the affirmation it turns");
    world.run(2260);
    assert_eq!(world.tripped(), [Why::NoCommand]);
    assert!(world.camera.stands());
    world.run(9000);
    assert_eq!(world.tripped().len(), 1, "one stall, one stop");
    assert_eq!(world.man.held(), Some((Why::NoCommand, true)));
    let sent = world.deeds.len();
    world.run(60_000);
    assert_eq!(world.deeds.len(), sent, "what is proved is not said again");
}

#[test]
fn a_driver_that_affirms_is_left_alone() {
    let mut world = World::open();
    world.drive(pan(8));
    for n in 1..40 {
        world.run(2000 + 200 * n);
        assert_eq!(world.man.affirm(world.now), Affirmed::Open);
        assert!(!world.man.bytes(world.now, &[0x90, 0x41, 0xFF]), "replies are the driver's");
    }
    assert_eq!((world.tripped(), world.camera.drive), (vec![], pan(8)));
}

#[test]
fn an_affirmation_that_comes_too_late_finds_the_stop_said() {
    let mut world = World::open();
    world.drive(pan(8));
    // Nobody ticked: the driver itself was what hung.
    world.now = ms(2600);
    assert_eq!(world.man.affirm(world.now), Affirmed::Held);
    world.flush();
    assert_eq!(world.tripped(), [Why::NoCommand]);
}

#[test]
fn what_stands_still_needs_nobody() {
    let mut world = World::open();
    world.run(60_000);
    assert_eq!(world.tripped(), [], "nothing has moved since it was proved to stand");
    assert!(world.man.is_open());
}

#[test]
fn a_stop_that_gets_lost_is_said_again_until_the_camera_stands() {
    for lost in 1..8 {
        let mut world = World::open();
        world.drive(pan(8));
        world.lose = lost;
        world.man.trip(world.now, Why::Alarm("test"));
        world.flush();
        assert_eq!(world.camera.drive, pan(8));
        world.run(20_000);
        assert!(world.camera.stands(), "{lost} lost");
        assert_eq!(world.man.held(), Some((Why::Alarm("test"), true)));
        assert_eq!(world.man.counts().tripped, 1);
    }
}

#[test]
fn a_stop_is_said_once_a_stall_and_again_after_a_recovery() {
    let mut world = World::open();
    for stall in 1..=3 {
        world.drive(pan(5));
        let at = world.now;
        assert!(world.man.trip(at, Why::Alarm("stalled")));
        assert!(!world.man.trip(at, Why::Alarm("stalled")), "the same stall");
        world.run(stall * 10_000);
        assert!(!world.man.trip(world.now, Why::Alarm("stalled")), "it stands already");
        assert_eq!(world.man.affirm(world.now), Affirmed::Reopened);
        assert_eq!(world.man.counts().tripped, stall);
    }
}

#[test]
fn a_camera_that_says_nothing_is_stopped_too() {
    let mut world = World::open();
    world.drive(pan(8));
    world.deaf = true;
    for n in 1..=40 {
        world.run(2000 + 100 * n);
        world.man.affirm(world.now);
        world.flush();
    }
    assert_eq!(world.tripped(), [Why::Silence]);
    world.deaf = false;
    world.run(12_000);
    assert!(world.camera.stands());
}

#[test]
fn a_lost_connection_stops_first_when_it_is_there_again() {
    let mut world = World::open();
    world.drive(pan(8));
    world.man.disconnected();
    world.flush();
    assert_eq!(world.tripped(), [Why::Link]);
    world.run(2100);
    world.man.connected(world.now);
    world.flush();
    world.run(4000);
    assert!(world.camera.stands());
    assert_eq!(world.man.affirm(world.now), Affirmed::Reopened);
}

#[test]
fn the_last_stop_is_said_even_to_a_camera_that_stands_and_opens_no_more() {
    let mut world = World::open();
    world.man.trip(world.now, Why::Alarm("test"));
    world.run(4000);
    world.deeds.clear();
    world.man.trip(world.now, Why::End);
    world.run(8000);
    assert!(world.deeds.iter().any(|deed| matches!(deed, Deed::Transmit(_))));
    assert_eq!(world.man.held(), Some((Why::End, true)));
    assert_eq!(world.man.affirm(world.now), Affirmed::Held);
    world.man.connected(world.now);
    world.run(12_000);
    assert_eq!(world.man.held(), Some((Why::End, true)), "a new connection changes nothing");
}

#[test]
fn a_dry_run_asks_and_answers_itself() {
    let mut world = World::new(DeadManConfig::default());
    assert!(world.man.is_open() && world.deeds.is_empty(), "not even a STOP leaves");
    let inquiry = Datagram::from(Inquiry::PanTilt.encode(Address::ONE));
    assert_eq!(world.man.pass(&inquiry), Passage::Leaves);
    let Passage::Answered(refusal) = world.drive(pan(8)) else { panic!("it left") };
    assert_eq!(refusal[0].to_string(), "90 61 41 FF", "not executable");
    let zoom = datagram(Command::Zoom(ZoomDrive::Stop));
    let Passage::Answered(done) = world.man.pass(&zoom) else { panic!("it left") };
    assert_eq!(done.iter().map(ToString::to_string).collect::<Vec<_>>(), ["90 41 FF", "90 51 FF"]);
    assert!(!world.man.trip(ms(5000), Why::Alarm("test")) && !world.man.is_moving());
    world.man.trip(ms(6000), Why::End);
    world.flush();
    assert_eq!((world.deeds.len(), world.man.held()), (0, Some((Why::End, true))));
}

#[test]
fn under_sonys_header_the_answers_of_a_dry_run_carry_the_number() {
    use tiltyard_visca::sony::{Kind, Packet};
    let mut man = DeadMan::new(model(), Framing::Sony, DeadManConfig::default());
    man.connected(SimTime::ZERO);
    let frame = Command::PanTilt(pan(3)).encode(Address::ONE, model().quirks.dialect());
    let sent = Packet { kind: Kind::Command, seq: 77, payload: frame.as_bytes() }.encode();
    let Passage::Answered(answers) = man.pass(&sent) else { panic!("it left") };
    let answer = Packet::parse(answers[0].as_bytes()).unwrap();
    assert_eq!((answer.kind, answer.seq, answer.payload), (Kind::Reply, 77, &[0x90, 0x61, 0x41, 0xFF][..]));
}
