//! `tiltyard track --camera URI --video URI`: the stack live on a camera.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tiltyard_hil::WallClock;
use tiltyard_hil::control::{ControlUri, DeadManConfig, Said, dial};
use tiltyard_sim::config::Delay;
use tiltyard_sim::delay::mean;
use tiltyard_sim::rng;
use tiltyard_visca::{Message, SimTime};

use super::run::Format;
use super::{Exit, Failure, camera, files, interrupt, out};
use crate::api::{Api, ApiError, Bound, Limits, Token, TokenError};
#[cfg(feature = "opencv")]
use crate::run::live::Captured;
use crate::run::live::{End, Eye, Live, LiveError, MjpegOverHttp, Quantiles, Setup, VideoSource, VideoUri};
use crate::run::perception;
use crate::scenario::{Scenario, Set};
use crate::serve::bare_with;
use crate::stack::detect::{Detector, Geometric};

/// Its arguments.
#[derive(Debug, Args)]
#[command(after_help = "\
URI of a camera: visca+udp://HOST:1259, visca+tcp://HOST:5678, visca+sony://HOST:52381. URI of a video: \
http://HOST:8080/stream.mjpg, and with the feature opencv file:CLIP.mp4, rtsp://HOST/PATH, v4l2:///dev/video0. \
`tiltyard camera` offers both. Without --arm everything runs, and no motion command \
leaves. With it, STOP is the first and the last thing that leaves, and whenever nobody answers for the motion.")]
pub struct Arguments {
    /// Where the camera is controlled
    #[arg(long, value_name = "URI")]
    pub camera: String,
    /// Where its video is
    #[arg(long, value_name = "URI")]
    pub video: String,
    /// Let motion commands leave
    #[arg(long)]
    pub arm: bool,
    /// The camera model, by its name or the path of its file; the --config's, or generic-20x
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Take camera, video and stack from a scenario file
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change a key, for example `stack.servo.pid.kp=3` or `stack.preset=seed`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// What finds people in the pictures; the stack's own (`--set stack.detector.onnx={...}`), or truth, where absent
    #[arg(long, value_enum)]
    pub detector: Option<DetectorName>,
    /// End after this time, such as "30 s"; Ctrl-C ends it in any case
    #[arg(long = "for", value_name = "TIME", value_parser = lasting)]
    pub length: Option<Duration>,
    /// Stop the camera when there was no fresh decision for so long
    #[arg(long, value_name = "TIME", default_value = "250 ms", value_parser = camera::length)]
    pub dead_man: Duration,
    /// Pictures that are older are no evidence
    #[arg(long, value_name = "TIME", default_value = "1 s", value_parser = camera::length)]
    pub stale: Duration,
    /// Serve the HTTP API there, such as 127.0.0.1:8090 (port 0: any, and it is printed); beyond loopback with a token
    #[arg(long, value_name = "ADDR")]
    pub api: Option<SocketAddr>,
    /// The API's token for the routes that write; otherwise the environment's `TILTYARD_API_TOKEN`
    #[arg(long, value_name = "FILE", requires = "api")]
    pub api_token_file: Option<PathBuf>,
    /// Seed of the detector's noise
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What to print at the end
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// What finds people in the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DetectorName {
    /// Nothing: the virtual camera tells, and noise is added
    Truth,
}

/// Between two lines about how it goes.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// How often the flags are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Follows until it is told to stop.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let stop = interrupt::listen()?;
    let setup = arguments.setup()?;
    log();
    if !arguments.arm {
        tracing::info!("a dry run: inquiries leave, motion commands do not (--arm lets them)");
    }
    let video = arguments.video.clone();
    let bound = arguments.bind()?;
    // Before the session, so that it is dropped after it: whatever happens, STOP comes first.
    let mut api = None;
    let live = start(setup, &arguments.camera)?;
    if let Some(bound) = bound {
        out::note(&format!("api {}", bound.at()));
        api = Some(Api::open(bound, live.handle().into(), Limits::default()).map_err(|error| failed(&error))?);
    }
    follow(&live, &stop, arguments.length);
    let end = live.end();
    // Its readers have heard the last tick, and their streams end.
    drop(api);
    told(&end, arguments.format)?;
    verdict(&end, &arguments.camera, &video)
}

/// Where the token is looked for without a file.
const TOKEN: &str = "TILTYARD_API_TOKEN";

fn failed(error: &ApiError) -> Failure {
    match error {
        ApiError::NoToken(_) => Failure::Usage(format!(
            "{error}: give one (`openssl rand -hex 32 > FILE`, `--api-token-file FILE`, or {TOKEN}), or listen at 127.0.0.1"
        )),
        ApiError::Bind(..) | ApiError::Threads(_) => Failure::Environment(format!("failed to {error}")),
    }
}

