//! The world as a whole: determinism, order, accounts, faults, the way from bytes to motion.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod common;

use common::{Log, absolute, at_ms, camera, config, digest, drive, ms, person};
use tiltyard_sim::config::{Delay, Fault, FaultKind, Link, Occluder, Path, Video, Waypoint, WorldConfig};
use tiltyard_sim::{Arrival, Delivery, World, WorldError};
use tiltyard_visca::SimTime;

fn world(config: &WorldConfig) -> World {
    World::new(config).unwrap()
}

fn fault(at: u64, lasts: u64, kind: FaultKind) -> Fault {
    Fault { at: at_ms(at), duration: ms(lasts), kind }
}

/// Everything goes wrong for a while.
fn stormy() -> WorldConfig {
    WorldConfig {
        link: Link { latency: Delay::Normal { mean: ms(10), sd: ms(8) }, drop_probability: 0.1 },
        video: Video { drop_probability: 0.1, ..common::video() },
        faults: vec![
            fault(1000, 300, FaultKind::LinkDrop { probability: 0.5 }),
            fault(1100, 500, FaultKind::LinkDelay { add: ms(40) }),
            fault(2000, 400, FaultKind::VideoFreeze),
            fault(2200, 600, FaultKind::VideoDrop { probability: 0.7 }),
            fault(3000, 100, FaultKind::DetectorMiss { probability: 0.4 }),
        ],
        targets: vec![person("a", common::walk()), person("b", common::walk())],
        ..config()
    }
}

/// Turns to and fro, zooms, moves to a position and asks where it is.
fn act(world: &mut World, index: u64) {
    let now = world.now();
    let code = ((index * 7) % 31) as i8 - 15;
    match index % 60 {
        0 => world.transmit(now, &absolute(400, 200)).unwrap(),
        30 => world.transmit(now, &[0x81, 1, 4, 7, 0x23, 0xFF]).unwrap(),
        45 => world.transmit(now, &[0x81, 1, 4, 7, 0x35, 0xFF]).unwrap(),
        n if n % 5 == 0 => world.transmit(now, &[0x81, 9, 6, 0x12, 0xFF]).unwrap(),
        n if n % 3 == 0 => world.transmit(now, &drive(code, -code / 2)).unwrap(),
        _ => {}
    }
}

#[test]
fn the_same_world_twice_is_the_same_to_the_bit() {
    let run = || Log::run(&mut world(&stormy()), at_ms(6000), act);
    let (first, second) = (run(), run());
    assert_eq!(first.digests, second.digests);
    assert_eq!(first, second);
    assert_eq!(first.digests.len(), 181);
    assert!(first.replies().count() > 40);
}

#[test]
fn another_seed_is_another_run() {
    let other = WorldConfig { seed: 8, ..stormy() };
    let run = |config| Log::run(&mut world(&config), at_ms(2000), act).digests;
    assert_ne!(run(stormy()).last(), run(other).last());
}

#[test]
fn one_long_advance_and_many_short_ones_give_the_same_bits() {
    let (mut long, mut short) = (world(&stormy()), world(&stormy()));
    for start in [0_u64, 1_000_000_000, 2_345_678_901] {
        for world in [&mut long, &mut short] {
            world.advance(SimTime::from_nanos(start));
            world.transmit(SimTime::from_nanos(start), &drive(9, -4)).unwrap();
        }
        let end = start + 900_000_000;
        long.advance(SimTime::from_nanos(end));
        // An odd step, so that it falls between all grids.
        let mut at = start;
        while at < end {
            at += 1_234_567;
            short.advance(SimTime::from_nanos(at.min(end)));
        }
        assert_eq!(digest(&long), digest(&short), "{end} ns");
    }
    let drain = |world: &mut World| core::iter::from_fn(|| world.poll()).collect::<Vec<_>>();
    assert_eq!(drain(&mut long), drain(&mut short));
}

#[test]
fn a_copy_of_the_world_goes_on_as_the_original_does() {
    let mut original = world(&stormy());
    Log::run(&mut original, at_ms(2150), act);
    let mut copy = original.clone();
    let run = |world: &mut World| Log::run(world, at_ms(5000), act);
    assert_eq!(run(&mut original), run(&mut copy));
}

