//! The attachment `inputs`: everything that went into the stack, as one Protobuf message.
//!
//! ```text
//! Inputs  { repeated Input input = 1; repeated Delay inference = 2; repeated Found found = 3; }
//! Input   { uint64 at_ns = 1; uint32 turn = 2; oneof { uint64 tick = 3; Frame frame = 4; bytes bytes = 5; } }
//! Frame   { uint64 seq = 1, picture = 2, captured_ns = 3; uint32 width = 4, height = 5; repeated Box box = 6;
//!           double miss_probability = 7; }
//! Box     { uint32 target = 1; string label = 2; double x = 3, y = 4, w = 5, h = 6, visible = 7;
//!           double seen_x = 8, seen_y = 9, seen_w = 10, seen_h = 11; }
//! Delay   { uint64 from_ns = 1, added_ns = 2; }
//! Found   { uint64 seq = 1; repeated Thing thing = 2; }
//! Thing   { string label = 1; double confidence = 2, x = 3, y = 4, w = 5, h = 6; }
//! ```

use core::time::Duration;
use std::sync::Arc;

use prost::{Message, Oneof};
use tiltyard_visca::Datagram;
use tiltyard_visca::SimTime;

use super::error::ReadError;
use crate::rig::{self, Delivery};
use crate::stack::detect::Detection;
use crate::stack::frame::{self, Content, PixelBox, TruthBox};

/// More turns at one moment than any run has: a rig of no delay needs one for each answer.
const TURNS_MAX: u32 = 10_000;

#[derive(Clone, PartialEq, Message)]
struct Inputs {
    #[prost(message, repeated, tag = "1")]
    input: Vec<Input>,
    #[prost(message, repeated, tag = "2")]
    inference: Vec<Delay>,
    #[prost(message, repeated, tag = "3")]
    found: Vec<Found>,
}

#[derive(Clone, PartialEq, Message)]
struct Found {
    #[prost(uint64, tag = "1")]
    seq: u64,
    #[prost(message, repeated, tag = "2")]
    thing: Vec<Thing>,
}

