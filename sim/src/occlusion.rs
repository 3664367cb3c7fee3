//! What hides what: of each box in the picture the part that can be seen.
//!
//! Everything is an upright rectangle across the line of sight, as its box in the picture is. What is nearer hides what
//! is behind it; of two at one distance neither hides the other, and what has no distance is behind all that has one.
//!
//! - The *visible fraction* of a box is the share of its area that lies inside the picture and is covered by nothing:
//!   exact, for the union of what covers it is measured on the grid that all edges make.
//! - Its *visible part* is the smallest rectangle about that area. Of somebody half behind a wall it is the other half;
//!   of somebody behind a thin pole it is all of them, as a detector would draw it.
//!
//! Does not model: outlines. A person fills their box.

use tiltyard_visca::num::{clamp, max, min};

use crate::projection::{PixelBox, TruthBox};

/// Something in the picture that may hide others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cover {
    /// Its box; what of it lies outside the picture hides nothing.
    pub shape: PixelBox,
    /// Its distance \[m\].
    pub range_m: f64,
}

/// Left, upper, right and lower edge \[px\].
#[derive(Clone, Copy, Debug, PartialEq)]
struct Edges {
    left: f64,
    upper: f64,
    right: f64,
    lower: f64,
}

impl Edges {
    fn of(shape: &PixelBox) -> Self {
        Self {
            left: shape.x_px - shape.w_px / 2.0,
            upper: shape.y_px - shape.h_px / 2.0,
            right: shape.x_px + shape.w_px / 2.0,
            lower: shape.y_px + shape.h_px / 2.0,
        }
    }

    /// The common part, if it has an area.
    fn common(&self, other: &Self) -> Option<Self> {
        let (left, right) = (max(self.left, other.left), min(self.right, other.right));
        let (upper, lower) = (max(self.upper, other.upper), min(self.lower, other.lower));
        (left < right && upper < lower).then_some(Self { left, upper, right, lower })
    }

    fn area(&self) -> f64 {
        (self.right - self.left) * (self.lower - self.upper)
    }

    fn shape(&self) -> PixelBox {
        PixelBox {
            x_px: f64::midpoint(self.left, self.right),
            y_px: f64::midpoint(self.upper, self.lower),
            w_px: self.right - self.left,
            h_px: self.lower - self.upper,
        }
    }
}

/// The visible fraction and the visible part of a box at `range_m`, in a picture of this size, behind `covers`: those
/// that are not nearer hide nothing. Fraction 0 and a part without a size when nothing can be seen.
pub fn seen(shape: &PixelBox, range_m: f64, covers: &[Cover], width_px: u32, height_px: u32) -> (f64, PixelBox) {
    let picture = Edges { left: 0.0, upper: 0.0, right: f64::from(width_px), lower: f64::from(height_px) };
    let nothing = PixelBox { w_px: 0.0, h_px: 0.0, ..*shape };
    let Some(inside) = Edges::of(shape).common(&picture) else { return (0.0, nothing) };
    let whole = shape.visible_fraction(width_px, height_px);
    let nearer = covers.iter().filter(|cover| cover.range_m < range_m);
    let hidden: Vec<Edges> = nearer.filter_map(|cover| Edges::of(&cover.shape).common(&inside)).collect();
    if hidden.is_empty() {
        return (whole, inside.shape());
    }
    let Some((area, part)) = uncovered(&inside, &hidden) else { return (0.0, nothing) };
    (whole * clamp(area / inside.area(), 0.0, 1.0), part.shape())
}

/// Area and bounds of what is left of `whole` beside `hidden`, all of which lie inside it.
fn uncovered(whole: &Edges, hidden: &[Edges]) -> Option<(f64, Edges)> {
    let grid = |low: f64, high: f64, ends: &dyn Fn(&Edges) -> [f64; 2]| {
        let mut lines: Vec<f64> = hidden.iter().flat_map(ends).chain([low, high]).collect();
        lines.sort_by(f64::total_cmp);
        lines.dedup();
        lines
    };
    let columns = grid(whole.left, whole.right, &|edges| [edges.left, edges.right]);
    let rows = grid(whole.upper, whole.lower, &|edges| [edges.upper, edges.lower]);
    let (mut area, mut bounds) = (0.0, None::<Edges>);
    for (left, right) in columns.iter().zip(columns.iter().skip(1)) {
        for (upper, lower) in rows.iter().zip(rows.iter().skip(1)) {
            let cell = Edges { left: *left, upper: *upper, right: *right, lower: *lower };
            if hidden.iter().any(|edges| edges.common(&cell).is_some()) {
                continue;
            }
            area += cell.area();
            bounds = Some(bounds.map_or(cell, |bounds| Edges {
                left: min(bounds.left, cell.left),
                upper: min(bounds.upper, cell.upper),
                right: max(bounds.right, cell.right),
                lower: max(bounds.lower, cell.lower),
            }));
        }
    }
    bounds.map(|bounds| (area, bounds))
}

