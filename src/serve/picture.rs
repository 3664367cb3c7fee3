//! What the camera sees, drawn: sky and ground, a grid of azimuth and elevation, the targets and what hides them.
//!
//! A true projection (`tiltyard_sim::projection`): a figure fills exactly the box that the truth tells, so that a
//! detector's box can be held against it. Everything that stands for an angle is an arc of the world and bends as in a
//! pinhole camera. Equal scenes give equal pixels on one machine.
//!
//! What is nearer is drawn over what is behind it, so the picture hides what the truth says is hidden.
//!
//! Does not draw: shadows, motion blur, noise, distortion. It is a test card, not a
//! photograph: a detector that was trained on people need not find them in it.

use tiltyard_sim::projection::{Bearing, PixelBox, Projector, View};
use tiltyard_visca::num::{max, min};
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, PathBuilder, Pixmap, Point, Rect, SpreadMode, Stroke,
    Transform,
};

/// A view and who is in it.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Where the camera looks.
    pub view: View,
    /// Everybody and everything, in view or not.
    pub figures: Vec<Figure>,
    /// When the picture was taken \[s\], written into its lower left corner: nobody moves in a quiet scene, and yet no
    /// two pictures of a real camera are equal. A frozen picture keeps its time.
    pub taken_s: Option<f64>,
}

/// Somebody or something to be drawn.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name, which decides the colour of a person.
    pub name: String,
    /// A target; otherwise something that only stands there.
    pub target: bool,
    /// Where the middle is.
    pub bearing: Bearing,
    /// Angular width \[deg\].
    pub width_deg: f64,
    /// Angular height \[deg\].
    pub height_deg: f64,
    /// Distance \[m\]: the far ones are drawn first.
    pub range_m: f64,
}

/// Distances of grid lines that are easy to read \[deg\].
const STEPS_DEG: [f64; 10] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0];
/// About so many grid lines across the picture.
const LINES_ACROSS: f64 = 8.0;
/// At most so many meridians, where they crowd towards a pole.
const MERIDIANS_MAX: f64 = 40.0;
/// Points along a grid line.
const SAMPLES: u32 = 32;
/// Points further outside of the picture than this many picture widths are not drawn to.
const FAR_OUTSIDE: f64 = 4.0;

/// Draws a scene; `None` when the picture has no pixels.
pub fn draw(scene: &Scene) -> Option<Pixmap> {
    let view = scene.view;
    let mut canvas =
        Canvas { pixels: Pixmap::new(view.width_px, view.height_px)?, projector: Projector::new(view), view };
    canvas.sky_and_ground();
    canvas.grid();
    let mut order: Vec<&Figure> = scene.figures.iter().collect();
    order.sort_by(|a, b| b.range_m.total_cmp(&a.range_m));
    for figure in order {
        if figure.target { canvas.person(figure) } else { canvas.block(figure) }
    }
    canvas.axis();
    if let Some(taken_s) = scene.taken_s {
        canvas.time(taken_s);
    }
    Some(canvas.pixels)
}

struct Canvas {
    pixels: Pixmap,
    projector: Projector,
    view: View,
}

impl Canvas {
    fn size(&self) -> (f32, f32) {
        (self.view.width_px as f32, self.view.height_px as f32)
    }

    /// Pixels per unit of the line widths below, which are meant for a picture 640 wide.
    fn scale(&self) -> f32 {
        self.view.width_px as f32 / 640.0
    }

    /// The horizon is level, because the camera does not roll: y = H/2 + f · tan(tilt).
    fn sky_and_ground(&mut self) {
        let (width, height) = self.size();
        let horizon = self.projector.pixel(Bearing { az_deg: self.view.pan_deg, el_deg: 0.0 });
        let level = match horizon {
            Some(pixel) => min(max(pixel.y_px, 0.0), f64::from(height)) as f32,
            // Behind the camera: it looks straight up or down.
            None if self.view.tilt_deg > 0.0 => height,
            None => 0.0,
        };
        self.band(0.0, level, width, [(86, 128, 176), (176, 203, 226)]);
        self.band(level, height, width, [(150, 146, 128), (94, 98, 84)]);
    }

