//! The whole way with a network that was made up, and each decoder with numbers worked out by hand.

use super::*;
use crate::stack::frame::{Content, Pixels};
use tiltyard_visca::SimTime;

/// Answers with what it was given.
struct Fake {
    input: Vec<Option<usize>>,
    outputs: Vec<(String, Vec<Option<usize>>)>,
    answer: Result<Vec<Tensor>, String>,
}

impl Network for Fake {
    fn input_shape(&self) -> &[Option<usize>] {
        &self.input
    }

    fn outputs(&self) -> &[(String, Vec<Option<usize>>)] {
        &self.outputs
    }

    fn run(&mut self, input: Tensor) -> Result<Vec<Tensor>, String> {
        assert_eq!(input.shape.iter().product::<usize>(), input.data.len());
        self.answer.clone()
    }
}

fn tensor(name: &str, shape: &[usize], data: Vec<f32>) -> Tensor {
    assert_eq!(shape.iter().product::<usize>(), data.len());
    Tensor { name: name.to_owned(), shape: shape.to_vec(), data }
}

fn config() -> NetworkConfig {
    NetworkConfig {
        model: Some("x.onnx".to_owned()),
        layout: None,
        score_min: None,
        overlap_max: None,
        size_px: None,
        labels: vec![],
        only: vec![],
    }
}

fn pixels(width_px: u32, height_px: u32, of: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
    let rgb: Vec<u8> =
        (0..height_px).flat_map(|y| (0..width_px).map(move |x| (x, y))).flat_map(|(x, y)| of(x, y)).collect();
    Pixels { width_px, height_px, rgb: Arc::new(rgb) }
}

fn frame(pixels: Pixels) -> Frame {
    Frame {
        seq: 0,
        picture: 0,
        captured_at: SimTime::ZERO,
        arrived_at: SimTime::ZERO,
        width_px: pixels.width_px,
        height_px: pixels.height_px,
        content: Content::Truth { boxes: Arc::new([]), miss_probability: 0.0 },
        pixels: Some(pixels),
    }
}

/// An output of YOLOX for 64 × 64: 64 + 16 + 4 cells of 7 numbers, one of them sure of class 1.
fn yolox() -> Tensor {
    let mut data = vec![0.0; 84 * 7];
    // Cell 64 + 6: stride 16, row 1, column 2. Centre (2.5, 1.25) · 16 = (40, 20), size exp(ln 2) · 16 = 32 and 16.
    data[70 * 7..71 * 7].copy_from_slice(&[0.5, 0.25, core::f32::consts::LN_2, 0.0, 0.9, 0.1, 0.8]);
    tensor("output", &[1, 84, 7], data)
}

#[test]
fn yolox_is_cell_and_stride_and_exponent() {
    let (found, classes) = decode(Layout::Yolox, &[yolox()], [64, 64], 0.3).unwrap();
    assert_eq!(classes, 2);
    let [Candidate { class: 1, score, sides }] = found[..] else { panic!("{found:?}") };
    assert!((score - 0.72).abs() < 1e-6);
    assert!(sides.iter().zip([24.0, 12.0, 56.0, 28.0]).all(|(a, b)| (a - b).abs() < 1e-5), "{sides:?}");
    assert!(decode(Layout::Yolox, &[yolox()], [64, 64], 0.73).unwrap().0.is_empty());
}

#[test]
fn yolov8_is_a_column_each() {
    // Two places, three classes.
    let data = vec![
        10.0, 30.0, // x
        20.0, 40.0, // y
        4.0, 8.0, // w
        6.0, 10.0, // h
        0.1, 0.2, 0.2, 0.9, 0.3, 0.1,
    ];
    let (found, classes) = decode(Layout::Yolov8, &[tensor("output0", &[1, 7, 2], data)], [64, 64], 0.5).unwrap();
    assert_eq!((classes, found), (3, vec![Candidate { class: 1, score: 0.9, sides: [26.0, 35.0, 34.0, 45.0] }]));
}

