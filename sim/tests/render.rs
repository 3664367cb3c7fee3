//! Pictures: figures in their boxes, a backdrop that stands still in the world, blur as long as the motion.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use core::time::Duration;

use common::config;
use tiltyard_sim::TargetState;
use tiltyard_sim::config::{Backdrop, Drawn, Kind, Look, WorldConfig};
use tiltyard_sim::projection::{Bearing, Pixel, Projector, View};
use tiltyard_sim::render::{Figure, Renderer, Rgb, Shot, visible};
use tiltyard_sim::rng::{Stream, stream};
use tiltyard_sim::video::Motion;
use tiltyard_visca::SimTime;
use tiltyard_visca::num::max;

const KINDS: [Kind; 5] = [Kind::Person, Kind::Drone, Kind::Ball, Kind::Car, Kind::Block];
const BACKDROPS: [Backdrop; 4] = [Backdrop::Sky, Backdrop::Stage, Backdrop::Street, Backdrop::Thermal];

fn drawn(backdrop: Backdrop) -> Drawn {
    Drawn {
        backdrop,
        exposure: Duration::from_millis(10),
        gain_noise: 0.0,
        defocus_px: 3.0,
        light: vec![],
        targets: vec![],
        occluders: vec![],
    }
}

fn renderer(drawn: Drawn) -> Renderer {
    Renderer::new(&WorldConfig { drawn: Some(drawn), ..config() }).unwrap()
}

fn view(pan_deg: f64, tilt_deg: f64, hfov_deg: f64) -> View {
    View { pan_deg, tilt_deg, hfov_deg, width_px: 320, height_px: 180 }
}

fn shot(view: View, figures: Vec<Figure>) -> Shot {
    Shot { view, motion: Motion::default(), taken_at: SimTime::from_millis(1500), id: 7, figures }
}

fn figure(kind: Kind, at: Bearing, width_deg: f64, height_deg: f64) -> Figure {
    let state = TargetState { az_deg: at.az_deg, el_deg: at.el_deg, width_deg, height_deg, range_m: 10.0 };
    Figure { look: Look::new(kind, "anna"), state, ends: [at; 2], target: Some(0) }
}

fn pixel(rgb: &Rgb, x: usize, y: usize) -> [i32; 3] {
    let at = (y * rgb.width_px as usize + x) * 3;
    [0, 1, 2].map(|part| i32::from(rgb.bytes[at + part]))
}

fn apart(a: [i32; 3], b: [i32; 3]) -> i32 {
    (0..3).map(|part| (a[part] - b[part]).abs()).sum()
}

/// Left, upper, right and lower edge of where two pictures differ by this much \[px\].
fn difference(a: &Rgb, b: &Rgb, least: i32) -> Option<[f64; 4]> {
    let (width, height) = (a.width_px as usize, a.height_px as usize);
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let differ: Vec<(usize, usize)> = all.filter(|(x, y)| apart(pixel(a, *x, *y), pixel(b, *x, *y)) >= least).collect();
    let (xs, ys) = (differ.iter().map(|at| at.0), differ.iter().map(|at| at.1));
    let ends = [xs.clone().min()?, ys.clone().min()?, xs.max()? + 1, ys.max()? + 1];
    Some(ends.map(|end| end as f64))
}

fn somewhere(lot: &mut Stream) -> View {
    view(lot.uniform_in(-150.0, 150.0), lot.uniform_in(-25.0, 20.0), lot.uniform_in(4.0, 60.0))
}