impl Arguments {
    /// The API's address, taken before anything reaches the camera.
    fn bind(&self) -> Result<Option<Bound>, Failure> {
        let Some(at) = self.api else { return Ok(None) };
        let wrong = |from: &str, error: TokenError| Failure::Usage(format!("{from}: {error}"));
        let token = match (&self.api_token_file, std::env::var_os(TOKEN)) {
            (Some(file), _) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| Failure::Usage(format!("failed to read {}: {error}", file.display())))?;
                Some(Token::new(&text).map_err(|error| wrong(&file.display().to_string(), error))?)
            }
            (None, Some(text)) => Some(Token::new(&text.to_string_lossy()).map_err(|error| wrong(TOKEN, error))?),
            (None, None) => None,
        };
        Bound::bind(at, token).map(Some).map_err(|error| failed(&error))
    }

    pub(super) fn scenario(&self) -> Result<Scenario, Failure> {
        let mut sets = files::parse_sets(&self.sets)?;
        if let Some(file) = &self.config {
            if let Some(model) = &self.model {
                sets.extend(files::parse_sets(&[format!("camera={model}")])?);
            }
            return files::load_one(file, &sets);
        }
        // The pictures are the camera's; a detector that looks at pictures wants to read that there are some.
        sets.insert(0, Set::parse("world.drawn={}").map_err(|wrong| Failure::Files(vec![wrong]))?);
        let model = self.model.as_deref().unwrap_or("generic-20x");
        bare_with(model, &sets).map_err(|wrong| camera::no_model(model).unwrap_or_else(|| Failure::Files(vec![wrong])))
    }

    pub(super) fn setup(&self) -> Result<Setup, Failure> {
        let uri: ControlUri = self.camera.parse().map_err(|error: tiltyard_hil::control::UriError| match error {
            tiltyard_hil::control::UriError::Serial(_) => Failure::Environment(error.to_string()),
            _ => Failure::Usage(error.to_string()),
        })?;
        let video = match self.video.parse().map_err(Failure::Usage)? {
            VideoUri::Http { host, path } => Box::new(MjpegOverHttp::new(&host, &path)) as Box<dyn VideoSource>,
            #[cfg(feature = "opencv")]
            VideoUri::Captured(uri) => {
                Box::new(Captured::start(&uri).map_err(|error| Failure::Environment(format!("failed to {error}")))?)
            }
            VideoUri::NotBuiltIn { uri, needs } => {
                return Err(Failure::Environment(format!(
                    "`{uri}` is a video that this build cannot read: it needs {needs}"
                )));
            }
        };
        let scenario = self.scenario()?;
        let config = scenario.stack.config(&scenario.world);
        let (eye, detector, inference) = match (self.detector, &config.pixels) {
            (Some(DetectorName::Truth), _) | (None, None) => {
                let detector = Geometric::new(config.detector, rng::stream(self.seed, "detector").into_rng());
                (Eye::Truth, Box::new(detector) as Box<dyn Detector>, scenario.stack.inference())
            }
            (None, Some(_)) => {
                let detector = perception::detector(&scenario, &config, self.seed);
                let detector = detector.map_err(|error| Failure::Environment(error.to_string()))?;
                // It takes its time by itself.
                (Eye::Pixels, detector, Delay::Constant(Duration::ZERO))
            }
        };
        let reply_port = scenario.world.camera.protocol.quirks.reply_port;
        Ok(Setup {
            stack: config,
            detector,
            eye,
            framing: uri.framing(),
            dial: Box::new(move || dial(&uri, reply_port)),
            video,
            video_latency: mean(&scenario.world.video.latency),
            dead_man: DeadManConfig { armed: self.arm, limit: self.dead_man, ..DeadManConfig::default() },
            stale: self.stale,
            inference,
            seed: self.seed,
            session_id: format!("live-{}", std::process::id()),
            listener: Box::new(line_log),
        })
    }
}

/// "30 s", and short: 30s, 60m, 2h.
pub(super) fn lasting(text: &str) -> Result<Duration, String> {
    let short = [('s', 1), ('m', 60), ('h', 3600)].into_iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(Duration::from_secs(number.checked_mul(seconds)?))
    });
    short.filter(|length| !length.is_zero()).map_or_else(|| camera::length(text), Ok)
}

/// The log goes to standard error; `RUST_LOG=debug` shows every byte.
pub(super) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let color = out::color(&std::io::stderr());
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(color);
    // Somebody may have set up a log of their own.
    let _ = subscriber.with_target(false).try_init();
}

