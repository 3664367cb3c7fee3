//! What the stack saw, drawn into the picture: truth, detections, the chosen box and the centre.
//!
//! One message a decision, at the time of the decision; its own time stamp is the exposure, so that a viewer lays it
//! over the right picture.

use foxglove::messages::points_annotation::Type;
use foxglove::messages::{Color, ImageAnnotations, Point2, PointsAnnotation};

use super::error::WriteError;
use super::messages::{Messages, stamp};
use super::topic::Topic;
use crate::run::Recording;
use crate::run::recording::Look;
use crate::stack::frame::{Content, PixelBox};

/// Where a target really is.
const TRUTH: Color = Color { r: 0.2, g: 0.8, b: 0.3, a: 1.0 };
/// What the detector found.
const DETECTION: Color = Color { r: 1.0, g: 0.8, b: 0.1, a: 1.0 };
/// What is followed.
const CHOSEN: Color = Color { r: 0.95, g: 0.2, b: 0.2, a: 1.0 };
/// The optical axis.
const CENTRE: Color = Color { r: 1.0, g: 1.0, b: 1.0, a: 0.6 };
/// Half the length of a line of the centre cross, as a share of the picture's height.
const CROSS: f64 = 0.03;

/// Files a picture a decision.
pub(super) fn add(recording: &Recording, messages: &mut Messages) -> Result<(), WriteError> {
    recording.looks.iter().try_for_each(|look| messages.add(Topic::Picture, look.at, &annotations(look)))
}

fn annotations(look: &Look) -> ImageAnnotations {
    let Content::Truth { boxes, .. } = &look.frame.content;
    let truth = boxes.iter().map(|truth| outline(look, &truth.bbox, TRUTH, 1.0));
    let found = look.detections.iter().map(|found| outline(look, &found.bbox, DETECTION, 2.0));
    let chosen = look.chosen.iter().map(|chosen| outline(look, chosen, CHOSEN, 4.0));
    ImageAnnotations {
        timestamp: stamp(look.frame.captured_at),
        points: truth.chain(found).chain(chosen).chain([cross(look)]).collect(),
        ..ImageAnnotations::default()
    }
}

fn outline(look: &Look, bbox: &PixelBox, color: Color, thickness: f64) -> PointsAnnotation {
    let PixelBox { x_px, y_px, w_px, h_px } = *bbox;
    let corners = [(x_px, y_px), (x_px + w_px, y_px), (x_px + w_px, y_px + h_px), (x_px, y_px + h_px)];
    lines(look, Type::LineLoop, &corners, color, thickness)
}

fn cross(look: &Look) -> PointsAnnotation {
    let (width, height) = (f64::from(look.frame.width_px), f64::from(look.frame.height_px));
    let (x, y, half) = (width * 0.5, height * 0.5, height * CROSS);
    lines(look, Type::LineList, &[(x - half, y), (x + half, y), (x, y - half), (x, y + half)], CENTRE, 1.0)
}

fn lines(look: &Look, kind: Type, points: &[(f64, f64)], color: Color, thickness: f64) -> PointsAnnotation {
    PointsAnnotation {
        timestamp: stamp(look.frame.captured_at),
        r#type: kind.into(),
        points: points.iter().map(|&(x, y)| Point2 { x, y }).collect(),
        outline_color: Some(color),
        thickness,
        ..PointsAnnotation::default()
    }
}
