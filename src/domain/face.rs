//! Where a face is in a frame. All coordinates are frame pixels, x to the right, y down.

/// A place in the frame, in pixels; (0, 0) is the outer corner of the top-left pixel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// An axis-aligned box in frame pixels. It may reach outside the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl BoundingBox {
    /// Area in square pixels; a box turned inside out has none.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// The middle of the box.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point {
            x: self.x + self.width / 2.0,
            y: self.y + self.height / 2.0,
        }
    }

    /// Intersection over union, 0 to 1.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let intersection = width.max(0.0) * height.max(0.0);
        intersection / (self.area() + other.area() - intersection).max(f32::EPSILON)
    }
}

/// The detector's six points. Right and left are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Landmarks {
    pub right_eye: Point,
    pub left_eye: Point,
    pub nose: Point,
    pub mouth: Point,
    pub right_ear: Point,
    pub left_ear: Point,
}

/// A detected face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    pub bounds: BoundingBox,
    pub landmarks: Landmarks,
    /// The detector's confidence, 0 to 1.
    pub confidence: f32,
}

impl Face {
    /// The face with every point moved by `place`, which keeps the directions of both axes.
    #[must_use]
    pub fn map(&self, place: impl Fn(Point) -> Point) -> Self {
        let (bounds, l) = (&self.bounds, &self.landmarks);
        let (x, y) = (bounds.x, bounds.y);
        let first = place(Point { x, y });
        let last = place(Point {
            x: x + bounds.width,
            y: y + bounds.height,
        });
        Self {
            bounds: BoundingBox {
                x: first.x,
                y: first.y,
                width: last.x - first.x,
                height: last.y - first.y,
            },
            landmarks: Landmarks {
                right_eye: place(l.right_eye),
                left_eye: place(l.left_eye),
                nose: place(l.nose),
                mouth: place(l.mouth),
                right_ear: place(l.right_ear),
                left_ear: place(l.left_ear),
            },
            confidence: self.confidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, side: f32) -> BoundingBox {
        BoundingBox {
            x,
            y: 0.0,
            width: side,
            height: side,
        }
    }

    #[test]
    fn iou_is_one_for_the_same_box_and_zero_apart() {
        assert!((square(3.0, 4.0).iou(&square(3.0, 4.0)) - 1.0).abs() < 1e-6);
        assert_eq!(square(0.0, 4.0).iou(&square(4.0, 4.0)), 0.0);
        assert!((square(0.0, 4.0).iou(&square(2.0, 4.0)) - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn empty_boxes_do_not_divide_by_zero() {
        assert_eq!(square(0.0, 0.0).iou(&square(0.0, 0.0)), 0.0);
    }
}
