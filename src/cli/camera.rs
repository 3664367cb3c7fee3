//! `tiltyard camera [SCENARIO] [--model NAME]`: the virtual camera on real sockets.

use core::fmt::Write;
use core::str::FromStr;
use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tiltyard_hil::Listen;

use super::run::Format;
use super::{Exit, Failure, files, out};
use crate::report::{json, terminal};
use crate::scenario::units::Span;
use crate::scenario::{Scenario, cameras, diagnostic::nearest};
use crate::serve::{Ended, ServeError, Setup, Summary, VirtualCamera, bare};

/// Its arguments.
#[derive(Debug, Args)]
#[command(after_help = "\
An ADDR is a port of this machine (1259; 0 takes any that is free) or an address with one (0.0.0.0:1259). Each may be \
given several times. Without any of --udp, --sony, --tcp, --pty and --http: udp 1259, sony 52381, tcp 5678, http 8080. \
What is really bound is printed first, one line each, such as `udp 127.0.0.1:1259`.")]
pub struct Arguments {
    /// The scenario whose world the camera stands in; a camera alone when absent
    pub scenario: Option<PathBuf>,
    /// The camera model instead of the scenario's, by its name or the path of its file
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Listen for bare VISCA over UDP
    #[arg(long, value_name = "ADDR")]
    pub udp: Vec<Address>,
    /// Listen for VISCA with Sony's header over UDP
    #[arg(long, value_name = "ADDR")]
    pub sony: Vec<Address>,
    /// Listen for VISCA over TCP
    #[arg(long, value_name = "ADDR")]
    pub tcp: Vec<Address>,
    /// Open a pseudo-terminal, as a serial line; its path is printed
    #[arg(long, action = clap::ArgAction::Count)]
    pub pty: u8,
    /// Answer HTTP: page, video (MJPEG), truth, byte log
    #[arg(long, value_name = "ADDR")]
    pub http: Vec<Address>,
    /// Let time begin with the first byte from a controller
    #[arg(long)]
    pub wait: bool,
    /// End after this time, such as "30 s", instead of the scenario's length
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub length: Option<Duration>,
    /// Use this seed instead of the scenario's own
    #[arg(long)]
    pub seed: Option<u64>,
    /// Change a key of the scenario, for example `video.rate="60 Hz"`
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "scenario")]
    pub sets: Vec<String>,
    /// Width and height of the pictures
    #[arg(long, value_name = "WxH", default_value = "640x360")]
    pub size: Size,
    /// Pictures a second at most
    #[arg(long, value_name = "RATE", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=240))]
    pub fps: u16,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Where to listen: a port of this machine, or an address with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(SocketAddr);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let here = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let port = text.strip_prefix("localhost:").unwrap_or(text);
        match (port.parse(), text.parse()) {
            (Ok(port), _) => Ok(Self(here(port))),
            (_, Ok(address)) => Ok(Self(address)),
            _ => Err(format!("`{text}` is no port and no address with one (expected 1259 or 127.0.0.1:1259)")),
        }
    }
}

/// Width and height of a picture \[px\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(u32, u32);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no size of a picture (expected 16x16 to 3840x2160, such as 640x360)");
        let (width, height) = text.split_once('x').ok_or_else(bad)?;
        let side = |side: &str, most: u32| side.parse().ok().filter(|side| (16..=most).contains(side));
        Ok(Self(side(width, 3840).ok_or_else(bad)?, side(height, 2160).ok_or_else(bad)?))
    }
}

/// "30 s", and no run of no length.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    let Span(length) = text.parse()?;
    if length.is_zero() { Err("a run of no length (expected more than 0 s)".to_owned()) } else { Ok(length) }
}

/// The ports that cameras have: PTZOptics' for bare VISCA, Sony's for its header; the usual one for trying HTTP.
const PORTS: [(&str, u16); 4] = [("udp", 1259), ("sony", 52381), ("tcp", 5678), ("http", 8080)];

/// Puts the camera up, runs it, tells what came of it.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let setup = arguments.setup()?;
    warn(&setup);
    // Before anything else: whoever reads the addresses may stop us.
    let stop = super::interrupt::listen()?;
    let camera = VirtualCamera::open(setup).map_err(|error| failure(&error))?;
    out::print(&bound(&camera, arguments.format))?;
    if arguments.format == Format::Human
        && let Some(address) = camera.http().first()
    {
        out::note(&format!("http://{address}/ shows what the camera sees; Ctrl-C ends it"));
    }
    match camera.run(&stop).map_err(|error| failure(&error))? {
        Ended::Judged(result) => {
            let results = [*result];
            let wall_s = results.iter().map(|result| result.wall_s).fold(0.0, |sum, one| sum + one);
            out::print(&match arguments.format {
                Format::Json => json::render(&results, &[], None, wall_s),
                Format::Human => terminal::render(&results, &[], &[], wall_s, out::color(&std::io::stdout())),
            })?;
            Ok(Exit::of(&results))
        }
        Ended::Counted(summary) => {
            out::print(&counted(&summary, arguments.format))?;
            Ok(Exit::Success)
        }
    }
}

