//! Families of detectors, by what their outputs look like.

use serde::{Deserialize, Serialize};

use super::letterbox::{Input, Placement};

/// How a network's outputs are to be read, and what its input has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// YOLOX: one output \[1, N, 5 + classes\], grids of strides 8, 16, 32, a score of its own for "something is there"
    /// (Ge et al. 2021; Megvii's `demo_postprocess`).
    Yolox,
    /// `YOLOv8` and `YOLO11`: one output \[1, 4 + classes, N\], centre and size in pixels (Ultralytics' export).
    Yolov8,
    /// SSD and its kin: scores \[1, N, classes\] whose class 0 is the background, boxes \[1, N, 4\] as corners in
    /// units of the picture (Linzaer's `UltraFace`).
    Ssd,
    /// `YuNet`: cls, obj, bbox, kps at strides 8, 16, 32 (libfacedetection.train, 2023mar).
    YuNet,
}

/// A model that cannot be used as a detector here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Outputs of no known family.
    #[error(
        "its outputs are {found}, which is no layout that is known (expected [1, N, 5 + classes] for yolox, \
         [1, 4 + classes, N] for yolov8, scores and boxes for ssd, or yunet's twelve; `layout` names one)"
    )]
    Outputs {
        /// Names and shapes.
        found: String,
    },
    /// An input that is no picture.
    #[error("its input is {found} (expected f32 [1, 3, height, width])")]
    Input {
        /// Its shape.
        found: String,
    },
    /// An input of any size, and no size is given.
    #[error("its input may have any size ({found}): `size` has to say which, such as size = [640, 640]")]
    NoSize {
        /// Its shape.
        found: String,
    },
}

/// Strides of the grids of YOLOX and `YuNet` \[px\].
pub(super) const STRIDES: [u32; 3] = [8, 16, 32];

impl Layout {
    /// Told from names and shapes of the outputs.
    pub fn of(outputs: &[(String, Vec<Option<usize>>)]) -> Result<Self, LayoutError> {
        let unknown = || LayoutError::Outputs { found: told_all(outputs) };
        let named = |prefix: &str| outputs.iter().any(|(name, _)| name.starts_with(prefix));
        if outputs.len() == 12 && named("cls_8") && named("obj_8") && named("bbox_8") {
            return Ok(Self::YuNet);
        }
        let axes = |shape: &Vec<Option<usize>>| -> Option<[Option<usize>; 2]> {
            match shape.as_slice() {
                [_, rows, columns] => Some([*rows, *columns]),
                _ => None,
            }
        };
        match outputs {
            [(_, only)] => match axes(only).ok_or_else(unknown)? {
                // Thousands of places, tens of numbers each; the other way round in YOLOv8.
                [Some(rows), Some(columns)] if columns >= 6 && rows > columns => Ok(Self::Yolox),
                [Some(rows), Some(columns)] if rows >= 5 && columns > rows => Ok(Self::Yolov8),
                [None, Some(columns)] if columns >= 6 => Ok(Self::Yolox),
                [Some(rows), None] if rows >= 5 => Ok(Self::Yolov8),
                _ => Err(unknown()),
            },
            [(_, one), (_, other)] => match (axes(one), axes(other)) {
                (Some([_, Some(classes)]), Some([_, Some(4)])) | (Some([_, Some(4)]), Some([_, Some(classes)]))
                    if classes >= 2 =>
                {
                    Ok(Self::Ssd)
                }
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }

    /// What its input is made of.
    pub const fn input(self) -> Input {
        match self {
            Self::Yolox => Input { placement: Placement::TopLeft, pad: 114, bgr: true, mean: 0.0, scale: 1.0 },
            Self::Yolov8 => Input { placement: Placement::Middle, pad: 114, bgr: false, mean: 0.0, scale: 1.0 / 255.0 },
            Self::Ssd => Input { placement: Placement::Stretch, pad: 0, bgr: false, mean: 127.0, scale: 1.0 / 128.0 },
            Self::YuNet => Input { placement: Placement::TopLeft, pad: 0, bgr: true, mean: 0.0, scale: 1.0 },
        }
    }

    /// Least score and largest overlap, as their authors use them.
    pub const fn thresholds(self) -> (f64, f64) {
        match self {
            Self::Yolox => (0.3, 0.45),
            Self::Yolov8 => (0.25, 0.45),
            Self::Ssd => (0.7, 0.3),
            Self::YuNet => (0.6, 0.3),
        }
    }
}

/// Width and height of the input \[px\].
pub(super) fn input_size(shape: &[Option<usize>], wanted: Option<[u32; 2]>) -> Result<[u32; 2], LayoutError> {
    let found = || told(shape);
    let [batch, Some(3), height, width] = shape else { return Err(LayoutError::Input { found: found() }) };
    if batch.is_some_and(|batch| batch != 1) {
        return Err(LayoutError::Input { found: found() });
    }
    let side = |own: Option<usize>, wanted: Option<u32>| match own {
        Some(own) => {
            u32::try_from(own).ok().filter(|own| (1..=8192).contains(own)).ok_or(LayoutError::Input { found: found() })
        }
        None => wanted.ok_or(LayoutError::NoSize { found: found() }),
    };
    Ok([side(*width, wanted.map(|size| size[0]))?, side(*height, wanted.map(|size| size[1]))?])
}

fn told(shape: &[Option<usize>]) -> String {
    let axes = shape.iter().map(|axis| axis.map_or_else(|| "?".to_owned(), |axis| axis.to_string()));
    format!("[{}]", axes.collect::<Vec<_>>().join(", "))
}

fn told_all(outputs: &[(String, Vec<Option<usize>>)]) -> String {
    outputs.iter().map(|(name, shape)| format!("{name} {}", told(shape))).collect::<Vec<_>>().join(", ")
}