#[test]
fn reading_changes_nothing() {
    let (mut read, mut unread) = (world(&stormy()), world(&stormy()));
    let curious = |world: &mut World, index| {
        act(world, index);
        let at = world.now() + ms(13);
        assert_eq!(world.truth(at).targets.len(), 2);
    };
    assert_eq!(Log::run(&mut read, at_ms(3000), curious).digests, Log::run(&mut unread, at_ms(3000), act).digests);
}

#[test]
fn an_event_is_announced_before_it_is_delivered() {
    let mut world = world(&stormy());
    while world.now() < at_ms(4000) {
        let next = world.next_at();
        world.advance(next);
        while let Some(delivery) = world.poll() {
            let at = match &delivery {
                Delivery::Tick { index, at } => {
                    act(&mut world, *index);
                    *at
                }
                Delivery::Frame(frame) => frame.arrived_at,
                Delivery::Bytes { at, .. } => *at,
            };
            assert_eq!(at, next, "{delivery:?}");
        }
    }
}

#[test]
fn ticks_stand_on_the_exposure_grid() {
    let mut world = world(&config());
    let log = Log::run(&mut world, at_ms(2000), |_, _| {});
    let ticks: Vec<_> = log
        .deliveries
        .iter()
        .filter_map(|delivery| match delivery {
            Delivery::Tick { index, at } => Some((*index, at.as_nanos())),
            _ => None,
        })
        .collect();
    assert_eq!(ticks[..3], [(0, 0), (1, 33_333_333), (2, 66_666_667)]);
    // Frame 60 at 2 s sharp: nothing adds up.
    assert_eq!(ticks.last(), Some(&(60, 2_000_000_000)));
    for frame in log.frames() {
        assert_eq!(frame.exposed_at.as_nanos(), ticks[frame.seq as usize].1);
    }
}

#[test]
fn frames_and_datagrams_add_up() {
    let mut world = world(&stormy());
    let log = Log::run(&mut world, at_ms(5000), act);
    let video = world.video_counts();
    assert_eq!(video.exposed, 151);
    assert_eq!(video.arrived, log.frames().count() as u64);
    assert_eq!(video.exposed, video.arrived + video.dropped + world.frames_under_way());
    assert!(video.dropped > 10, "{video:?}");
    // Far beyond the end, nothing is under way any more but the frames of the last moments.
    let (up, down) = world.link_counts();
    world.advance(at_ms(6000));
    let (up_later, down_later) = world.link_counts();
    assert_eq!(up.sent, up_later.sent);
    assert_eq!(up_later.sent, up_later.dropped + up_later.delivered);
    assert_eq!(down_later.sent, down_later.dropped + down_later.delivered);
    assert!(down.dropped > 0);
}

#[test]
fn a_freeze_repeats_the_picture_under_new_numbers() {
    let points = vec![
        Waypoint { at: at_ms(0), az_deg: -10.0, el_deg: 0.0 },
        Waypoint { at: at_ms(3000), az_deg: 10.0, el_deg: 0.0 },
    ];
    let config = WorldConfig {
        faults: vec![fault(1000, 500, FaultKind::VideoFreeze)],
        targets: vec![person("a", Path::Points(points))],
        video: Video { latency: Delay::Constant(ms(50)), ..common::video() },
        ..config()
    };
    let log = Log::run(&mut world(&config), at_ms(2000), |_, _| {});
    let frames: Vec<_> = log.frames().collect();
    // Exposed at 0 … 967 ms: pictures 0 … 29. At 1000 ms the fault begins before frame 30 is exposed; up to frame 44
    // at 1467 ms picture 29 repeats. At 1500 ms it ends before frame 45: picture 30.
    let shown: Vec<_> = frames.iter().map(|frame| frame.picture.id).collect();
    let expected: Vec<u64> = (0..30).chain([29; 15]).chain(30..).take(shown.len()).collect();
    assert_eq!(shown, expected);
    assert!(frames.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq));
    assert!(frames[30..45].iter().all(|frame| frame.picture.truth == frames[29].picture.truth));
    assert!(frames[30..45].iter().all(|frame| frame.picture.taken_at == frames[29].exposed_at));
    assert_ne!(frames[45].picture.truth, frames[29].picture.truth);
}

