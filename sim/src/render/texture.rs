//! Smooth noise on a plane: the grain of grass, boards, plaster and clouds.
//!
//! Value noise: a hashed lattice of period [`SIZE`], between its points smooth. Equal at every call, on every machine.

/// Lattice points a period; a power of two.
const SIZE: usize = 128;
/// Added to coordinates so that they are above zero: a multiple of the period, and small enough for steps of 1/500.
const FAR: f32 = 16_384.0;

/// The lattice.
#[derive(Clone, Debug)]
pub(super) struct Texture {
    /// Row by row. The length is known, so that a masked index needs no check.
    points: Box<[f32; SIZE * SIZE]>,
}

impl Texture {
    pub fn new() -> Self {
        let point = |index: usize| {
            let bits = super::scenery::hash(index as u64);
            (bits >> 40) as f32 / 8_388_608.0 - 1.0
        };
        Self { points: Box::new(core::array::from_fn(point)) }
    }

    /// At (u, v) in lattice steps: −1 ..= 1. Beyond ±16,000 steps it is coarse, or bends.
    pub fn at(&self, u: f32, v: f32) -> f32 {
        let (u, v) = (u + FAR, v + FAR);
        let (column, row) = (u as i32, v as i32);
        let (x, y) = (u - column as f32, v - row as f32);
        let (column, row) = (column as usize & (SIZE - 1), row as usize & (SIZE - 1));
        let (right, below) = ((column + 1) & (SIZE - 1), (row + 1) & (SIZE - 1));
        let point = |row: usize, column: usize| self.points[(row * SIZE + column) & (SIZE * SIZE - 1)];
        let upper = point(row, column) + (point(row, right) - point(row, column)) * x;
        let lower = point(below, column) + (point(below, right) - point(below, column)) * x;
        upper + (lower - upper) * y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_smooth_and_has_no_mean() {
        let texture = Texture::new();
        let samples: Vec<f32> = (0..4000_u16).map(|n| texture.at(f32::from(n) * 0.1, 7.3)).collect();
        assert!(samples.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.21), "at most 2 in ten steps");
        let mean = samples.iter().sum::<f32>() / 4000.0;
        assert!(mean.abs() < 0.15, "{mean}");
        assert!(samples.iter().any(|value| *value > 0.4) && samples.iter().any(|value| *value < -0.4));
    }
}
