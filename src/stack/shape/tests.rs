//! The shaper against a plain head.

use proptest::prelude::*;

use super::*;
use tiltyard_visca::num::min;

const HOLD_S: f64 = 1.0 / 30.0;
const ACCELERATION_DPS2: f64 = 100.0;
const CONFIG: ShapeConfig =
    ShapeConfig { dither: false, ramp: RampConfig::FREE, margin_deg: Some(0.5), guard: Some(GuardConfig::DEFAULT) };

/// 24 speeds from 0.5 deg/s, each a fifth faster than the one below.
fn axis() -> AxisModel {
    let speed_dps = (0..24).map(|code| 0.5 * libm::pow(1.2, f64::from(code))).collect();
    AxisModel { speed_dps, units_per_deg: 14.4, min_deg: -170.0, max_deg: 170.0 }
}

fn demand(frame: u64, rate_dps: f64, head_deg: f64) -> Demand {
    Demand {
        at: SimTime::from_millis(frame * 33),
        rate_dps: [rate_dps, 0.0],
        hold_s: HOLD_S,
        head_deg: [head_deg, 0.0],
        target_deg: [head_deg, 0.0],
        target_dps: [0.0; 2],
        hfov_deg: 60.0,
    }
}

/// The pan code for a wish.
fn pan(shape: &mut Shape, demand: &Demand) -> i8 {
    shape.shape(demand, [&axis(); 2], [ACCELERATION_DPS2; 2]).pan_code
}

#[test]
fn in_the_open_it_is_the_nearest_code() {
    let (mut shape, axis) = (Shape::new(CONFIG), axis());
    for rate_dps in [-50.0, -3.0, 0.0, 0.9, 7.0, 1e3] {
        assert_eq!(pan(&mut shape, &demand(0, rate_dps, 0.0)), axis.code_for(rate_dps));
    }
}

#[test]
fn a_head_at_the_end_may_only_go_back() {
    let (mut shape, axis) = (Shape::new(CONFIG), axis());
    let end_deg = axis.max_deg;
    assert_eq!(pan(&mut shape, &demand(0, 50.0, end_deg)), 0);
    assert_eq!(pan(&mut shape, &demand(1, 50.0, end_deg + 1.0)), 0, "beyond it, too");
    assert!(pan(&mut shape, &demand(2, -50.0, end_deg)) < 0);
    let mut free = Shape::new(ShapeConfig { margin_deg: None, ..CONFIG });
    assert!(pan(&mut free, &demand(0, 50.0, end_deg)) > 0);
}

#[test]
fn without_dithering_the_mean_rate_is_that_of_a_code_and_with_it_the_wish() {
    let axis = axis();
    let (slow, fast) = (axis.rate_of(5), axis.rate_of(6));
    let wanted_dps = slow + 0.3 * (fast - slow);
    let mean_dps = |dither: bool| {
        let mut shape = Shape::new(ShapeConfig { dither, ..CONFIG });
        let rates = (0..300).map(|frame| axis.rate_of(pan(&mut shape, &demand(frame, wanted_dps, 0.0))));
        rates.sum::<f64>() / 300.0
    };
    assert!((mean_dps(false) - slow).abs() < 1e-9);
    assert!((mean_dps(true) - wanted_dps).abs() < 0.01 * wanted_dps, "{} {wanted_dps}", mean_dps(true));
}

#[test]
fn a_servo_that_swings_by_itself_is_turned_down_and_that_is_told() {
    let (mut shape, axis) = (Shape::new(CONFIG), axis());
    let rates: Vec<f64> = (0..1200)
        .map(|frame| {
            let turn = frame as f64 / 6.0;
            let swing = demand(frame, 20.0 * libm::sin(turn), -4.0 * libm::cos(turn));
            axis.rate_of(pan(&mut shape, &Demand { target_deg: [0.0; 2], ..swing }))
        })
        .collect();
    let fastest = |rates: &[f64]| rates.iter().copied().fold(0.0, max);
    let (at_first, at_last) = (fastest(&rates[..60]), fastest(&rates[1140..]));
    assert!(at_last < 0.5 * at_first, "{at_first} {at_last}");
    assert!(shape.guard_acts() > 2, "{}", shape.guard_acts());
}

proptest! {
    /// A head that follows every drive at once but brakes at its acceleration never comes nearer to the end than the
    /// margin, less what one more tick of rounding adds.
    #[test]
    fn it_brakes_before_the_end(wishes in prop::collection::vec(-200.0..200.0f64, 20..60), start_deg in -160.0..160.0f64) {
        let (mut shape, axis) = (Shape::new(CONFIG), axis());
        let (mut position_deg, mut rate_dps) = (start_deg, 0.0);
        let mut frame = 0;
        for wish in wishes {
            for _ in 0..6 {
                let goal_dps = axis.rate_of(pan(&mut shape, &demand(frame, wish, position_deg)));
                frame += 1;
                for _ in 0..100 {
                    let step_dps = ACCELERATION_DPS2 * HOLD_S / 100.0;
                    rate_dps += clamp(goal_dps - rate_dps, -step_dps, step_dps);
                    position_deg += rate_dps * HOLD_S / 100.0;
                }
                let room_deg = min(position_deg - axis.min_deg, axis.max_deg - position_deg);
                prop_assert!(room_deg > 0.25, "{position_deg} at {rate_dps} deg/s");
            }
        }
    }
}