#[test]
fn faults_are_on_from_their_start_until_before_their_end() {
    let faults = vec![
        fault(100, 200, FaultKind::DetectorMiss { probability: 0.3 }),
        fault(200, 200, FaultKind::DetectorMiss { probability: 0.2 }),
        fault(200, 100, FaultKind::InferenceDelay { add: ms(7) }),
        fault(200, 100, FaultKind::InferenceDelay { add: ms(5) }),
    ];
    let mut world = world(&WorldConfig { faults, ..config() });
    for (millis, on, miss, add) in [
        (99, [false, false, false, false], 0.0, 0),
        (100, [true, false, false, false], 0.3, 0),
        (200, [true, true, true, true], 0.3, 12),
        (300, [false, true, false, false], 0.2, 0),
        (400, [false, false, false, false], 0.0, 0),
    ] {
        world.advance(at_ms(millis));
        assert_eq!(world.faults_active(), on, "{millis} ms");
        assert_eq!((world.detector_miss_probability(), world.inference_delay_added()), (miss, ms(add)));
    }
}

#[test]
fn faults_and_traffic_leave_the_other_streams_alone() {
    let calm = WorldConfig { targets: vec![person("a", common::walk())], ..config() };
    let dropping =
        WorldConfig { faults: vec![fault(500, 1000, FaultKind::VideoDrop { probability: 1.0 })], ..calm.clone() };
    let quiet = Log::run(&mut world(&calm), at_ms(4000), |_, _| {});
    let busy = Log::run(&mut world(&dropping), at_ms(4000), |world, index| {
        if index % 2 == 0 {
            world.transmit(world.now(), &[0x81, 9, 6, 0x12, 0xFF]).unwrap();
        }
    });
    // Frames that arrive in both runs have the same latency and content.
    let mut both = 0;
    for frame in busy.frames() {
        let twin = quiet.frames().find(|twin| twin.seq == frame.seq).unwrap();
        assert_eq!(frame, twin);
        both += 1;
    }
    // 118 arrive in four seconds; 30 were exposed from 0.5 to 1.5 s.
    assert!((86..=90).contains(&both), "{both}");
}

#[test]
fn a_drive_is_acknowledged_moves_the_head_and_a_stop_ends_it() {
    let config = WorldConfig { link: Link { latency: Delay::Constant(ms(2)), drop_probability: 0.0 }, ..config() };
    let mut world = world(&config);
    world.transmit(SimTime::ZERO, &drive(4, 2)).unwrap();
    let log = Log::run(&mut world, at_ms(1000), |_, _| {});
    // 2 ms up, 20 ms to the ACK, 2 ms down; ACK and Completion share a datagram.
    assert_eq!(log.replies().collect::<Vec<_>>(), [(at_ms(24), &[0x90, 0x41, 0xFF, 0x90, 0x51, 0xFF][..])]);
    let truth = world.truth(at_ms(1000));
    assert!((truth.pan_dps - 20.0).abs() < 1e-9 && (truth.tilt_dps - 10.0).abs() < 1e-9, "{truth:?}");
    // Goal at 22 ms, first tick after it at 24 ms, 0.1 s of ramp losing 1 deg: 20 · 0.976 − 1 = 18.52; a tick's worth
    // (0.08) to spare.
    assert!((truth.pan_deg - 18.52).abs() < 0.08, "{truth:?}");

    world.transmit(at_ms(1000), &drive(0, 0)).unwrap();
    Log::run(&mut world, at_ms(1500), |_, _| {});
    let truth = world.truth(at_ms(1500));
    assert!(truth.pan_dps.abs() < 1e-9 && truth.tilt_dps.abs() < 1e-9, "{truth:?}");
}