/// Takes from each box what the others and `covers` hide of it. `covers` is used up as scratch: it gets the boxes, too.
pub fn hide(boxes: &mut [TruthBox], covers: &mut Vec<Cover>, width_px: u32, height_px: u32) {
    if boxes.len() + covers.len() < 2 {
        return;
    }
    covers.extend(boxes.iter().map(|one| Cover { shape: one.shape(), range_m: one.range_m }));
    for one in boxes {
        (one.visible_fraction, one.visible) = seen(&one.shape(), one.range_m, covers, width_px, height_px);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(left: f64, upper: f64, w_px: f64, h_px: f64) -> PixelBox {
        PixelBox { x_px: left + w_px / 2.0, y_px: upper + h_px / 2.0, w_px, h_px }
    }

    fn cover(left: f64, upper: f64, w_px: f64, h_px: f64) -> Cover {
        Cover { shape: shape(left, upper, w_px, h_px), range_m: 5.0 }
    }

    /// Of a box of 100 × 200 at (300, 200), 10 m away.
    fn of_it(covers: &[Cover]) -> (f64, PixelBox) {
        seen(&shape(300.0, 200.0, 100.0, 200.0), 10.0, covers, 1280, 720)
    }

    #[test]
    fn a_wall_leaves_the_other_half() {
        let (fraction, part) = of_it(&[cover(250.0, 0.0, 100.0, 720.0)]);
        assert_eq!((fraction, part), (0.5, shape(350.0, 200.0, 50.0, 200.0)));
        let (fraction, part) = of_it(&[cover(0.0, 350.0, 1280.0, 300.0)]);
        assert_eq!((fraction, part), (0.75, shape(300.0, 200.0, 100.0, 150.0)), "a lectern hides the legs");
    }

    #[test]
    fn a_pole_leaves_the_box_and_takes_its_share() {
        let (fraction, part) = of_it(&[cover(340.0, 0.0, 20.0, 720.0)]);
        assert!((fraction - 0.8).abs() < 1e-12);
        assert_eq!(part, shape(300.0, 200.0, 100.0, 200.0));
    }

    #[test]
    fn what_covers_twice_counts_once() {
        // 60 wide over the left, 60 over the right: together all but nothing; 40 and 40 of the left: 60 of 100.
        assert_eq!(of_it(&[cover(280.0, 0.0, 80.0, 720.0), cover(340.0, 0.0, 80.0, 720.0)]).0, 0.0);
        let (fraction, part) = of_it(&[cover(280.0, 0.0, 60.0, 720.0), cover(300.0, 0.0, 60.0, 720.0)]);
        assert!((fraction - 0.4).abs() < 1e-12);
        assert_eq!(part, shape(360.0, 200.0, 40.0, 200.0));
        // A corner: 50 × 50 of 100 × 200 is an eighth, and the box stays.
        let (fraction, part) = of_it(&[cover(250.0, 150.0, 100.0, 100.0)]);
        assert!((fraction - 0.875).abs() < 1e-12);
        assert_eq!(part, shape(300.0, 200.0, 100.0, 200.0));
    }

    #[test]
    fn the_union_agrees_with_counting_pixels() {
        let covers = [
            cover(290.0, 190.0, 37.0, 91.0),
            cover(320.0, 250.0, 50.0, 60.0),
            cover(350.0, 240.0, 70.0, 33.0),
            cover(333.0, 300.0, 20.0, 200.0),
        ];
        let hidden = |x: f64, y: f64| {
            covers.iter().any(|cover| {
                let edges = Edges::of(&cover.shape);
                (edges.left..edges.right).contains(&x) && (edges.upper..edges.lower).contains(&y)
            })
        };
        let free = (0..100)
            .flat_map(|x| (0..200).map(move |y| (300.5 + f64::from(x), 200.5 + f64::from(y))))
            .filter(|(x, y)| !hidden(*x, *y))
            .count();
        assert!((of_it(&covers).0 - free as f64 / 20_000.0).abs() < 1e-12);
    }

    #[test]
    fn only_what_is_nearer_hides() {
        let wall = |range_m| Cover { range_m, ..cover(0.0, 0.0, 1280.0, 720.0) };
        assert_eq!(of_it(&[wall(10.0)]).0, 1.0, "at one distance");
        assert_eq!(of_it(&[wall(11.0)]).0, 1.0);
        assert_eq!(of_it(&[wall(9.9)]).0, 0.0);
        let far = |covers: &[Cover]| seen(&shape(300.0, 200.0, 100.0, 200.0), f64::INFINITY, covers, 1280, 720).0;
        assert_eq!((far(&[wall(1e6)]), far(&[wall(f64::INFINITY)])), (0.0, 1.0));
    }

    #[test]
    fn the_edge_of_the_picture_takes_its_share_first() {
        let leaving = shape(1230.0, 200.0, 100.0, 200.0);
        let (fraction, part) = seen(&leaving, 10.0, &[], 1280, 720);
        assert_eq!((fraction, part), (0.5, shape(1230.0, 200.0, 50.0, 200.0)));
        // Half of what is left is covered.
        let (fraction, part) = seen(&leaving, 10.0, &[cover(1255.0, 0.0, 100.0, 720.0)], 1280, 720);
        assert_eq!((fraction, part), (0.25, shape(1230.0, 200.0, 25.0, 200.0)));
        assert_eq!(seen(&shape(1300.0, 0.0, 10.0, 10.0), 10.0, &[], 1280, 720).0, 0.0);
    }
}