    fn band(&mut self, top: f32, bottom: f32, width: f32, [from, to]: [(u8, u8, u8); 2]) {
        let Some(rect) = Rect::from_ltrb(0.0, top, width, bottom) else { return };
        let color = |(r, g, b)| Color::from_rgba8(r, g, b, 255);
        let stops = vec![GradientStop::new(0.0, color(from)), GradientStop::new(1.0, color(to))];
        let ends = (Point::from_xy(0.0, top), Point::from_xy(0.0, bottom));
        let gradient = LinearGradient::new(ends.0, ends.1, stops, SpreadMode::Pad, Transform::identity());
        let paint =
            Paint { shader: gradient.unwrap_or(tiny_skia::Shader::SolidColor(color(from))), ..Paint::default() };
        self.pixels.fill_rect(rect, &paint, Transform::identity(), None);
    }

    fn grid(&mut self) {
        let step_deg = step_of(min(self.view.hfov_deg / LINES_ACROSS, 15.0));
        // Half of the diagonal, and beyond it what the corners of a wide picture still see.
        let reach_deg = min(self.view.hfov_deg, 120.0) * 0.75;
        let (low, high) = (max(self.view.tilt_deg - reach_deg, -90.0), min(self.view.tilt_deg + reach_deg, 90.0));
        let steepest = libm::cos(min(max(libm::fabs(low), libm::fabs(high)), 90.0).to_radians());
        let around_deg = if steepest < 0.2 { 180.0 } else { min(reach_deg / steepest, 180.0) };
        let (left, right) = (self.view.pan_deg - around_deg, self.view.pan_deg + around_deg);
        let apart = self.view.hfov_deg / LINES_ACROSS / max(libm::cos(self.view.tilt_deg.to_radians()), 0.01);
        let turn_deg = step_of(max(apart, 2.0 * around_deg / MERIDIANS_MAX));
        for line in whole_steps(left, right, turn_deg) {
            let az_deg = line as f64 * turn_deg;
            self.line(line, |share| Bearing { az_deg, el_deg: low + (high - low) * share });
            self.label(az_deg, Bearing { az_deg, el_deg: 0.0 });
        }
        for line in whole_steps(low, high, step_deg) {
            let el_deg = line as f64 * step_deg;
            self.line(line, |share| Bearing { az_deg: left + (right - left) * share, el_deg });
            if line != 0 {
                let az_deg = libm::round(self.view.pan_deg / turn_deg) * turn_deg;
                self.label(el_deg, Bearing { az_deg, el_deg });
            }
        }
    }

    /// A grid line along an arc; every fifth is stronger, the zeroth the strongest.
    fn line(&mut self, number: i64, along: impl Fn(f64) -> Bearing) {
        let mut path = PathBuilder::new();
        let mut drawing = false;
        let far_px = FAR_OUTSIDE * f64::from(self.view.width_px);
        for sample in 0..=SAMPLES {
            let pixel = self.projector.pixel(along(f64::from(sample) / f64::from(SAMPLES)));
            match pixel.filter(|pixel| libm::fabs(pixel.x_px) < far_px && libm::fabs(pixel.y_px) < far_px) {
                Some(pixel) if drawing => path.line_to(pixel.x_px as f32, pixel.y_px as f32),
                Some(pixel) => {
                    path.move_to(pixel.x_px as f32, pixel.y_px as f32);
                    drawing = true;
                }
                None => drawing = false,
            }
        }
        let (alpha, width) = match number {
            0 => (150, 2.0),
            _ if number % 5 == 0 => (100, 1.2),
            _ => (55, 1.0),
        };
        self.stroke(path, Color::from_rgba8(24, 32, 40, alpha), width);
    }

    fn stroke(&mut self, path: PathBuilder, color: Color, width: f32) {
        let Some(path) = path.finish() else { return };
        let stroke = Stroke { width: width * self.scale(), ..Stroke::default() };
        self.pixels.stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
    }