#[test]
fn ssd_leaves_the_background_out_and_scales_corners_in_either_order() {
    let scores = tensor("scores", &[1, 2, 2], vec![0.9, 0.1, 0.2, 0.8]);
    let boxes = tensor("boxes", &[1, 2, 4], vec![0.0, 0.0, 1.0, 1.0, 0.25, 0.5, 0.5, 1.0]);
    let wanted = vec![Candidate { class: 0, score: 0.8, sides: [80.0, 120.0, 160.0, 240.0] }];
    for outputs in [[scores.clone(), boxes.clone()], [boxes, scores]] {
        assert_eq!(decode(Layout::Ssd, &outputs, [320, 240], 0.7).unwrap(), (wanted.clone(), 1));
    }
}

/// `YuNet`'s outputs for 32 × 32, all of it dark but cell 6 of stride 8: row 1, column 2.
fn yunet() -> Vec<Tensor> {
    let mut outputs = Vec::new();
    for (stride, count) in [(8, 16), (16, 4), (32, 1)] {
        for (part, width) in [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)] {
            let mut data = vec![0.0; count * width];
            if stride == 8 {
                match part {
                    "cls" => data[6] = 0.81,
                    "obj" => data[6] = 1.0,
                    "bbox" => data[24..28].copy_from_slice(&[0.5, 0.5, 0.0, core::f32::consts::LN_2]),
                    _ => {}
                }
            }
            outputs.push(tensor(&format!("{part}_{stride}"), &[1, count, width], data));
        }
    }
    outputs
}

#[test]
fn yunet_is_a_root_and_a_cell() {
    let (found, _) = decode(Layout::YuNet, &yunet(), [32, 32], 0.6).unwrap();
    let [Candidate { class: 0, score, sides }] = found[..] else { panic!("{found:?}") };
    assert!((score - 0.9).abs() < 1e-6);
    assert!(sides.iter().zip([16.0, 4.0, 24.0, 20.0]).all(|(a, b)| (a - b).abs() < 1e-5), "{sides:?}");
}

#[test]
fn what_does_not_fit_is_an_error_with_its_shape() {
    let told = |layout, outputs: &[Tensor], size_px| decode(layout, outputs, size_px, 0.3).unwrap_err().to_string();
    let wrong = told(Layout::Yolox, &[yolox()], [96, 96]);
    assert_eq!(wrong, "output output is [1, 84, 7], expected [1, 189, 5 + classes] for an input of 96 x 96");
    assert!(told(Layout::Yolov8, &[tensor("o", &[1, 4, 9], vec![0.0; 36])], [64, 64]).contains("[1, 4 + classes, N]"));
    assert!(told(Layout::Ssd, &[yolox()], [64, 64]).contains("scores [1, N, classes] and boxes [1, N, 4]"));
    assert!(told(Layout::YuNet, &yunet()[1..], [32, 32]).contains("output cls_8 is []"));
    assert!(told(Layout::YuNet, &yunet(), [64, 64]).contains("[1, 64, 1]"));
    let mut odd = yolox();
    odd.data.pop();
    assert!(decode(Layout::Yolox, &[odd], [64, 64], 0.3).is_err());
    assert!(decode(Layout::Yolox, &[], [64, 64], 0.3).is_err());
}

#[test]
fn numbers_that_are_none_find_nobody() {
    let mut sick = yolox();
    sick.data.iter_mut().for_each(|number| *number = f32::NAN);
    assert!(decode(Layout::Yolox, &[sick], [64, 64], 0.3).unwrap().0.is_empty());
    let mut huge = yolox();
    huge.data[70 * 7 + 2] = 1e9;
    assert!(decode(Layout::Yolox, &[huge], [64, 64], 0.3).unwrap().0.is_empty());
}

