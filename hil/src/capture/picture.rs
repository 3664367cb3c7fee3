//! Pictures as OpenCV has them, and as everybody else here does: rows from the top, red first, 8 bits.

use opencv::core::{CV_8U, CV_16U, Mat, MatTraitConst, MatTraitConstManual, depth_to_string};
use opencv::imgproc::{COLOR_BGR2RGB, COLOR_BGRA2RGB, COLOR_GRAY2RGB, cvt_color_def};

use super::CaptureError;

/// One decoded picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RgbFrame {
    /// Width \[px\], odd or even.
    pub width_px: u32,
    /// Height \[px\], odd or even.
    pub height_px: u32,
    /// Rows from the top, three bytes a pixel, red first.
    pub rgb: Vec<u8>,
    /// Its number in the video, from 0.
    pub index: u64,
}

impl RgbFrame {
    /// From a picture as OpenCV captures it: BGR, BGRA or grey, 8 or 16 bits (of which the upper 8 are kept).
    pub fn of(captured: &Mat, index: u64) -> Result<Self, CaptureError> {
        let (channels, depth) = (captured.channels(), captured.depth());
        let wrong = || CaptureError::Form { channels, depth: depth_to_string(depth).unwrap_or_default() };
        let code = match channels {
            1 => COLOR_GRAY2RGB,
            3 => COLOR_BGR2RGB,
            4 => COLOR_BGRA2RGB,
            _ => return Err(wrong()),
        };
        if captured.rows() < 1 || captured.cols() < 1 {
            return Err(wrong());
        }
        let mut eight_bits = Mat::default();
        let captured = match depth {
            CV_8U => captured,
            CV_16U => {
                captured.convert_to(&mut eight_bits, CV_8U, 1.0 / 256.0, 0.0)?;
                &eight_bits
            }
            _ => return Err(wrong()),
        };
        // Made anew each time, so that its rows follow one another without padding, whatever the width.
        let mut rgb = Mat::default();
        cvt_color_def(captured, &mut rgb, code)?;
        Ok(Self {
            width_px: captured.cols().unsigned_abs(),
            height_px: captured.rows().unsigned_abs(),
            rgb: rgb.data_bytes()?.to_vec(),
            index,
        })
    }
}

#[cfg(test)]
mod tests {
    use opencv::core::{CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_32FC1, Rect, Scalar};

    use super::*;

    fn plain(rows: i32, cols: i32, kind: i32, value: [f64; 4]) -> Mat {
        Mat::new_rows_cols_with_default(rows, cols, kind, Scalar::from(value)).unwrap()
    }

    #[test]
    fn every_form_becomes_red_green_blue() {
        for (kind, value, wanted) in [
            (CV_8UC3, [10.0, 20.0, 30.0, 0.0], [30, 20, 10]),
            (CV_8UC4, [10.0, 20.0, 30.0, 99.0], [30, 20, 10]),
            (CV_8UC1, [77.0, 0.0, 0.0, 0.0], [77; 3]),
            (CV_16UC1, [25_600.0, 0.0, 0.0, 0.0], [100; 3]),
        ] {
            let frame = RgbFrame::of(&plain(3, 5, kind, value), 7).unwrap();
            assert_eq!((frame.width_px, frame.height_px, frame.index), (5, 3, 7));
            assert_eq!(frame.rgb, wanted.repeat(15));
        }
    }

    #[test]
    fn odd_sizes_and_cut_outs_have_no_padding() {
        let whole = plain(359, 641, CV_8UC3, [1.0, 2.0, 3.0, 0.0]);
        assert_eq!(RgbFrame::of(&whole, 0).unwrap().rgb.len(), 641 * 359 * 3);
        let part = Mat::roi(&whole, Rect::new(1, 1, 7, 5)).unwrap().try_clone().unwrap();
        assert_eq!(RgbFrame::of(&part, 0).unwrap().rgb, [3, 2, 1].repeat(35));
    }

    #[test]
    fn what_is_no_picture_is_told() {
        let told = RgbFrame::of(&plain(2, 2, CV_32FC1, [0.0; 4]), 0).unwrap_err().to_string();
        assert!(told.contains("1 channels, CV_32F (expected"), "{told}");
        assert!(RgbFrame::of(&Mat::default(), 0).is_err());
    }
}