    /// The number of a grid line beside one of its points.
    fn label(&mut self, angle_deg: f64, at: Bearing) {
        let Some(pixel) = self.projector.pixel(at) else { return };
        let (width, height) = self.size();
        let dot = max(f64::from(libm::roundf(2.0 * self.scale())), 1.0) as f32;
        let (x, y) = (pixel.x_px as f32 + 2.0 * dot, pixel.y_px as f32 + 2.0 * dot);
        if !(0.0..width).contains(&x) || !(0.0..height).contains(&y) {
            return;
        }
        self.text(&format!("{}", (angle_deg * 10.0).round() / 10.0), x, y, dot);
    }

    /// Seconds with three decimals, in the lower left corner.
    fn time(&mut self, taken_s: f64) {
        let dot = max(f64::from(libm::roundf(self.scale())), 1.0) as f32;
        let height = self.size().1;
        self.text(&format!("{taken_s:.3}"), 3.0 * dot, height - 8.0 * dot, dot);
    }

    /// Digits of three by five dots.
    fn text(&mut self, text: &str, mut x: f32, y: f32, dot: f32) {
        for rows in text.chars().map(glyph) {
            for (row, bits) in (0_u8..).zip(rows) {
                for column in (0..3_u8).filter(|column| bits & (4 >> column) != 0) {
                    let corner = (x + f32::from(column) * dot, y + f32::from(row) * dot);
                    let Some(rect) = Rect::from_xywh(corner.0, corner.1, dot, dot) else { continue };
                    let ink = paint(Color::from_rgba8(20, 26, 34, 190));
                    self.pixels.fill_rect(rect, &ink, Transform::identity(), None);
                }
            }
            x += 4.0 * dot;
        }
    }

    /// Left and upper edge, width and height of a figure's box, if it is large enough and near the picture \[px\].
    fn box_of(&self, figure: &Figure) -> Option<[f32; 4]> {
        self.near(self.projector.pixel_box(figure.bearing, figure.width_deg, figure.height_deg)?)
    }

    /// The same of a box.
    fn near(&self, shape: PixelBox) -> Option<[f32; 4]> {
        let (w, h) = (shape.w_px as f32, shape.h_px as f32);
        let (left, top) = ((shape.x_px - shape.w_px / 2.0) as f32, (shape.y_px - shape.h_px / 2.0) as f32);
        let outside = left > self.size().0 || top > self.size().1 || left + w < 0.0 || top + h < 0.0;
        (w >= 0.5 && h >= 0.5 && !outside).then_some([left, top, w, h])
    }

    /// Something that stands there: its box, in stone.
    fn block(&mut self, figure: &Figure) {
        let shape = self.projector.picture_box(figure.bearing, figure.width_deg, figure.height_deg);
        let near = shape.and_then(|shape| self.near(shape));
        let rect = near.and_then(|[left, top, w, h]| Rect::from_xywh(left, top, w, h));
        let Some(rect) = rect else { return };
        self.pixels.fill_rect(rect, &paint(Color::from_rgba8(126, 128, 132, 255)), Transform::identity(), None);
    }

    /// Head and body, which together fill the box of the truth.
    fn person(&mut self, figure: &Figure) {
        let Some([left, top, w, h]) = self.box_of(figure) else { return };
        let [red, green, blue] = color_of(&figure.name);
        let (coat, skin) = (Color::from_rgba8(red, green, blue, 255), Color::from_rgba8(238, 205, 178, 255));
        let head_h = h * 0.2;
        let head_w = if w * 0.6 < head_h { w * 0.6 } else { head_h };
        let mut head = PathBuilder::new();
        if let Some(oval) = Rect::from_xywh(left + (w - head_w) / 2.0, top, head_w, head_h) {
            head.push_oval(oval);
        }
        let (right, shoulder, foot) = (left + w, top + head_h, top + h);
        let corner = if w < h - head_h { w * 0.3 } else { (h - head_h) * 0.3 };
        let mut body = PathBuilder::new();
        body.move_to(left, foot);
        body.line_to(left, shoulder + corner);
        body.quad_to(left, shoulder, left + corner, shoulder);
        body.line_to(right - corner, shoulder);
        body.quad_to(right, shoulder, right, shoulder + corner);
        body.line_to(right, foot);
        body.close();
        for (path, color) in [(body, coat), (head, skin)] {
            if let Some(path) = path.finish() {
                self.pixels.fill_path(&path, &paint(color), FillRule::Winding, Transform::identity(), None);
            }
        }
    }