#[test]
fn the_layout_is_told_from_the_outputs() {
    let outputs = |shapes: &[(&str, &[usize])]| -> Vec<(String, Vec<Option<usize>>)> {
        let known = |shape: &[usize]| shape.iter().map(|axis| (*axis > 0).then_some(*axis)).collect();
        shapes.iter().map(|(name, shape)| ((*name).to_owned(), known(shape))).collect()
    };
    let of = |shapes: &[(&str, &[usize])]| Layout::of(&outputs(shapes));
    assert_eq!(of(&[("output", &[1, 3549, 85])]), Ok(Layout::Yolox));
    assert_eq!(of(&[("output", &[1, 756, 6])]), Ok(Layout::Yolox));
    assert_eq!(of(&[("output0", &[1, 84, 8400])]), Ok(Layout::Yolov8));
    assert_eq!(of(&[("output0", &[1, 5, 0])]), Ok(Layout::Yolov8));
    assert_eq!(of(&[("scores", &[1, 4420, 2]), ("boxes", &[1, 4420, 4])]), Ok(Layout::Ssd));
    let faces: Vec<(String, Vec<Option<usize>>)> =
        yunet().into_iter().map(|one| (one.name, one.shape.into_iter().map(Some).collect())).collect();
    assert_eq!(Layout::of(&faces), Ok(Layout::YuNet));
    let told = of(&[("heat", &[1, 1, 128, 128])]).unwrap_err().to_string();
    assert!(told.contains("heat [1, 1, 128, 128]") && told.contains("`layout` names one"), "{told}");
}

#[test]
fn of_two_that_overlap_the_surer_stays_and_classes_do_not_mix() {
    let one = |class, score, left: f32| Candidate { class, score, sides: [left, 0.0, left + 10.0, 10.0] };
    // 5 of 15 are a third; 8 of 12 two thirds.
    let mut all = vec![one(0, 0.5, 2.0), one(0, 0.9, 0.0), one(0, 0.6, 5.0), one(1, 0.4, 0.0)];
    suppress(&mut all, 0.45);
    assert_eq!(all, [one(0, 0.9, 0.0), one(0, 0.6, 5.0), one(1, 0.4, 0.0)]);
    suppress(&mut all, 0.3);
    assert_eq!(all, [one(0, 0.9, 0.0), one(1, 0.4, 0.0)]);
}

#[test]
fn a_picture_is_laid_where_the_layout_wants_it_and_boxes_come_back() {
    // 40 × 20 into 32 × 32: 32 × 16 of it.
    let picture = pixels(40, 20, |x, _| if x < 20 { [250, 10, 20] } else { [30, 40, 200] });
    for (layout, top, first) in [(Layout::Yolox, 0, 20.0), (Layout::Yolov8, 8, 250.0 / 255.0)] {
        let (tensor, fit) = letterbox(&picture, [32, 32], layout.input()).unwrap();
        assert_eq!(tensor.shape, [1, 3, 32, 32]);
        let at = |row: usize, column: usize| tensor.data[row * 32 + column];
        assert!((at(top, 0) - first).abs() < 1e-6, "{layout:?}: blue or red comes first");
        let pad = 114.0 * layout.input().scale;
        assert!((at(top + 16, 3) - pad).abs() < 1e-6, "{layout:?}");
        assert_eq!(fit.back([0.0, top as f64, 32.0, top as f64 + 16.0]), [0.0, 0.0, 40.0, 20.0]);
    }
    let (tensor, fit) = letterbox(&picture, [80, 80], Layout::Ssd.input()).unwrap();
    assert!((tensor.data[80 * 79] - 123.0 / 128.0).abs() < 1e-6, "stretched down to the last row");
    assert_eq!(fit.back([80.0, 80.0, 80.0, 80.0]), [40.0, 20.0, 40.0, 20.0]);
    let torn = Pixels { rgb: Arc::new(vec![0; 7]), ..picture };
    assert!(letterbox(&torn, [32, 32], Layout::Yolox.input()).unwrap_err().contains("expected 3 each"));
}

