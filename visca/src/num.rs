//! Comparisons of floats, and Gaussian numbers, that give the same bits everywhere.
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

/// The standard Gaussian number at a random place: mean 0, standard deviation 1.
///
/// The place is the middle of one of 2⁵³ equal parts of 0 .. 1, numbered by the upper 53 of the random bits; the number
/// is the quantile there (Wichura 1988, AS 241, PPND16; relative error about 10⁻¹⁶, largest number 8.2). So every draw
/// takes the same 64 bits whatever comes out, and the only transcendental function is `libm`'s logarithm.
///
/// `rand_distr`'s `StandardNormal` does not do: its tails take the logarithm of the host, with `num-traits/std` on in
/// the tree. Draw 250,430,747 of one seed is another on a processor without FMA.
pub fn normal_of(bits: u64) -> f64 {
    const PARTS: f64 = 9_007_199_254_740_992.0;
    // Exact: half an odd number below 2⁵³, over a power of two. From the middle of 0 .. 1, so both halves are mirrored.
    let from_middle = ((bits >> 11) as f64 - PARTS / 2.0 + 0.5) / PARTS;
    if from_middle.abs() <= 0.425 {
        let r = 0.180_625 - from_middle * from_middle;
        return from_middle * polynomial(&wichura::A, r) / polynomial(&wichura::B, r);
    }
    let r = (-libm::log(0.5 - from_middle.abs())).sqrt();
    let distance = if r <= 5.0 {
        polynomial(&wichura::C, r - 1.6) / polynomial(&wichura::D, r - 1.6)
    } else {
        polynomial(&wichura::E, r - 5.0) / polynomial(&wichura::F, r - 5.0)
    };
    if from_middle < 0.0 { -distance } else { distance }
}

/// By Horner's rule, the constant first.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// The coefficients of PPND16, under the letters of the paper.
#[allow(clippy::unreadable_literal, reason = "as published, to be compared")]
mod wichura {
    pub const A: [f64; 8] = [
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ];
    pub const B: [f64; 8] = [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ];
    pub const C: [f64; 8] = [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ];
    pub const D: [f64; 8] = [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ];
    pub const E: [f64; 8] = [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-05,
        2.0103343992922881e-07,
    ];
    pub const F: [f64; 8] = [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-05,
        1.421511758316446e-07,
        2.0442631033899397e-15,
    ];
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

    #[test]
    fn gaussian_numbers_are_the_published_quantiles() {
        // Wichura 1988, table: PPND16 of 0.25 and 0.001; the bits are those of the part that begins there.
        for (probability, quantile) in [(0.25, -0.674_489_750_196_081_7), (0.001, -3.090_232_306_167_813_6)] {
            let bits = ((probability * 9_007_199_254_740_992.0) as u64) << 11;
            assert!((normal_of(bits) - quantile).abs() < 1e-12, "{probability}: {}", normal_of(bits));
            assert_eq!(normal_of(!bits).to_bits(), (-normal_of(bits)).to_bits(), "mirrored");
        }
        // The outermost part: the quantile of 2⁻⁵⁴.
        assert!((normal_of(0) + 8.292_361_075_813_595).abs() < 1e-12, "{}", normal_of(0));
    }

    #[test]
    fn gaussian_numbers_rise_with_their_place_across_the_seams() {
        let n = 4_000_000_u64;
        let place = |part: u64| normal_of(part.wrapping_mul(u64::MAX / n));
        assert!((1..n).all(|part| place(part) > place(part - 1)));
    }
}