    /// A small cross on the optical axis.
    fn axis(&mut self) {
        let (x, y) = (self.size().0 / 2.0, self.size().1 / 2.0);
        let (near, far) = (3.0 * self.scale(), 9.0 * self.scale());
        let mut path = PathBuilder::new();
        for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            path.move_to(x + dx * near, y + dy * near);
            path.line_to(x + dx * far, y + dy * far);
        }
        self.stroke(path, Color::from_rgba8(255, 255, 255, 230), 1.5);
    }
}

/// The step that is easy to read, from this on.
fn step_of(wanted_deg: f64) -> f64 {
    STEPS_DEG.into_iter().find(|step| *step >= wanted_deg).unwrap_or(45.0)
}

/// The whole multiples of `step` from `low` to `high`.
fn whole_steps(low: f64, high: f64, step: f64) -> core::ops::RangeInclusive<i64> {
    libm::ceil(low / step) as i64..=libm::floor(high / step) as i64
}

fn paint(color: Color) -> Paint<'static> {
    Paint { shader: tiny_skia::Shader::SolidColor(color), anti_alias: true, ..Paint::default() }
}

/// A colour that a name keeps: one of twelve hues that stand out from sky and ground.
fn color_of(name: &str) -> [u8; 3] {
    const HUES: [[u8; 3]; 12] = [
        [200, 48, 44],
        [32, 98, 66],
        [116, 44, 132],
        [214, 122, 22],
        [24, 62, 138],
        [150, 24, 82],
        [16, 104, 116],
        [122, 62, 20],
        [226, 176, 20],
        [60, 60, 68],
        [214, 84, 132],
        [86, 116, 20],
    ];
    let hash = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
    HUES.get((hash % HUES.len() as u64) as usize).copied().unwrap_or([60, 60, 68])
}