#[test]
fn an_absolute_move_completes_where_it_was_told_to_go() {
    let config = WorldConfig { link: Link { latency: Delay::Constant(ms(2)), drop_probability: 0.0 }, ..config() };
    let mut world = world(&config);
    // 432 / 14.4 = 30 deg right, 144 / 14.4 = 10 deg up.
    world.transmit(SimTime::ZERO, &absolute(432, 144)).unwrap();
    let log = Log::run(&mut world, at_ms(3000), |world, index| {
        if index == 75 {
            world.transmit(world.now(), &[0x81, 9, 6, 0x12, 0xFF]).unwrap();
        }
    });
    let replies: Vec<_> = log.replies().collect();
    assert_eq!(replies[0], (at_ms(24), &[0x90, 0x41, 0xFF][..]));
    let (done_at, completion) = replies[1];
    assert_eq!(completion, [0x90, 0x51, 0xFF]);
    // Ramps up and down by 0.8 deg/s a tick: k² · 0.8 · 0.004 s = 30 deg, k = 96.8, 2k − 1 = 193 ticks = 772 ms after
    // the first tick with the goal, at 24 ms; 2 ms down. Two ticks of grace for creeping in.
    assert!((798..=806).contains(&(done_at.as_nanos() / 1_000_000)), "{done_at}");
    // 0432 = 01B0 and 144 = 0090, a nibble a byte.
    assert_eq!(replies[2].1, [0x90, 0x50, 0, 1, 0xB, 0, 0, 0, 9, 0, 0xFF]);
}

#[test]
fn what_the_camera_looks_at_is_in_the_middle_of_the_picture() {
    let point = Waypoint { at: at_ms(0), az_deg: 20.0, el_deg: 10.0 };
    let mut config = WorldConfig { targets: vec![person("a", Path::Points(vec![point]))], ..config() };
    (config.start.pan_deg, config.start.tilt_deg, config.start.zoom_ratio) = (20.0, 10.0, 2.0);
    let log = Log::run(&mut world(&config), at_ms(200), |_, _| {});
    let frame = log.frames().next().unwrap();
    let [truth] = frame.picture.truth[..] else { panic!("{frame:?}") };
    assert!((truth.x_px - 320.0).abs() < 1e-6 && (truth.y_px - 180.0).abs() < 1.0, "{truth:?}");
    // 2.864° wide at x2: f = 320 · 2 / tan 30° = 1108.5 px; 2 f tan 1.432° = 55.4 px; × cos 10° for the elevation.
    assert!((truth.w_px - 55.0).abs() < 1.5, "{truth:?}");
    assert_eq!(truth.visible_fraction, 1.0);
}

/// 1 m wide and 4 m high.
fn pillar(az_deg: f64, range_m: f64) -> Occluder {
    Occluder { name: "pillar".into(), bearing_deg: [az_deg, 0.0], width_m: 1.0, height_m: 4.0, range_m }
}

#[test]
fn who_walks_behind_a_pillar_is_hidden_a_while_and_the_other_is_not() {
    let walks = |name: &str, range_m: f64| {
        let points = [(0, -20.0), (4000, 20.0)].map(|(ms, az_deg)| Waypoint { at: at_ms(ms), az_deg, el_deg: 0.0 });
        let mut target = person(name, Path::Points(points.to_vec()));
        target.body.as_mut().unwrap().range_m[0].1 = range_m;
        target
    };
    let config = WorldConfig {
        targets: vec![walks("behind", 10.0), walks("before", 6.0)],
        occluders: vec![pillar(0.0, 8.0)],
        ..config()
    };
    let mut world = world(&config);
    let log = Log::run(&mut world, at_ms(4000), |_, _| {});
    let fraction = |frame: &Arrival, target| {
        frame.picture.truth.iter().find(|truth| truth.target == target).map(|truth| truth.visible_fraction)
    };
    // At 6 m somebody is larger than at 10 m, and both have one bearing: the one before hides the other all the way.
    assert!(
        log.frames().all(|frame| fraction(frame, 0) == Some(0.0) && fraction(frame, 1).is_some_and(|seen| seen > 0.9))
    );

    let alone = WorldConfig { targets: vec![walks("behind", 10.0)], ..config };
    let log = Log::run(&mut self::world(&alone), at_ms(4000), |_, _| {});
    let hidden: Vec<SimTime> =
        log.frames().filter(|frame| fraction(frame, 0) == Some(0.0)).map(|frame| frame.exposed_at).collect();
    // The pillar is 7.153° wide, the person 2.864°: hidden over 4.289°, 0.43 s at 10 deg/s, about 2 s.
    let (first, last) = (hidden[0].as_secs_f64(), hidden[hidden.len() - 1].as_secs_f64());
    assert!((first - 1.786).abs() < 0.034 && (last - 2.214).abs() < 0.034, "{first} to {last}");
    let whole = log.frames().filter(|frame| fraction(frame, 0) == Some(1.0)).count();
    assert!(whole > 60, "{whole} frames with all of them");
}