#[test]
fn a_figure_fills_the_box_of_the_truth_to_a_pixel_in_whatever_view() {
    let renderer = renderer(drawn(Backdrop::Thermal));
    let mut lot = stream(11, "test");
    for round in 0..60 {
        let view = somewhere(&mut lot);
        let kind = KINDS[round % KINDS.len()];
        let at = Bearing {
            az_deg: view.pan_deg + lot.uniform_in(-0.4, 0.4) * view.hfov_deg,
            el_deg: view.tilt_deg + lot.uniform_in(-0.2, 0.2) * view.hfov_deg,
        };
        let size = view.hfov_deg * lot.uniform_in(0.08, 0.4);
        let mut figure = figure(kind, at, size * lot.uniform_in(0.3, 0.9), size);
        figure.look.dress = format!("{round}");
        let with = renderer.draw(&shot(view, vec![figure.clone()])).unwrap();
        let without = renderer.draw(&shot(view, vec![])).unwrap();
        let seen = visible(&shot(view, vec![figure]))[0];
        let wanted = [
            seen.shape.x_px - seen.shape.w_px / 2.0,
            seen.shape.y_px - seen.shape.h_px / 2.0,
            seen.shape.x_px + seen.shape.w_px / 2.0,
            seen.shape.y_px + seen.shape.h_px / 2.0,
        ];
        let drawn = difference(&with, &without, 6).unwrap();
        let off = wanted.iter().zip(drawn).map(|(wanted, drawn)| (wanted - drawn).abs()).fold(0.0, max);
        assert!(off <= 1.0, "{kind:?} in round {round}: {off} px, {wanted:?} {drawn:?} in {view:?}");
    }
}

/// A pixel of the picture about where this direction is, the mean of three by three.
fn around(rgb: &Rgb, at: Pixel) -> [i32; 3] {
    let mut sum = [0; 3];
    for (dx, dy) in (0..9).map(|n| (n % 3, n / 3)) {
        let part = pixel(rgb, (at.x_px as usize + dx).max(1) - 1, (at.y_px as usize + dy).max(1) - 1);
        sum = [0, 1, 2].map(|n| sum[n] + part[n]);
    }
    sum.map(|part| part / 9)
}

/// How far two views differ in what they show of the same directions, the second moved by `slip_px`: the mean over
/// what both see.
fn mismatch(renderer: &Renderer, a: View, b: View, slip_px: f64) -> f64 {
    let [first, second] = [a, b].map(|view| renderer.draw(&shot(view, vec![])).unwrap());
    let (mut sum, mut count) = (0, 0);
    for (x, y) in (0..60).flat_map(|x| (0..34).map(move |y| (f64::from(x) * 5.0 + 8.0, f64::from(y) * 5.0 + 6.0))) {
        let direction = Projector::new(a).bearing(Pixel { x_px: x, y_px: y });
        let Some(there) = Projector::new(b).pixel(direction) else { continue };
        let there = Pixel { x_px: there.x_px + slip_px, ..there };
        if (2.0..317.0).contains(&there.x_px) && (2.0..177.0).contains(&there.y_px) {
            sum += apart(around(&first, Pixel { x_px: x, y_px: y }), around(&second, there));
            count += 1;
        }
    }
    assert!(count > 200, "{count} directions in both views");
    f64::from(sum) / f64::from(count)
}

#[test]
fn the_backdrop_stands_still_in_the_world_under_pan_tilt_and_zoom() {
    let base = view(21.0, -4.0, 50.0);
    let turned = [View { pan_deg: 33.0, ..base }, View { tilt_deg: 2.0, ..base }, View { hfov_deg: 38.0, ..base }];
    for backdrop in BACKDROPS {
        let renderer = renderer(drawn(backdrop));
        for other in turned {
            let (right, slipped) = (mismatch(&renderer, base, other, 0.0), mismatch(&renderer, base, other, 12.0));
            assert!(right < 12.0 && right < 0.7 * slipped, "{backdrop:?} {other:?}: {right}, with a slip {slipped}");
        }
    }
}

/// Sum of the steps between neighbours in the rows of a picture: less of it is less sharp.
fn sharpness(rgb: &Rgb, columns: core::ops::Range<usize>, rows: core::ops::Range<usize>) -> i32 {
    let step = |x: usize, y: usize| (pixel(rgb, x, y)[1] - pixel(rgb, x + 1, y)[1]).abs();
    rows.flat_map(|y| columns.clone().map(move |x| (x, y))).map(|(x, y)| step(x, y).max(3) - 3).sum()
}