/// Three columns and five rows of a character of a number, a row in three bits.
fn glyph(character: char) -> [u8; 5] {
    match character {
        '0' => [7, 5, 5, 5, 7],
        '1' => [2, 6, 2, 2, 7],
        '2' => [7, 1, 7, 4, 7],
        '3' => [7, 1, 3, 1, 7],
        '4' => [5, 5, 7, 1, 1],
        '5' => [7, 4, 7, 1, 7],
        '6' => [7, 4, 7, 5, 7],
        '7' => [7, 1, 1, 2, 2],
        '8' => [7, 5, 7, 5, 7],
        '9' => [7, 5, 7, 1, 7],
        '-' => [0, 0, 7, 0, 0],
        '.' => [0, 0, 0, 0, 2],
        _ => [0; 5],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(pan_deg: f64, tilt_deg: f64, hfov_deg: f64) -> View {
        View { pan_deg, tilt_deg, hfov_deg, width_px: 640, height_px: 360 }
    }

    fn scene(view: View) -> Scene {
        let bearing = Bearing { az_deg: 10.0, el_deg: -2.0 };
        let (width_deg, height_deg, range_m) = (3.0, 9.0, 10.0);
        Scene {
            view,
            taken_s: None,
            figures: vec![Figure { name: "speaker".into(), target: true, bearing, width_deg, height_deg, range_m }],
        }
    }

    fn pixel(pixels: &Pixmap, x: f64, y: f64) -> [u8; 3] {
        let pixel = pixels.pixel(x as u32, y as u32).unwrap();
        [pixel.red(), pixel.green(), pixel.blue()]
    }

    #[test]
    fn the_time_tells_two_pictures_of_a_quiet_scene_apart() {
        let at = |taken_s| draw(&Scene { taken_s, ..scene(view(0.0, 0.0, 60.0)) }).unwrap().data().to_vec();
        assert_ne!(at(Some(1.0)), at(Some(1.033)));
        assert_eq!(at(Some(1.0)), at(Some(1.0)));
    }

    #[test]
    fn a_figure_fills_the_box_of_the_truth_and_no_more() {
        for (pan_deg, tilt_deg, hfov_deg) in [(0.0, 0.0, 60.0), (12.0, -2.0, 30.0), (4.0, -6.0, 60.0)] {
            let scene = scene(view(pan_deg, tilt_deg, hfov_deg));
            let pixels = draw(&scene).unwrap();
            let coat = color_of("speaker");
            let shape = Projector::new(scene.view).pixel_box(scene.figures[0].bearing, 3.0, 9.0).unwrap();
            let (left, right) = (shape.x_px - shape.w_px / 2.0, shape.x_px + shape.w_px / 2.0);
            let foot = shape.y_px + shape.h_px / 2.0;
            assert_eq!(pixel(&pixels, left + 2.0, shape.y_px + 4.0), coat);
            assert_eq!(pixel(&pixels, right - 2.0, foot - 2.0), coat);
            assert_ne!(pixel(&pixels, left - 2.0, foot - 2.0), coat);
            assert_ne!(pixel(&pixels, right + 2.0, foot - 2.0), coat);
            assert_ne!(pixel(&pixels, shape.x_px, foot + 2.0), coat);
        }
    }

    #[test]
    fn a_pillar_hides_who_is_behind_it_and_nobody_else() {
        let mut scene = scene(view(10.0, -2.0, 60.0));
        let speaker = scene.figures[0].clone();
        scene.figures.push(Figure {
            name: "pillar".into(),
            target: false,
            width_deg: 1.0,
            height_deg: 30.0,
            ..speaker
        });
        let middle = |scene: &Scene| pixel(&draw(scene).unwrap(), 320.0, 200.0);
        for (range_m, hidden) in [(9.0, true), (11.0, false)] {
            scene.figures[1].range_m = range_m;
            assert_eq!(middle(&scene) != color_of("speaker"), hidden, "at {range_m} m");
        }
        scene.figures[1].range_m = 9.0;
        // Beside the pillar, 0.5° of 1.5° to the right, the speaker is seen.
        let shape = Projector::new(scene.view).pixel_box(scene.figures[0].bearing, 2.0, 1.0).unwrap();
        assert_eq!(pixel(&draw(&scene).unwrap(), shape.x_px + shape.w_px / 2.0, 200.0), color_of("speaker"));
    }

    #[test]
    fn the_horizon_is_where_the_projection_puts_it() {
        for tilt_deg in [-8.0, 0.0, 8.0] {
            let view = view(3.3, tilt_deg, 60.0);
            let pixels = draw(&Scene { view, figures: Vec::new(), taken_s: None }).unwrap();
            let level = Projector::new(view).pixel(Bearing { az_deg: 3.3, el_deg: 0.0 }).unwrap().y_px;
            let blue_over_red = |y: f64| {
                let [red, _, blue] = pixel(&pixels, 20.0, y);
                i32::from(blue) - i32::from(red)
            };
            assert!(blue_over_red(level - 6.0) > 20, "sky above, tilt {tilt_deg}");
            assert!(blue_over_red(level + 6.0) < 0, "ground below, tilt {tilt_deg}");
        }
    }

    #[test]
    fn equal_scenes_are_equal_pictures_and_a_turn_shows() {
        let drawn = |pan_deg| draw(&scene(view(pan_deg, 0.0, 60.0))).unwrap();
        assert_eq!(drawn(0.0).data(), drawn(0.0).data());
        assert_ne!(drawn(0.0).data(), drawn(0.5).data());
    }

    #[test]
    fn every_view_can_be_drawn() {
        for pan_deg in [-180.0, -90.0, 0.0, 170.0] {
            for tilt_deg in [-90.0, -30.0, 0.0, 45.0, 89.9, 90.0] {
                for hfov_deg in [0.5, 3.0, 60.0, 120.0, 170.0] {
                    assert!(draw(&scene(view(pan_deg, tilt_deg, hfov_deg))).is_some());
                }
            }
        }
        assert!(
            draw(&Scene { view: View { width_px: 0, ..view(0.0, 0.0, 60.0) }, figures: Vec::new(), taken_s: None })
                .is_none()
        );
    }
}
