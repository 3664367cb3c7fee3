//! The arms on the loopback: the same body over UDP and TCP, in wall time.
//!
//! Nothing is asserted of how long a thing takes: the client waits for the camera, and the truth is read from its
//! HTTP end, as any other program would.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use grafton_visca::camera::CameraConfig;
use grafton_visca::profiles::{GenericVisca, PtzOpticsG2, SonyBRCH900};
use grafton_visca::runtime::TokioRuntime;
use tiltyard::serve::{Setup, VirtualCamera, bare};
use tiltyard_hil::{Listen, Remote};
use tiltyard_visca::num::max;

use super::arm::{Arm, Truth};
use super::body::{GENERIC, PTZOPTICS, SONY, drive_and_ask, zoom_to_a_position};

/// A virtual camera on sockets of its own, until it is dropped.
pub struct OnSockets {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    bound: Vec<SocketAddr>,
    http: SocketAddr,
}

/// Any free port of this machine.
pub const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl OnSockets {
    /// A camera that listens in these ways.
    pub fn new(model: &str, listen: &[Listen]) -> Self {
        let setup = Setup {
            scenario: bare(model).unwrap_or_else(|said| panic!("{said}")),
            seed: 1,
            length: None,
            judged: false,
            waits: false,
            listen: listen.to_vec(),
            http: vec![ANY],
            size_px: (64, 36),
            fps_max: 1.0,
        };
        let camera = VirtualCamera::open(setup).unwrap();
        let address = |at: &Remote| match at {
            Remote::Address(at) => *at,
            Remote::File(file) => panic!("{}", file.display()),
        };
        let bound = camera.bound().iter().map(|bound| address(&bound.at)).collect();
        let http = camera.http()[0];
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            camera.run(&stopped).unwrap();
        });
        Self { stop, thread: Some(thread), bound, http }
    }

    /// Where the way in with this place in the list listens.
    pub fn address(&self, index: usize) -> SocketAddr {
        self.bound[index]
    }

    /// The truth as the camera's page has it.
    pub fn ask(&self) -> Truth {
        let mut connection = TcpStream::connect(self.http).unwrap();
        write!(connection, "GET /truth.json HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.http).unwrap();
        let mut text = String::new();
        connection.read_to_string(&mut text).unwrap();
        let body = &text[text.find("\r\n\r\n").unwrap()..];
        let json = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
        let told: serde_json::Value = serde_json::from_str(json).unwrap();
        let number = |group: &str, key: &str| told[group][key].as_f64().unwrap();
        Truth {
            pan_deg: number("pose", "pan_deg"),
            tilt_deg: number("pose", "tilt_deg"),
            zoom_units: number("pose", "zoom_units"),
            rate_dps: max(number("rates", "pan_dps").abs(), number("rates", "tilt_dps").abs()),
        }
    }
}

impl Drop for OnSockets {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_some_and(|ended| ended.is_ok()), "the camera broke down");
    }
}

impl Arm for OnSockets {
    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    async fn truth(&self) -> Truth {
        // The truth is published once a control tick: let one pass.
        tokio::time::sleep(Duration::from_millis(80)).await;
        self.ask()
    }
}

/// Opens a session and runs the body on a runtime of its own.
macro_rules! run {
    ($profile:ty, $model:literal, $listen:expr, $open:ident, $scale:expr $(, $more:expr)*) => {{
        let arm = OnSockets::new($model, &[$listen]);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let config = CameraConfig::<$profile>::$open(arm.address(0).to_string());
            let session = config.open_async(TokioRuntime::from_current().unwrap()).await.unwrap();
            drive_and_ask(session.camera(), &arm, $scale).await;
            $($more(session.camera()).await;)*
            session.close().await.unwrap();
        });
    }};
}

#[test]
fn a_generic_client_drives_a_generic_camera_over_udp() {
    run!(GenericVisca, "generic-20x", Listen::Udp(ANY), udp, GENERIC);
}

#[test]
fn a_generic_client_drives_a_generic_camera_over_tcp() {
    run!(GenericVisca, "generic-20x", Listen::Tcp(ANY), tcp, GENERIC);
}

#[test]
fn the_profile_of_a_ptzoptics_drives_a_ptzoptics_over_udp() {
    run!(PtzOpticsG2, "ptzoptics-g2-20x", Listen::Udp(ANY), udp, PTZOPTICS, zoom_to_a_position);
}

#[test]
fn the_profile_of_a_ptzoptics_drives_a_ptzoptics_over_tcp() {
    run!(PtzOpticsG2, "ptzoptics-g2-20x", Listen::Tcp(ANY), tcp, PTZOPTICS, zoom_to_a_position);
}

#[test]
fn a_client_with_sonys_header_drives_a_camera_that_has_it_over_udp() {
    run!(SonyBRCH900, "generic-20x", Listen::Sony(ANY), udp, SONY, zoom_to_a_position);
}