#[derive(Clone, PartialEq, Message)]
struct Thing {
    #[prost(string, tag = "1")]
    label: String,
    #[prost(double, tag = "2")]
    confidence: f64,
    #[prost(double, tag = "3")]
    x: f64,
    #[prost(double, tag = "4")]
    y: f64,
    #[prost(double, tag = "5")]
    w: f64,
    #[prost(double, tag = "6")]
    h: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Input {
    #[prost(uint64, tag = "1")]
    at_ns: u64,
    #[prost(uint32, tag = "2")]
    turn: u32,
    #[prost(oneof = "What", tags = "3, 4, 5")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
enum What {
    #[prost(uint64, tag = "3")]
    Tick(u64),
    #[prost(message, tag = "4")]
    Frame(Frame),
    #[prost(bytes, tag = "5")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
struct Frame {
    #[prost(uint64, tag = "1")]
    seq: u64,
    #[prost(uint64, tag = "2")]
    picture: u64,
    #[prost(uint64, tag = "3")]
    captured_ns: u64,
    #[prost(uint32, tag = "4")]
    width: u32,
    #[prost(uint32, tag = "5")]
    height: u32,
    #[prost(message, repeated, tag = "6")]
    boxes: Vec<Box>,
    #[prost(double, tag = "7")]
    miss_probability: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Box {
    #[prost(uint32, tag = "1")]
    target: u32,
    #[prost(string, tag = "2")]
    label: String,
    #[prost(double, tag = "3")]
    x: f64,
    #[prost(double, tag = "4")]
    y: f64,
    #[prost(double, tag = "5")]
    w: f64,
    #[prost(double, tag = "6")]
    h: f64,
    #[prost(double, tag = "7")]
    visible: f64,
    #[prost(double, tag = "8")]
    seen_x: f64,
    #[prost(double, tag = "9")]
    seen_y: f64,
    #[prost(double, tag = "10")]
    seen_w: f64,
    #[prost(double, tag = "11")]
    seen_h: f64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Delay {
    #[prost(uint64, tag = "1")]
    from_ns: u64,
    #[prost(uint64, tag = "2")]
    added_ns: u64,
}

/// Inputs as bytes.
pub(super) fn encode(inputs: &rig::Inputs) -> Vec<u8> {
    let input = inputs.deliveries.iter().map(|input| {
        let what = match &input.delivery {
            Delivery::Tick { index, .. } => What::Tick(*index),
            Delivery::Frame(frame) => What::Frame(frame_out(frame)),
            Delivery::Bytes(bytes) => What::Bytes(bytes.as_bytes().to_vec()),
        };
        Input { at_ns: input.at.as_nanos(), turn: input.turn, what: Some(what) }
    });
    let inference = inputs
        .inference_delays
        .iter()
        .map(|(from, added)| Delay { from_ns: from.as_nanos(), added_ns: added.as_nanos() as u64 });
    let found = inputs.found.iter().map(|(seq, found)| {
        let thing = |found: &Detection| Thing {
            label: found.label.to_string(),
            confidence: found.confidence,
            x: found.bbox.x_px,
            y: found.bbox.y_px,
            w: found.bbox.w_px,
            h: found.bbox.h_px,
        };
        Found { seq: *seq, thing: found.iter().map(thing).collect() }
    });
    Inputs { input: input.collect(), inference: inference.collect(), found: found.collect() }.encode_to_vec()
}

/// Bytes as inputs.
pub(super) fn decode(bytes: &[u8]) -> Result<rig::Inputs, ReadError> {
    let inputs = Inputs::decode(bytes).map_err(|error| nonsense(error.to_string()))?;
    let deliveries: Vec<rig::Input> = inputs.input.into_iter().map(input_in).collect::<Result<_, _>>()?;
    if !deliveries.is_sorted_by_key(|input| (input.at, input.turn)) {
        return Err(nonsense("it is not in the order of time"));
    }
    let delay = |delay: Delay| (SimTime::from_nanos(delay.from_ns), Duration::from_nanos(delay.added_ns));
    let inference_delays: Vec<_> = inputs.inference.into_iter().map(delay).collect();
    if !inference_delays.is_sorted_by_key(|(from, _)| *from) {
        return Err(nonsense("its inference delays are not in the order of time"));
    }
    let found = inputs.found.into_iter().map(found_in).collect::<Result<_, _>>()?;
    Ok(rig::Inputs { deliveries, inference_delays, found })
}

fn frame_out(frame: &frame::Frame) -> Frame {
    let Content::Truth { boxes, miss_probability } = &frame.content;
    let boxes = boxes.iter().map(|truth| Box {
        target: truth.target,
        label: truth.label.to_string(),
        x: truth.bbox.x_px,
        y: truth.bbox.y_px,
        w: truth.bbox.w_px,
        h: truth.bbox.h_px,
        visible: truth.visible_fraction,
        seen_x: truth.visible.x_px,
        seen_y: truth.visible.y_px,
        seen_w: truth.visible.w_px,
        seen_h: truth.visible.h_px,
    });
    Frame {
        seq: frame.seq,
        picture: frame.picture,
        captured_ns: frame.captured_at.as_nanos(),
        width: frame.width_px,
        height: frame.height_px,
        boxes: boxes.collect(),
        miss_probability: *miss_probability,
    }
}

fn input_in(input: Input) -> Result<rig::Input, ReadError> {
    let at = SimTime::from_nanos(input.at_ns);
    if input.turn > TURNS_MAX {
        return Err(nonsense(format!("turn {} at {at} (expected at most {TURNS_MAX})", input.turn)));
    }
    let delivery = match input.what {
        Some(What::Tick(index)) => Delivery::Tick { index, at },
        Some(What::Frame(frame)) => Delivery::Frame(frame_in(frame, at)?),
        Some(What::Bytes(bytes)) => {
            Delivery::Bytes(Datagram::new(&bytes).map_err(|_| nonsense(format!("{} bytes at once", bytes.len())))?)
        }
        None => return Err(nonsense(format!("an input of no known kind at {at}"))),
    };
    Ok(rig::Input { at, turn: input.turn, delivery })
}

/// A frame arrives at the moment of its input.
fn frame_in(frame: Frame, arrived_at: SimTime) -> Result<frame::Frame, ReadError> {
    let finite = |truth: &Box| {
        let whole = [truth.x, truth.y, truth.w, truth.h, truth.visible];
        let seen = [truth.seen_x, truth.seen_y, truth.seen_w, truth.seen_h];
        whole.into_iter().chain(seen).all(f64::is_finite)
    };
    if !frame.boxes.iter().all(finite) || !(0.0..=1.0).contains(&frame.miss_probability) {
        return Err(nonsense(format!("frame {} holds numbers that no picture has", frame.seq)));
    }
    if frame.width == 0 || frame.height == 0 {
        return Err(nonsense(format!("frame {} has no size", frame.seq)));
    }
    let boxes = frame.boxes.into_iter().map(|truth| TruthBox {
        target: truth.target,
        label: Arc::from(truth.label),
        bbox: PixelBox { x_px: truth.x, y_px: truth.y, w_px: truth.w, h_px: truth.h },
        visible_fraction: truth.visible,
        visible: PixelBox { x_px: truth.seen_x, y_px: truth.seen_y, w_px: truth.seen_w, h_px: truth.seen_h },
    });
    Ok(frame::Frame {
        seq: frame.seq,
        picture: frame.picture,
        captured_at: SimTime::from_nanos(frame.captured_ns),
        arrived_at,
        width_px: frame.width,
        height_px: frame.height,
        content: Content::Truth { boxes: boxes.collect(), miss_probability: frame.miss_probability },
        pixels: None,
    })
}

fn found_in(found: Found) -> Result<(u64, Vec<Detection>), ReadError> {
    let thing = |thing: Thing| {
        let numbers = [thing.confidence, thing.x, thing.y, thing.w, thing.h];
        if !numbers.into_iter().all(f64::is_finite) {
            return Err(nonsense(format!("what was found in frame {} holds numbers that no box has", found.seq)));
        }
        let bbox = PixelBox { x_px: thing.x, y_px: thing.y, w_px: thing.w, h_px: thing.h };
        Ok(Detection { label: Arc::from(thing.label), confidence: thing.confidence, bbox })
    };
    Ok((found.seq, found.thing.into_iter().map(thing).collect::<Result<_, _>>()?))
}

fn nonsense(why: impl Into<String>) -> ReadError {
    ReadError::Nonsense { what: "attachment `inputs`", why: why.into() }
}