/// What happens on the line.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature of a listener")]
pub(super) fn line_log(at: SimTime, said: &Said) {
    match said {
        Said::Driver(sent) | Said::DeadMan(sent) => {
            let who = if matches!(said, Said::Driver(_)) { "stack" } else { "dead-man" };
            let text = Message::of(sent).map_or_else(|| "control message".to_owned(), |message| message.to_string());
            tracing::debug!("{at} {who} sent {sent} ({text})");
        }
        Said::Tripped(why) => tracing::warn!("STOP: {why}"),
        Said::Proved(why) => tracing::info!("the camera stands ({why})"),
        Said::Reopened => tracing::info!("the stack drives"),
        Said::Lost(why) => tracing::warn!("the connection to the camera is lost: {why}"),
        Said::Connected => tracing::info!("connected to the camera"),
    }
}

pub(super) fn start(setup: Setup, camera: &str) -> Result<Live, Failure> {
    Live::start(setup).map_err(|error| match error {
        LiveError::Dial(source) => Failure::Environment(format!("failed to connect to {camera}: {source}")),
        LiveError::Thread(_) => Failure::Environment(format!("failed to {error}")),
    })
}

/// Until the time is over, somebody interrupts, the video is over, or the control thread ends.
fn follow(live: &Live, stop: &AtomicBool, length: Option<Duration>) {
    let clock = WallClock::start();
    let end = length.map(|length| SimTime::ZERO + length);
    let mut tell_at = SimTime::ZERO + TELL_EVERY;
    loop {
        let now = clock.now();
        if stop.load(Ordering::Relaxed) || end.is_some_and(|end| end <= now) || live.is_video_over() {
            return;
        }
        if tell_at <= now {
            tell_at += TELL_EVERY;
            tell(live);
        }
        let left = end.map_or(LOOK_EVERY, |end| end.since(now).min(LOOK_EVERY));
        if live.wait_over(left) {
            return;
        }
    }
}

/// One line about how it goes.
pub(super) fn tell(live: &Live) {
    let status = live.handle().status();
    let (age, latency) = live.lately();
    tracing::info!(
        captured = status.captured,
        dropped = status.dropped + status.stale,
        phase = status.phase.name(),
        "age {}, loop latency {}",
        three(age),
        three(latency)
    );
}

/// p50/p95/p99 of something \[ms\].
fn three(quantiles: Quantiles) -> String {
    let one = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0}"));
    let Quantiles { p50_ms, p95_ms, p99_ms } = quantiles;
    format!("p50/p95/p99 {}/{}/{} ms", one(p50_ms), one(p95_ms), one(p99_ms))
}

fn told(end: &End, format: Format) -> Result<(), Failure> {
    let End { status, stopped, panicked, hung, .. } = end;
    out::print(&match format {
        Format::Json => {
            let ended = serde_json::json!({
                "schema": "tiltyard-track/1", "status": status, "stopped": stopped, "panicked": panicked, "hung": hung,
            });
            format!("{ended}\n")
        }
        Format::Human => format!(
            "{:.1} s: {} frames, {} dropped, {} decided on; age {}; loop latency {}; {} alarms, {} stops, {} proved\n",
            status.running_s,
            status.captured,
            status.dropped + status.stale,
            status.decided,
            three(status.age),
            three(status.loop_latency),
            status.alarms,
            status.stops,
            status.stops_proved,
        ),
    })
}

/// What came of it, as an exit code.
fn verdict(end: &End, camera: &str, video: &str) -> Result<Exit, Failure> {
    if !end.stopped {
        return Err(Failure::Environment(format!(
            "{camera} did not confirm the last STOP: see to it that the camera stands still"
        )));
    }
    if end.status.captured == 0 {
        let why = end.status.video.as_ref().map(|why| format!(": failed to {why}")).unwrap_or_default();
        return Err(Failure::Environment(format!("no frame came from {video}{why}")));
    }
    if let Some(why) = &end.video {
        return Err(Failure::Environment(format!("failed to {why}")));
    }
    if end.panicked || end.hung {
        out::warn(if end.hung {
            "the control thread hangs and was left behind"
        } else {
            "the control thread panicked"
        });
        return Ok(Exit::Invalid);
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_may_be_short() {
        for (text, seconds) in [("60m", 3600), ("30s", 30), ("2h", 7200), ("1.5 min", 90)] {
            assert_eq!(lasting(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["0s", "60", "m", "-1s", "1 m"] {
            assert!(lasting(wrong).is_err(), "{wrong}");
        }
    }
}