#[test]
fn blur_is_the_motion_in_the_picture_during_the_exposure() {
    let renderer = renderer(drawn(Backdrop::Thermal));
    let view = view(0.0, 0.0, 40.0);
    let pixels_per_deg = 160.0 / libm::tan(20.0_f64.to_radians()) * 1.0_f64.to_radians();
    let reach = |pan_dps: f64, own_dps: f64| {
        let mut moving = figure(Kind::Block, Bearing { az_deg: 0.0, el_deg: 0.0 }, 4.0, 4.0);
        moving.ends = [-0.005, 0.005].map(|dt_s| Bearing { az_deg: own_dps * dt_s, el_deg: 0.0 });
        moving.look.kind = Kind::Person;
        let shots = [vec![moving], vec![]].map(|figures| {
            let motion = Motion { pan_dps, ..Motion::default() };
            renderer.draw(&Shot { motion, ..shot(view, figures) }).unwrap()
        });
        let [left, _, right, _] = difference(&shots[0], &shots[1], 6).unwrap();
        right - left
    };
    let still = reach(0.0, 0.0);
    // 10 ms at 200 deg/s are 2 deg.
    for (pan_dps, own_dps, blur_deg) in
        [(200.0, 0.0, 2.0), (0.0, -200.0, 2.0), (200.0, 200.0, 0.0), (-100.0, 100.0, 2.0)]
    {
        let more = reach(pan_dps, own_dps) - still;
        assert!((more - blur_deg * pixels_per_deg).abs() <= 2.0, "{pan_dps} {own_dps}: {more} px");
    }
}

#[test]
fn who_is_followed_stays_sharp_while_the_backdrop_is_smeared() {
    let renderer = renderer(drawn(Backdrop::Street));
    let at = Bearing { az_deg: 0.0, el_deg: 0.0 };
    let take = |pan_dps: f64| {
        let mut walker = figure(Kind::Car, at, 16.0, 8.0);
        walker.ends = [-0.005, 0.005].map(|dt_s| Bearing { az_deg: pan_dps * dt_s, el_deg: 0.0 });
        let motion = Motion { pan_dps, ..Motion::default() };
        renderer.draw(&Shot { motion, ..shot(view(0.0, 3.0, 40.0), vec![walker]) }).unwrap()
    };
    let (still, panned) = (take(0.0), take(150.0));
    let (houses, walker) = (|rgb: &Rgb| sharpness(rgb, 0..319, 10..70), |rgb: &Rgb| sharpness(rgb, 110..210, 90..140));
    assert!(houses(&panned) * 2 < houses(&still), "{} of {}", houses(&panned), houses(&still));
    assert!(walker(&panned) * 10 > walker(&still) * 8, "{} of {}", walker(&panned), walker(&still));
}

#[test]
fn zooming_defocuses() {
    let renderer = renderer(drawn(Backdrop::Street));
    let take = |hfov_dps: f64| {
        let motion = Motion { hfov_dps, ..Motion::default() };
        sharpness(&renderer.draw(&Shot { motion, ..shot(view(0.0, 3.0, 40.0), vec![]) }).unwrap(), 0..319, 0..180)
    };
    // d ln f / dt = 74 deg/s / sin 40° = 2 a second: 3 px · 320/640 · 2 = 3 px.
    assert!(take(-74.0) * 2 < take(0.0) && take(74.0) * 2 < take(0.0), "{} {} {}", take(-74.0), take(74.0), take(0.0));
}

#[test]
fn what_is_nearer_hides_and_a_block_in_the_scene_is_no_target() {
    let renderer = renderer(drawn(Backdrop::Sky));
    let at = Bearing { az_deg: 0.0, el_deg: 0.0 };
    let person = figure(Kind::Person, at, 6.0, 16.0);
    let wall = |range_m: f64| {
        let mut wall = figure(Kind::Block, at, 20.0, 8.0);
        (wall.state.range_m, wall.target) = (range_m, None);
        wall
    };
    let middle = |figures: Vec<Figure>| pixel(&renderer.draw(&shot(view(0.0, 0.0, 40.0), figures)).unwrap(), 160, 90);
    let [alone, front] = [vec![person.clone()], vec![wall(9.0)]].map(middle);
    assert_eq!(middle(vec![person.clone(), wall(9.0)]), front);
    assert_eq!(middle(vec![wall(11.0), person.clone()]), alone);
    let seen = visible(&shot(view(0.0, 0.0, 40.0), vec![wall(9.0), person]));
    assert_eq!(seen.len(), 1);
    assert!((seen[0].fraction - 0.5).abs() < 0.02, "{}", seen[0].fraction);
}

