//! Boxes whose sides are parallel to the axes.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

/// A box in the coordinates of any system, x before y. It is empty if `min` is greater than `max`
/// on one of the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bbox {
    /// The corner with the smallest coordinates, x then y.
    pub min: [f64; 2],
    /// The corner with the largest coordinates, x then y.
    pub max: [f64; 2],
}

impl Bbox {
    /// The box that contains no point.
    pub const EMPTY: Bbox = Bbox { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };

    /// Returns the box between two corners.
    pub fn new(min: [f64; 2], max: [f64; 2]) -> Bbox {
        Bbox { min, max }
    }

    /// Returns the smallest box that contains all of `points`; [`Bbox::EMPTY`] if there are none.
    ///
    /// ```
    /// use veedel::geo::Bbox;
    ///
    /// let bbox = Bbox::around(&[[6.9, 50.9], [7.1, 50.8]]);
    /// assert_eq!(bbox, Bbox::new([6.9, 50.8], [7.1, 50.9]));
    /// ```
    pub fn around<'a>(points: impl IntoIterator<Item = &'a [f64; 2]>) -> Bbox {
        let mut bbox = Bbox::EMPTY;
        for point in points {
            bbox.add(*point);
        }
        bbox
    }

    /// Extends the box so that it contains `point`.
    pub fn add(&mut self, point: [f64; 2]) {
        self.merge(Bbox::new(point, point));
    }

    /// Extends the box so that it contains `other`.
    pub fn merge(&mut self, other: Bbox) {
        self.min = [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])];
        self.max = [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])];
    }

    /// Returns whether the box contains no point.
    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0] || self.min[1] > self.max[1]
    }

    /// Returns whether the boxes have a point in common. Boxes that touch have one.
    pub fn intersects(&self, other: &Bbox) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.max[axis] && other.min[axis] <= self.max[axis])
    }

    /// Returns whether `point` is inside the box or on its border. A point with NaN is not.
    pub fn contains(&self, point: [f64; 2]) -> bool {
        (0..2).all(|axis| self.min[axis] <= point[axis] && point[axis] <= self.max[axis])
    }

    /// Returns the outline as a closed path with `steps` points on each side. The sides of a box
    /// become curves in another projection; the points between the corners follow these curves.
    ///
    /// ```
    /// use veedel::geo::Bbox;
    ///
    /// let outline = Bbox::new([0.0, 0.0], [4.0, 2.0]).outline(2);
    /// assert_eq!(outline.len(), 9);
    /// assert_eq!(outline[..3], [[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]);
    /// ```
    pub fn outline(&self, steps: usize) -> Vec<[f64; 2]> {
        let corners = [self.min, [self.max[0], self.min[1]], self.max, [self.min[0], self.max[1]], self.min];
        let mut path = Vec::with_capacity(4 * steps + 1);
        for side in corners.windows(2) {
            if let [from, to] = side {
                path.extend((0..steps).map(|step| {
                    let part = step as f64 / steps as f64;
                    [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part]
                }));
            }
        }
        path.push(self.min);
        path
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn touching_counts_and_emptiness_meets_nothing() {
        let bbox = Bbox::new([0.0, 0.0], [2.0, 1.0]);
        assert!(bbox.intersects(&Bbox::new([2.0, 1.0], [3.0, 3.0])));
        assert!(!bbox.intersects(&Bbox::new([2.0, 1.5], [3.0, 3.0])));
        assert!(bbox.contains([2.0, 0.0]) && !bbox.contains([f64::NAN, 0.0]));
        assert!(Bbox::EMPTY.is_empty() && !Bbox::EMPTY.intersects(&bbox));
        assert!(Bbox::around([]).is_empty());
    }

    #[test]
    fn an_outline_is_closed_and_runs_along_the_sides() {
        let outline = Bbox::new([0.0, 0.0], [4.0, 2.0]).outline(4);
        assert_eq!(outline.len(), 17);
        assert_eq!(outline.first(), outline.last());
        assert!(outline.iter().all(|[x, y]| *x == 0.0 || *x == 4.0 || *y == 0.0 || *y == 2.0));
        assert_eq!(Bbox::around(&outline), Bbox::new([0.0, 0.0], [4.0, 2.0]));
    }

    proptest! {
        #[test]
        fn the_box_around_points_holds_them(points in prop::collection::vec([-9.0..9.0f64, -9.0..9.0], 1..9)) {
            let bbox = Bbox::around(&points);
            prop_assert!(points.iter().all(|point| bbox.contains(*point)));
            let mut merged = Bbox::EMPTY;
            points.iter().for_each(|point| merged.merge(Bbox::new(*point, *point)));
            prop_assert_eq!(bbox, merged);
        }
    }
}
