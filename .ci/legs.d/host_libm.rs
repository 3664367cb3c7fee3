//! Prints a hash of what the host's C library makes of sin, exp and ln: other bits, other hash.

use std::hint::black_box;

fn main() {
    let functions: [fn(f64) -> f64; 3] = [f64::sin, f64::exp, f64::ln];
    let (mut hash, mut state) = (0xcbf2_9ce4_8422_2325_u64, 1_u64);
    for _ in 0..100_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = (state >> 11) as f64 / 9_007_199_254_740_992.0 * 20.0;
        for function in functions {
            hash = (hash ^ function(black_box(x)).to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    println!("{hash:016x}");
}
