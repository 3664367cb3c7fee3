//! From a picture to a network's input: resized, laid on a ground of one colour, channel by channel.
//!
//! Resizing is bilinear between the middles of pixels, without smoothing, rounded to whole steps: what `OpenCV`'s
//! `resize` does and models are usually fed with.

use super::Tensor;
use crate::stack::frame::Pixels;

/// Steps of a weight: `OpenCV` reckons with 11 bits, too.
const WHOLE: u32 = 1 << 11;

/// What an input is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Input {
    /// Where the picture lies in it.
    pub placement: Placement,
    /// Brightness of what is beside it, 0 ..= 255.
    pub pad: u8,
    /// Blue first; red first otherwise.
    pub bgr: bool,
    /// Taken off each number first …
    pub mean: f32,
    /// … which is multiplied then.
    pub scale: f32,
}

/// Where a picture lies in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In its own proportions in the corner left above.
    TopLeft,
    /// In its own proportions in the middle.
    Middle,
    /// Stretched over all of it.
    Stretch,
}

/// How a picture was fitted into an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Input pixels a picture pixel, across and down.
    scale: [f64; 2],
    /// Of the picture's corner \[px\].
    corner_px: [f64; 2],
}

impl Fit {
    /// From sides in the input to sides in the picture \[px\].
    pub fn back(&self, [left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
        let x = |x: f64| (x - self.corner_px[0]) / self.scale[0];
        let y = |y: f64| (y - self.corner_px[1]) / self.scale[1];
        [x(left), y(top), x(right), y(bottom)]
    }
}

/// The input of a network of this size, and where in it the picture is.
pub fn letterbox(pixels: &Pixels, size_px: [u32; 2], input: Input) -> Result<(Tensor, Fit), String> {
    let (width, height) = (pixels.width_px as usize, pixels.height_px as usize);
    if width == 0 || height == 0 || pixels.rgb.len() != width * height * 3 {
        let bytes = pixels.rgb.len();
        return Err(format!("a picture of {width} x {height} pixels has {bytes} bytes (expected 3 each)"));
    }
    let [wide, tall] = size_px.map(|side| side as usize);
    let scale = [wide as f64 / width as f64, tall as f64 / height as f64];
    let even = if scale[0] < scale[1] { scale[0] } else { scale[1] };
    let scale = if input.placement == Placement::Stretch { scale } else { [even; 2] };
    let inner = [(width as f64 * scale[0]) as usize, (height as f64 * scale[1]) as usize];
    let inner = [inner[0].clamp(1, wide), inner[1].clamp(1, tall)];
    let corner = match input.placement {
        Placement::Middle => [(wide - inner[0]) / 2, (tall - inner[1]) / 2],
        _ => [0, 0],
    };
    let value = |byte: u8| (f32::from(byte) - input.mean) * input.scale;
    let values: [f32; 256] = core::array::from_fn(|byte| value(byte as u8));
    let mut data = vec![value(input.pad); 3 * wide * tall];
    let across = steps(width, inner[0]);
    let (mut mixed, mut planes) = (vec![0_u32; width * 3], [0_usize; 3]);
    for (row, (above, below, down)) in steps(height, inner[1]).into_iter().enumerate() {
        let line = |y: usize| pixels.rgb.get(y * width * 3..(y + 1) * width * 3).unwrap_or_default();
        // Down first, a whole line at once: weights are integers, so the order of the two sums changes nothing.
        for ((mixed, above), below) in mixed.iter_mut().zip(line(above)).zip(line(below)) {
            *mixed = u32::from(*above) * (WHOLE - down) + u32::from(*below) * down;
        }
        for (channel, place) in planes.iter_mut().enumerate() {
            let plane = if input.bgr { 2 - channel } else { channel };
            *place = (plane * tall + corner[1] + row) * wide + corner[0];
        }
        let (colours, _) = mixed.as_chunks::<3>();
        for (column, &(left, right, aside)) in across.iter().enumerate() {
            let (Some(left), Some(right)) = (colours.get(left), colours.get(right)) else { continue };
            for channel in 0..3 {
                let sum = left[channel] * (WHOLE - aside) + right[channel] * aside;
                let byte = (sum + WHOLE * WHOLE / 2) / (WHOLE * WHOLE);
                if let Some(number) = data.get_mut(planes[channel] + column) {
                    *number = values[byte as usize & 255];
                }
            }
        }
    }
    let tensor = Tensor { name: String::new(), shape: vec![1, 3, tall, wide], data };
    Ok((tensor, Fit { scale, corner_px: corner.map(|side| side as f64) }))
}

/// For each of `to` pixels the two of `from` it lies between, and how far it is from the first, in parts of [`WHOLE`].
fn steps(from: usize, to: usize) -> Vec<(usize, usize, u32)> {
    let place = |pixel: usize| {
        let middle = (pixel as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let before = libm::floor(middle);
        if before < 0.0 {
            return (0, 0, 0);
        }
        let first = (before as usize).min(from - 1);
        (first, (first + 1).min(from - 1), libm::round((middle - before) * f64::from(WHOLE)) as u32)
    };
    (0..to).map(place).collect()
}