#[test]
fn a_long_wall_beside_the_camera_hides_who_is_behind_it() {
    // 3 m to the right of the camera and 60 m long: 168.6° wide, so from 5.7° right of the axis to behind it.
    let wall = Occluder { bearing_deg: [90.0, 0.0], width_m: 60.0, ..pillar(0.0, 3.0) };
    for (az_deg, visible) in [(0.0, 1.0), (12.0, 0.0)] {
        let points = vec![Waypoint { at: at_ms(0), az_deg, el_deg: 0.0 }];
        let config =
            WorldConfig { targets: vec![person("a", Path::Points(points))], occluders: vec![wall.clone()], ..config() };
        let mut world = world(&config);
        let log = Log::run(&mut world, at_ms(100), |_, _| {});
        let fractions: Vec<f64> = log.frames().map(|frame| frame.picture.truth[0].visible_fraction).collect();
        assert!(!fractions.is_empty() && fractions.iter().all(|seen| *seen == visible), "{az_deg}: {fractions:?}");
        assert_eq!(world.visible_fraction(world.now(), 0), visible);
    }
}

#[test]
fn the_share_that_is_seen_is_told_as_the_picture_has_it() {
    let config = WorldConfig { occluders: vec![pillar(4.0, 8.0), pillar(-9.0, 3.0)], ..stormy() };
    let mut world = world(&WorldConfig { faults: vec![], ..config });
    let (mut compared, mut partly) = (0, 0);
    let mut told = std::collections::BTreeMap::new();
    while world.now() < at_ms(5000) {
        let next = world.next_at();
        world.advance(next);
        while let Some(delivery) = world.poll() {
            match delivery {
                Delivery::Tick { index, at } => {
                    told.insert(index, [0, 1].map(|target| world.visible_fraction(at, target)));
                }
                Delivery::Frame(frame) => {
                    for truth in &frame.picture.truth {
                        let fraction = told[&frame.seq][truth.target as usize];
                        assert!((fraction - truth.visible_fraction).abs() < 1e-12, "frame {}", frame.seq);
                        compared += 1;
                        partly += u32::from(fraction > 0.0 && fraction < 1.0);
                    }
                }
                Delivery::Bytes { .. } => {}
            }
        }
    }
    assert!(compared > 150 && partly > 20, "{compared} compared, {partly} of them covered in part");
}

#[test]
fn impossible_worlds_are_refused_by_name() {
    let refused = |change: fn(&mut WorldConfig)| {
        let mut config = config();
        change(&mut config);
        World::new(&config).unwrap_err()
    };
    for (error, words) in [
        (refused(|config| config.physics_hz = 0), "physics_hz is 0"),
        (refused(|config| config.video.rate_hz = f64::NAN), "video.rate_hz is NaN"),
        (refused(|config| config.camera.lens.curve.swap(1, 2)), "camera.lens.curve is not in order"),
        (refused(|config| config.targets[0].body = None), "target.body is missing"),
        (refused(|config| config.targets[0].path = Path::Points(vec![])), "target.path.points has too few rows"),
        (refused(|config| config.occluders = vec![pillar(10.0, -5.0)]), "occluder.range_m is -5"),
        (refused(|config| config.camera.protocol.pan.speed_dps.clear()), "pan has 0 speeds"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
        assert!(!matches!(error, WorldError::OutOfRange { value, .. } if value == 1.0));
    }
    assert_eq!(camera().name, "test");
}
