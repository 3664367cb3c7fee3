//! `tiltyard soak --for 60m`: the live stack before the virtual camera for a long time, with stalls put in.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tiltyard_hil::Listen;
use tiltyard_hil::control::{ControlUri, DeadManConfig, dial};
use tiltyard_sim::delay::mean;
use tiltyard_sim::rng;

use super::report::{commit, machine};
use super::{Exit, Failure, files, interrupt, out, track};
use crate::api::{Api, ApiError, Bound, Limits};
use crate::report::soak::{demands, render};
use crate::run::live::flood::FloodConfig;
use crate::run::live::soak::{Around, Hanging, faults, soak};
use crate::run::live::{Eye, MjpegOverHttp, Setup};
use crate::scenario::{Disk, Scenario, parse};
use crate::serve::{self, VirtualCamera};
use crate::stack::detect::Geometric;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How long, such as 60m; a cycle of stalls takes 40 s
    #[arg(long = "for", value_name = "TIME", default_value = "5m", value_parser = track::lasting)]
    pub length: Duration,
    /// Where the report goes; printed when absent
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Clients that read the HTTP API, and one more that reads its event stream; 0 for none
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(0..=64))]
    pub readers: u8,
    /// Requests a second of all of them
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// Change a key of the scenario, for example `stack.preset=default`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
}

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Soaks, reports, and says whether all demands were kept.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let stop = interrupt::listen()?;
    track::log();
    // Somebody may go on working while it runs.
    let made_from = format!("commit {}; {}", commit(), machine());
    let scenario = arguments.scenario()?;
    let camera = VirtualCamera::open(serve::Setup {
        scenario: scenario.clone(),
        seed: scenario.seed,
        length: None,
        judged: false,
        waits: false,
        listen: vec![Listen::Udp(ANY)],
        http: vec![ANY],
        size_px: (640, 360),
        fps_max: 30.0,
    })
    .map_err(|error| Failure::Environment(format!("failed to {error}")))?;
    let (Some(udp), Some(&http)) = (camera.bound().first().map(|bound| bound.at.to_string()), camera.http().first())
    else {
        return Err(Failure::Environment("the virtual camera has no sockets".to_owned()));
    };
    let camera_stops = Arc::new(AtomicBool::new(false));
    let stops = Arc::clone(&camera_stops);
    let camera = std::thread::spawn(move || camera.run(&stops));
    let hangs = Arc::new(AtomicBool::new(false));
    let setup = setup(&scenario, ControlUri::Udp(udp.clone()), http, &hangs);
    let flood = FloodConfig { clients: arguments.readers, rate_hz: arguments.rate };
    let environment = |error: ApiError| Failure::Environment(format!("failed to {error}"));
    let bound = Bound::bind(ANY, None).map_err(environment)?;
    let around = Around { camera: http, api: bound.at(), flood };
    let found = track::start(setup, &udp).and_then(|live| {
        let api = Api::open(bound, live.handle().into(), Limits::default()).map_err(environment)?;
        let found = soak(live, around, &hangs, arguments.length, &stop, track::tell).map_err(Failure::from);
        // After the session: whatever happens, STOP comes first.
        api.close();
        found
    });
    camera_stops.store(true, Ordering::Relaxed);
    if !matches!(camera.join(), Ok(Ok(_))) {
        return Err(Failure::Environment("the virtual camera broke down".to_owned()));
    }
    let found = found?;
    let body = render(&found, arguments.length, flood);
    let sets = arguments.sets.iter().fold(String::new(), |text, set| text + " --set " + set);
    let (seconds, Arguments { readers, rate, .. }) = (arguments.length.as_secs(), arguments);
    let head = format!("tiltyard soak --for {seconds}s --readers {readers} --rate {rate}{sets}; {made_from}");
    let text = format!("<!-- {head}; seed {} -->\n\n# A long session with stalls\n\n{body}", scenario.seed);
    match arguments.report.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => {
            out::write_file(path, &text)?;
            out::print(&format!("wrote {}\n", path.display()))?;
        }
        None => out::print(&text)?,
    }
    let demands = demands(&found);
    for demand in demands.iter().filter(|demand| demand.kept != Some(true)) {
        let how = if demand.kept.is_some() { "not kept" } else { "could not be told" };
        out::warn(&format!("{} ({}): {}, {how}", demand.what, demand.bound, demand.found));
    }
    let told = demands.iter().all(|demand| demand.kept.is_some());
    let kept = demands.iter().all(|demand| demand.kept != Some(false));
    Ok(match (kept, told) {
        (true, true) => Exit::Success,
        (false, _) => Exit::Failed,
        (true, false) => Exit::Invalid,
    })
}

impl Arguments {
    /// A speaker who walks all the time, and two stalls of the video a cycle.
    fn scenario(&self) -> Result<Scenario, Failure> {
        let minutes = self.length.as_secs() / 60 + 2;
        let text = format!(
            "schema = 1\ntitle = \"A long session with stalls\"\ncamera = \"ptzoptics-g2-20x\"\n\
             length = \"{minutes} min\"\nseed = 1\n[stack]\npreset = \"seed\"\n[[target]]\nname = \"speaker\"\n\
             size = {{ width = \"0.5 m\", height = \"1.7 m\" }}\nrange = \"10 m\"\n\
             path.sine = {{ amplitude = [\"15 deg\", \"0 deg\"], period = \"9 s\" }}\n{}",
            faults(self.length)
        );
        let sets = files::parse_sets(&self.sets)?;
        parse("soak", &text, &sets, &Disk::new(Path::new(""))).map_err(|wrong| Failure::Files(vec![wrong]))
    }
}

fn setup(scenario: &Scenario, uri: ControlUri, http: SocketAddr, hangs: &Arc<AtomicBool>) -> Setup {
    let config = scenario.stack.config(&scenario.world);
    let detector = Geometric::new(config.detector, rng::stream(scenario.seed, "detector").into_rng());
    Setup {
        stack: config,
        detector: Box::new(Hanging::new(detector, Arc::clone(hangs))),
        eye: Eye::Truth,
        framing: uri.framing(),
        dial: Box::new(move || dial(&uri, None)),
        video: Box::new(MjpegOverHttp::new(&http.to_string(), "/stream.mjpg")),
        video_latency: mean(&scenario.world.video.latency),
        dead_man: DeadManConfig { armed: true, ..DeadManConfig::default() },
        stale: Duration::from_secs(1),
        inference: scenario.stack.inference(),
        seed: scenario.seed,
        session_id: "soak".to_owned(),
        listener: Box::new(track::line_log),
    }
}
