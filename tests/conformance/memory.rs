//! The arm without sockets: client and world on one virtual clock, so that every run has the same bytes.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use grafton_visca::camera::CameraConfig;
use grafton_visca::command::PanTiltDirection;
use grafton_visca::profiles::{GenericVisca, PtzOpticsG2, SonyBRC300, SonyBRCH900, SonyEVIH100};
use grafton_visca::testing::testkit::DeterministicExecutor;
use grafton_visca::transport::{AsyncTransport, HasTransportConfig, ReceiveOutcome, SendSemantics, TransportConfig};
use grafton_visca::types::{PanSpeed, TiltSpeed};
use grafton_visca::{CameraSession, Error, Executor};
use tiltyard::scenario::{self, parse};
use tiltyard_sim::{Delivery, World};
use tiltyard_visca::num::max;
use tiltyard_visca::{Datagram, Framing, Peer, SimTime};

use super::arm::{Arm, Truth};
use super::body::{BRC_300, EVI_H100, GENERIC, PTZOPTICS, SONY, drive_and_ask, there_and_stop, zoom_to_a_position};

/// A world and the clock that it shares with the client.
#[derive(Clone)]
struct Memory {
    executor: Arc<DeterministicExecutor>,
    begin: Instant,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    world: World,
    inboxes: BTreeMap<Peer, VecDeque<Datagram>>,
    /// Which datagrams of the client, and which to it, are lost, counted from 0.
    lost: [BTreeSet<usize>; 2],
    /// All that passed, as (who, sent or received, when, bytes): to compare runs.
    log: Vec<(Peer, bool, SimTime, Datagram)>,
}

impl Inner {
    /// Whether the next datagram in this direction is lost.
    fn loses(&self, sent: bool) -> bool {
        let index = self.log.iter().filter(|(_, way, ..)| *way == sent).count();
        self.lost[usize::from(!sent)].contains(&index)
    }
}

impl Memory {
    fn new(camera: &str) -> Self {
        Self::given(camera, "")
    }

    /// With more lines of the scenario.
    fn given(camera: &str, more: &str) -> Self {
        let text = format!(
            "schema = 1\ntitle = \"An empty stage\"\nwhy = \"Only the camera matters.\"\ncamera = \"{camera}\"\n\
             length = \"600 s\"\nseed = 3\n[[expect]]\nname = \"runs\"\nmax = \"zoom.ratio\"\nbelow = 99\n{more}"
        );
        let scenario =
            parse("conformance.toml", &text, &[], &scenario::Memory::default()).unwrap_or_else(|said| panic!("{said}"));
        let (executor, clock) = DeterministicExecutor::new();
        let world = World::new(&scenario.world).unwrap();
        let inner = Inner { world, inboxes: BTreeMap::new(), lost: Default::default(), log: Vec::new() };
        Self { executor, begin: clock.now(), inner: Arc::new(Mutex::new(inner)) }
    }

    fn now(&self) -> SimTime {
        SimTime::ZERO + self.executor.now().duration_since(self.begin)
    }

    /// Lets the world catch up with the clock.
    fn with<T>(&self, act: impl FnOnce(&mut Inner, SimTime) -> T) -> T {
        let now = self.now();
        let mut inner = self.inner.lock().unwrap();
        inner.world.advance(now);
        while let Some(delivery) = inner.world.poll() {
            match delivery {
                Delivery::Bytes { at, to, bytes } => {
                    if !inner.loses(false) {
                        inner.inboxes.entry(to).or_default().push_back(bytes);
                    }
                    inner.log.push((to, false, at, bytes));
                }
                Delivery::Frame(frame) => inner.world.recycle(frame),
                Delivery::Tick { .. } => {}
            }
        }
        act(&mut inner, now)
    }

    fn wire(&self, peer: Peer) -> Wire {
        Wire { memory: self.clone(), peer, config: TransportConfig::default() }
    }
}

impl Arm for Memory {
    async fn sleep(&self, span: Duration) {
        self.executor.sleep(span).await;
    }

    async fn truth(&self) -> Truth {
        self.with(|inner, now| {
            let truth = inner.world.truth(now);
            Truth {
                pan_deg: truth.pan_deg,
                tilt_deg: truth.tilt_deg,
                zoom_units: truth.zoom_units,
                rate_dps: max(truth.pan_dps.abs(), truth.tilt_dps.abs()),
            }
        })
    }
}

/// One controller's line into the world.
struct Wire {
    memory: Memory,
    peer: Peer,
    config: TransportConfig,
}

impl HasTransportConfig for Wire {
    fn transport_config(&self) -> &TransportConfig {
        &self.config
    }
}

impl AsyncTransport for Wire {
    async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.memory.with(|inner, now| {
            if !inner.loses(true) {
                inner.world.transmit_from(self.peer, now, bytes).unwrap();
            }
            inner.log.push((self.peer, true, now, Datagram::new(bytes).unwrap()));
        });
        Ok(())
    }

    async fn recv_into<'a>(&'a mut self, dst: &'a mut [u8]) -> Result<ReceiveOutcome, Error> {
        loop {
            let arrived = self.memory.with(|inner, _| inner.inboxes.entry(self.peer).or_default().pop_front());
            if let Some(datagram) = arrived {
                let bytes = datagram.as_bytes();
                dst[..bytes.len()].copy_from_slice(bytes);
                return Ok(ReceiveOutcome::complete(bytes.len()));
            }
            // Shorter than any latency in the world, so that nothing is seen late.
            self.memory.executor.sleep(Duration::from_micros(200)).await;
        }
    }

    fn send_semantics(&self) -> SendSemantics {
        SendSemantics::Datagram
    }
}

