//! Comparisons of floats that give the same bits everywhere.
//!
//! `f64::min`, `f64::max` and `clamp` may return either zero of `(-0.0, 0.0)`, and do so differently between targets
//! and build profiles (measured: debug x86-64 against release). These compare and keep the first on a tie.

/// The smaller of two numbers, the first of equals (so of −0 and +0, too).
pub fn min(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The larger of two numbers, the first of equals (so of −0 and +0, too).
pub fn max(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// `value` limited to `low ..= high`; a NaN stays a NaN.
pub fn clamp(value: f64, low: f64, high: f64) -> f64 {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// −1, 0 or +1, where both zeros give 0.
pub fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// An angle folded into −180 ≤ x < 180 \[deg\].
pub fn wrap_deg(angle_deg: f64) -> f64 {
    if (-180.0..180.0).contains(&angle_deg) { angle_deg } else { (angle_deg + 180.0).rem_euclid(360.0) - 180.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_keep_the_first() {
        assert!(min(-0.0, 0.0).is_sign_negative());
        assert!(max(0.0, -0.0).is_sign_positive());
        assert!(max(-0.0, 0.0).is_sign_negative());
    }

    #[test]
    fn wrapping_lands_in_the_half_open_turn() {
        for (angle, folded) in [(0.0, 0.0), (180.0, -180.0), (-180.0, -180.0), (190.0, -170.0), (-541.0, 179.0)] {
            assert_eq!(wrap_deg(angle), folded, "{angle}");
        }
    }
}