#[test]
fn resizing_is_between_the_middles_of_pixels() {
    // 4 → 2: middles of the new pixels lie between 0 and 1, and between 2 and 3.
    let picture = pixels(4, 4, |x, _| [[0, 100, 150, 250][x as usize]; 3]);
    let (tensor, _) = letterbox(&picture, [2, 2], Layout::Yolox.input()).unwrap();
    assert_eq!(tensor.data[..4], [50.0, 200.0, 50.0, 200.0]);
}

fn neural(answer: Result<Vec<Tensor>, String>, config: NetworkConfig) -> Neural {
    let outputs = vec![("output".to_owned(), vec![Some(1), Some(84), Some(7)])];
    let network = Fake { input: [1, 3, 64, 64].map(Some).to_vec(), outputs, answer };
    Neural::new(Box::new(network), config).unwrap()
}

#[test]
fn the_whole_way_gives_boxes_in_the_picture() {
    let picture = frame(pixels(128, 64, |_, _| [9; 3]));
    let mut found = Vec::new();
    neural(Ok(vec![yolox()]), config()).detect(&picture, &mut found);
    let [Detection { label, bbox, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(label.as_ref(), "class 1");
    let wanted = [48.0, 24.0, 64.0, 32.0];
    let off = [bbox.x_px, bbox.y_px, bbox.w_px, bbox.h_px].iter().zip(wanted).map(|(a, b)| (a - b).abs()).sum::<f64>();
    assert!(off < 1e-4, "twice as large as in the input: {bbox:?}");

    let named = NetworkConfig { labels: vec!["cat".into(), "dog".into()], ..config() };
    found.clear();
    neural(Ok(vec![yolox()]), named.clone()).detect(&picture, &mut found);
    assert_eq!(found[0].label.as_ref(), "dog");
    found.clear();
    neural(Ok(vec![yolox()]), NetworkConfig { only: vec!["cat".into()], ..named }).detect(&picture, &mut found);
    assert_eq!(found, []);
}

#[test]
fn a_network_that_fails_is_down_until_it_works_again() {
    let picture = frame(pixels(64, 64, |_, _| [9; 3]));
    let mut found = Vec::new();
    for (answer, said) in [
        (Err("INVALID_ARGUMENT".to_owned()), "INVALID_ARGUMENT"),
        (Ok(vec![tensor("output", &[1, 2, 7], vec![0.0; 14])]), "expected [1, 84, 5 + classes]"),
    ] {
        let mut detector = neural(answer, config());
        assert_eq!(detector.down(), None);
        detector.detect(&picture, &mut found);
        assert!(found.is_empty() && detector.down().unwrap().contains(said), "{:?}", detector.down());
        let mut other = neural(Ok(vec![yolox()]), config());
        other.restore(&detector.save().unwrap()).unwrap();
        assert_eq!(other.down(), detector.down());
        other.detect(&picture, &mut found);
        assert_eq!((found.len(), other.down()), (1, None));
        found.clear();
    }
}

#[test]
fn inputs_that_are_no_picture_are_refused() {
    let of = |input: &[usize], size_px| {
        let input = input.iter().map(|axis| (*axis > 0).then_some(*axis)).collect();
        let outputs = vec![("output".to_owned(), vec![Some(1), Some(84), Some(7)])];
        let network = Fake { input, outputs, answer: Ok(vec![]) };
        Neural::new(Box::new(network), NetworkConfig { size_px, ..config() }).err().map(|error| error.to_string())
    };
    assert_eq!(of(&[1, 3, 64, 64], None), None);
    assert_eq!(of(&[0, 3, 0, 0], Some([64, 64])), None);
    assert!(of(&[0, 3, 0, 0], None).unwrap().contains("`size` has to say which"));
    assert!(of(&[1, 1, 64, 64], None).unwrap().contains("[1, 1, 64, 64]"));
    assert!(of(&[1, 64, 64, 3], None).unwrap().contains("expected f32 [1, 3, height, width]"));
    assert!(of(&[8, 3, 64, 64], None).unwrap().contains("[8, 3, 64, 64]"));
}
