//! From a picture to what a detector gets to see.
//!
//! Pixels are not looked at yet. What there is instead is honest about it: the virtual camera sends the truth along
//! with each picture (`X-Boxes`, docs/virtual-camera.md), and the geometric detector makes it as bad as a real
//! detector's. A detector on pixels becomes another [`Eye`], which puts the decoded picture into the frame.

use std::sync::Arc;

use serde::Deserialize;

use super::video::Picture;
use crate::stack::frame::{Content, PixelBox, TruthBox};

/// What looks at pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    /// The truth that comes along.
    Truth,
}

/// A picture that cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// No truth comes along.
    #[error("the video says nothing of what is in it: the detector `truth` needs the video of `tiltyard camera`")]
    None,
    /// Not in the form of the virtual camera.
    #[error("the header X-Boxes of the video: {0}")]
    Form(String),
}

#[derive(Deserialize)]
struct BoxInPicture {
    target: u32,
    label: String,
    r#box: [f64; 4],
    visible: [f64; 4],
    visible_fraction: f64,
}

impl Eye {
    /// The content of a picture.
    pub fn look(self, picture: &Picture) -> Result<Content, BoxError> {
        match self {
            Self::Truth => {
                let text = picture.boxes.as_deref().ok_or(BoxError::None)?;
                let told: Vec<BoxInPicture> =
                    serde_json::from_str(text).map_err(|error| BoxError::Form(error.to_string()))?;
                let corner = |[x_px, y_px, w_px, h_px]: [f64; 4]| PixelBox { x_px, y_px, w_px, h_px };
                let boxes = told.into_iter().map(|told| TruthBox {
                    target: told.target,
                    label: Arc::from(told.label),
                    bbox: corner(told.r#box),
                    visible_fraction: told.visible_fraction,
                    visible: corner(told.visible),
                });
                Ok(Content::Truth { boxes: boxes.collect(), miss_probability: 0.0 })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_come_as_the_virtual_camera_tells_them() {
        let told =
            r#"[{"target":1,"label":"person","box":[1.0,2.0,3.0,4.5],"visible":[1,2,3,4],"visible_fraction":0.9}]"#;
        let picture = Picture { boxes: Some(told.to_owned()), ..Picture::default() };
        let Content::Truth { boxes, .. } = Eye::Truth.look(&picture).unwrap();
        assert_eq!((boxes[0].target, boxes[0].bbox.h_px, boxes[0].visible_fraction), (1, 4.5, 0.9));
        assert_eq!(Eye::Truth.look(&Picture::default()), Err(BoxError::None));
        let torn = Picture { boxes: Some("[{".to_owned()), ..Picture::default() };
        assert!(matches!(Eye::Truth.look(&torn), Err(BoxError::Form(_))));
    }
}