impl Arguments {
    fn setup(&self) -> Result<Setup, Failure> {
        let scenario = self.load()?;
        let nothing_named =
            self.pty == 0 && [&self.udp, &self.sony, &self.tcp, &self.http].iter().all(|named| named.is_empty());
        let addresses = |name: &str, named: &[Address]| -> Vec<SocketAddr> {
            let usual = PORTS.iter().filter(|(known, _)| nothing_named && *known == name);
            let usual = usual.map(|(_, port)| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), *port));
            named.iter().map(|Address(address)| *address).chain(usual).collect()
        };
        let udp = addresses("udp", &self.udp).into_iter().map(Listen::Udp);
        let sony = addresses("sony", &self.sony).into_iter().map(Listen::Sony);
        let tcp = addresses("tcp", &self.tcp).into_iter().map(Listen::Tcp);
        let pty = (0..self.pty).map(|_| Listen::Pty);
        let judged = self.scenario.is_some();
        Ok(Setup {
            seed: self.seed.unwrap_or(scenario.seed),
            length: self.length.or(judged.then_some(scenario.length)),
            scenario,
            judged,
            waits: self.wait,
            listen: udp.chain(sony).chain(tcp).chain(pty).collect(),
            http: addresses("http", &self.http),
            size_px: (self.size.0, self.size.1),
            fps_max: f64::from(self.fps),
        })
    }

    fn load(&self) -> Result<Scenario, Failure> {
        let Some(file) = &self.scenario else {
            let model = self.model.as_deref().unwrap_or("generic-20x");
            return bare(model).map_err(|wrong| no_model(model).unwrap_or_else(|| Failure::Files(vec![wrong])));
        };
        let mut sets = self.sets.clone();
        if let Some(model) = &self.model {
            sets.push(format!("camera={model}"));
        }
        let mut scenario = files::load_one(file, &files::parse_sets(&sets)?)?;
        if let Some(length) = self.length {
            scenario.length = length;
        }
        Ok(scenario)
    }
}

/// A name that no model has: said without the file that nobody wrote.
pub(super) fn no_model(name: &str) -> Option<Failure> {
    let all = cameras();
    if name.contains(['/', '\\', '.']) || all.iter().any(|(known, _)| *known == name) {
        return None;
    }
    let help = nearest(name, all.iter().map(|(name, _)| *name))
        .map_or_else(|| " (`tiltyard cameras` lists them)".to_owned(), |name| format!(" (did you mean {name}?)"));
    Some(Failure::Usage(format!("there is no camera model {name}{help}")))
}

fn warn(setup: &Setup) {
    let visca = setup.listen.iter().filter_map(|listen| match listen {
        Listen::Udp(at) | Listen::Sony(at) | Listen::Tcp(at) => Some(*at),
        Listen::Pty => None,
    });
    for address in visca.chain(setup.http.iter().copied()).filter(|address| !address.ip().is_loopback()) {
        out::warn(&format!("{address} can be reached from the network: VISCA and HTTP know no password"));
    }
    if setup.listen.is_empty() {
        out::warn("nobody can drive this camera: name one of --udp, --sony, --tcp, --pty");
    }
    let inside = setup.scenario.world.faults.iter().any(|fault| {
        use tiltyard_sim::config::FaultKind::{DetectorMiss, InferenceDelay};
        matches!(fault.kind, DetectorMiss { .. } | InferenceDelay { .. })
    });
    if inside {
        out::warn("faults of the detector and of the inference are inside the tracker: the camera cannot make them");
    }
}

fn failure(error: &ServeError) -> Failure {
    let taken = |source: &std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => " (another program has it: name another port, or 0 for any that is free)",
        std::io::ErrorKind::PermissionDenied => " (ports below 1024 are the system's: name a higher one)",
        _ => "",
    };
    let help = match error {
        ServeError::Socket(tiltyard_hil::SocketError::Listen { source, .. }) | ServeError::Http { source, .. } => {
            taken(source)
        }
        _ => "",
    };
    Failure::Environment(format!("failed to {error}{help}"))
}

/// One line an address, or one object.
fn bound(camera: &VirtualCamera, format: Format) -> String {
    #[derive(Serialize)]
    struct Listening {
        kind: &'static str,
        at: String,
    }
    let visca = camera.bound().iter().map(|bound| (bound.listen.name(), bound.at.to_string()));
    let http = camera.http().iter().map(|address| ("http", address.to_string()));
    let all: Vec<Listening> = visca.chain(http).map(|(kind, at)| Listening { kind, at }).collect();
    match format {
        Format::Json => serde_json::json!({ "schema": "tiltyard-camera/1", "listening": all }).to_string() + "\n",
        Format::Human => all.iter().fold(String::new(), |mut text, Listening { kind, at }| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{kind} {at}");
            text
        }),
    }
}

fn counted(summary: &Summary, format: Format) -> String {
    match format {
        Format::Json => serde_json::json!({ "schema": "tiltyard-camera/1", "ended": summary }).to_string() + "\n",
        Format::Human => {
            let Summary { camera, ran_s, total } = summary;
            format!(
                "{camera} ran for {ran_s:.1} s: {} controllers, {} messages, {} refused\n",
                total.controllers, total.messages, total.refusals
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_on_this_machine() {
        let read = |text: &str| text.parse::<Address>().map(|Address(address)| address.to_string());
        assert_eq!(read("1259"), Ok("127.0.0.1:1259".to_owned()));
        assert_eq!(read("localhost:0"), Ok("127.0.0.1:0".to_owned()));
        assert_eq!(read("0.0.0.0:5678"), Ok("0.0.0.0:5678".to_owned()));
        assert_eq!(read("[::1]:80"), Ok("[::1]:80".to_owned()));
        for wrong in ["", ":1259", "camera:1259", "65536", "127.0.0.1", "-1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_and_lengths_are_bounded() {
        assert_eq!("640x360".parse(), Ok(Size(640, 360)));
        for wrong in ["640", "0x0", "99999x10", "640x360x3", "x"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
        assert_eq!(length("30 s"), Ok(Duration::from_secs(30)));
        assert!(length("0 s").is_err() && length("30").is_err());
    }
}