/// Runs the body with this profile against this camera; gives all that passed.
macro_rules! run {
    ($profile:ty, $camera:literal, $framing:expr, $scale:expr $(, $more:expr)*) => {{
        let memory = Memory::new($camera);
        let wire = memory.wire(Peer { number: 1, framing: $framing });
        let executor = Arc::clone(&memory.executor);
        memory.executor.run_until(async {
            let config = CameraConfig::<$profile>::new();
            let opened = CameraSession::<$profile>::open::<DeterministicExecutor, _>(wire, &config, executor).await;
            let session = opened.unwrap();
            drive_and_ask(session.camera(), &memory, $scale).await;
            $($more(session.camera()).await;)*
            session.close().await.unwrap();
        });
        let log = memory.inner.lock().unwrap().log.clone();
        log
    }};
}

/// Opens a session with Sony's header over the memory, and closes it after the body.
macro_rules! sony {
    ($memory:ident, $session:ident => $body:expr) => {{
        let wire = $memory.wire(Peer { number: 1, framing: Framing::Sony });
        let executor = Arc::clone(&$memory.executor);
        $memory.executor.run_until(async {
            let config = CameraConfig::<SonyBRCH900>::new();
            let opened = CameraSession::<SonyBRCH900>::open::<DeterministicExecutor, _>(wire, &config, executor).await;
            let $session = opened.unwrap();
            $body;
            $session.close().await.unwrap();
        });
    }};
}

#[test]
fn a_generic_client_drives_a_generic_camera() {
    run!(GenericVisca, "generic-20x", Framing::Datagrams, GENERIC);
}

#[test]
fn the_profile_of_a_ptzoptics_drives_a_ptzoptics() {
    run!(PtzOpticsG2, "ptzoptics-g2-20x", Framing::Datagrams, PTZOPTICS, zoom_to_a_position);
}

#[test]
fn a_client_with_sonys_header_drives_a_camera_that_has_it() {
    run!(SonyBRCH900, "generic-20x", Framing::Sony, SONY, zoom_to_a_position);
}

#[test]
fn the_profile_of_an_evi_h100_drives_an_evi_h100() {
    run!(SonyEVIH100, "sony-evi-h100s", Framing::Stream, EVI_H100, zoom_to_a_position);
}

#[test]
fn the_profile_of_a_brc_300_drives_a_brc_300_in_five_nibbles_to_the_left() {
    run!(SonyBRC300, "sony-brc-300", Framing::Stream, BRC_300, zoom_to_a_position);
}

/// Sony's header makes a lost datagram known: the client sends it again under the same number. Whichever of its
/// datagrams is lost, the client is told in the end that all was done.
#[test]
fn any_lost_message_is_sent_again_and_done() {
    for index in 0..8 {
        let memory = Memory::new("generic-20x");
        memory.inner.lock().unwrap().lost[0].insert(index);
        sony!(memory, session => there_and_stop(session.camera(), &memory).await);
        let inner = memory.inner.lock().unwrap();
        let sent: Vec<Datagram> = inner.log.iter().filter(|(_, sent, ..)| *sent).map(|(.., bytes)| *bytes).collect();
        let again = sent.iter().enumerate().any(|(index, bytes)| sent[..index].contains(bytes));
        assert!(again || sent.len() <= index, "datagram {index} was lost and nothing sent again");
    }
}

/// Lost replies are another matter: the command has run. Sent again, it is answered with `0F 01` and not run again; the
/// client may then report that it does not know, and the stop that follows holds the camera. (With the completion alone
/// this client is content: both have to be lost.)
#[test]
fn a_command_whose_replies_are_lost_runs_once() {
    // No jitter: else the completion may overtake the ACK.
    let memory = Memory::given("generic-20x", "[link]\nlatency = \"2 ms\"\n");
    memory.inner.lock().unwrap().lost[1].extend([0, 1]);
    sony!(memory, session => {
        let camera = session.camera();
        let (pan_speed, tilt_speed) = (PanSpeed::new(8).unwrap(), TiltSpeed::new(8).unwrap());
        let drive = camera.pan_tilt().move_direction(PanTiltDirection::Right, pan_speed, tilt_speed).await;
        let told = drive.unwrap().applied().await;
        assert!(matches!(told, Ok(()) | Err(Error::Timeout { .. })), "{told:?}");
        camera.pan_tilt().stop().await.unwrap().applied().await.unwrap();
    });
    let inner = memory.inner.lock().unwrap();
    let down =
        |bytes: &[u8]| inner.log.iter().filter(|(_, sent, _, said)| !sent && said.as_bytes().ends_with(bytes)).count();
    assert_eq!((down(&[0x41, 0xFF]), down(&[0x42, 0xFF])), (1, 1), "one drive and one stop were executed");
    assert!(down(&[0x0F, 0x01]) >= 1, "the repeat was told that it was one");
}

#[test]
fn two_runs_have_the_same_bytes_at_the_same_times() {
    let once = || run!(GenericVisca, "generic-20x", Framing::Datagrams, GENERIC);
    let (first, second) = (once(), once());
    assert!(first.len() > 50, "{} datagrams", first.len());
    assert_eq!(first, second);
}