#[test]
fn light_steps_when_it_is_told_to() {
    let light = vec![(SimTime::from_millis(1000), 0.5), (SimTime::from_millis(2000), 1.0)];
    let renderer = renderer(Drawn { light, ..drawn(Backdrop::Sky) });
    let mean = |millis: u64| {
        let rgb = renderer.draw(&Shot { taken_at: SimTime::from_millis(millis), ..shot(view(0.0, 0.0, 40.0), vec![]) });
        let bytes = rgb.unwrap().bytes;
        bytes.iter().map(|byte| f64::from(*byte)).sum::<f64>() / bytes.len() as f64
    };
    assert!((mean(1500) / mean(500) - 0.5).abs() < 0.02);
    assert_eq!([mean(0), mean(2000)], [mean(500); 2]);
}

#[test]
fn lookalikes_are_alike_and_others_are_not() {
    let renderer = renderer(drawn(Backdrop::Street));
    let take = |dress: &str| {
        let mut figure = figure(Kind::Person, Bearing { az_deg: 0.0, el_deg: 0.0 }, 6.0, 18.0);
        figure.look.dress = dress.to_owned();
        renderer.draw(&shot(view(0.0, 0.0, 40.0), vec![figure])).unwrap()
    };
    assert_eq!(take("anna"), take("anna"));
    assert_ne!(take("anna"), take("bert"));
}

#[test]
fn every_view_and_size_can_be_drawn() {
    for backdrop in BACKDROPS {
        let renderer = renderer(Drawn { gain_noise: 0.02, ..drawn(backdrop) });
        for (pan_deg, tilt_deg, hfov_deg) in
            [(-180.0, -90.0, 0.5), (179.0, 90.0, 170.0), (0.0, 45.0, 3.0), (90.0, -30.0, 120.0), (0.0, 0.0, 60.0)]
        {
            for (width_px, height_px) in [(1, 1), (2, 3), (33, 17), (64, 36)] {
                let figures = KINDS.map(|kind| figure(kind, Bearing { az_deg: 1.0, el_deg: 0.5 }, 40.0, 40.0)).to_vec();
                let view = View { pan_deg, tilt_deg, hfov_deg, width_px, height_px };
                let motion = Motion { pan_dps: 300.0, tilt_dps: -90.0, hfov_dps: -60.0 };
                let rgb = renderer.draw(&Shot { motion, ..shot(view, figures) }).unwrap();
                assert_eq!(rgb.bytes.len(), (width_px * height_px * 3) as usize);
            }
        }
        assert!(renderer.draw(&shot(View { width_px: 0, ..view(0.0, 0.0, 60.0) }, vec![])).is_none());
    }
}

/// FNV-1a, 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Pixels are the same in every build and on every architecture that was tried. A change of the drawing changes these
/// on purpose: say so in the commit.
#[test]
fn pixels_are_golden() {
    let hashes = BACKDROPS.map(|backdrop| {
        let renderer = renderer(Drawn { gain_noise: 0.02, ..drawn(backdrop) });
        let figures = KINDS.map(|kind| figure(kind, Bearing { az_deg: 3.0, el_deg: -1.0 }, 5.0, 12.0)).to_vec();
        let motion = Motion { pan_dps: 40.0, tilt_dps: -20.0, hfov_dps: -30.0 };
        let shot = Shot { motion, ..shot(view(5.0, -3.0, 45.0), figures) };
        let rgb = renderer.draw(&shot).unwrap();
        assert_eq!(rgb, renderer.clone().draw(&shot).unwrap(), "twice the same");
        format!("{:016x}", hash(&rgb.bytes))
    });
    assert_eq!(hashes, ["161b42e16c5f107a", "629872ec8121c2e2", "8a3c66627691ab3e", "bc20f2c0cbe9aad0"]);
}
