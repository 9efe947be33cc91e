//! Rigid-plane motion: a picture's points stay within a homography, a head's don't.

use crate::domain::FaceMesh;

/// How far the points of a face move off the plane that explains its motion best: the root mean square
/// distance between where a homography takes the points of `from` and where they are in `to`, over the
/// size of the face in `to`.
///
/// Two views of a flat picture, however it is held, are a homography apart (Hartley and Zisserman,
/// "Multiple View Geometry", 2004, 13.1), so what is left for them is the landmarks' noise. Two views of
/// a head leave its depth times the sine of the turn between them. `None` if no homography can be fitted.
#[must_use]
pub fn parallax(from: &FaceMesh, to: &FaceMesh) -> Option<f32> {
    let (source, _) = normalised(from)?;
    let (target, scale) = normalised(to)?;
    let homography = Homography::fit(&source, &target)?;
    let squares: f64 = source
        .iter()
        .zip(&target)
        .map(|(&s, &t)| {
            let (x, y) = homography.apply(s);
            (x - t.0).powi(2) + (y - t.1).powi(2)
        })
        .sum();
    let miss = (squares / source.len() as f64).sqrt() * scale / f64::from(to.size());
    miss.is_finite().then_some(miss as f32)
}

/// The points about their mean, at a mean square distance of 1 from it; and the distance that was.
fn normalised(mesh: &FaceMesh) -> Option<(Vec<(f64, f64)>, f64)> {
    let points: Vec<(f64, f64)> = mesh
        .seen()
        .map(|p| (f64::from(p.x), f64::from(p.y)))
        .collect();
    let count = points.len() as f64;
    let sum = points
        .iter()
        .fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
    let mean = (sum.0 / count, sum.1 / count);
    let squares: f64 = points
        .iter()
        .map(|p| (p.0 - mean.0).powi(2) + (p.1 - mean.1).powi(2))
        .sum();
    let scale = (squares / count).sqrt();
    if !(scale.is_finite() && scale > 1e-6) {
        return None;
    }
    let about_mean = points
        .iter()
        .map(|p| ((p.0 - mean.0) / scale, (p.1 - mean.1) / scale));
    Some((about_mean.collect(), scale))
}

/// `(x, y) -> (h0 x + h1 y + h2, h3 x + h4 y + h5) / (h6 x + h7 y + 1)`.
struct Homography([f64; 8]);

impl Homography {
    /// The least algebraic error (the direct linear transform) between normalised points.
    fn fit(source: &[(f64, f64)], target: &[(f64, f64)]) -> Option<Self> {
        // The normal equations of two rows a point, with their right side in the last column.
        let mut system = [[0.0; 9]; 8];
        let mut add = |row: [f64; 8], value: f64| {
            for (equation, factor) in system.iter_mut().zip(row) {
                for (sum, other) in equation.iter_mut().zip(row) {
                    *sum += factor * other;
                }
                equation[8] += factor * value;
            }
        };
        for (&(x, y), &(u, v)) in source.iter().zip(target) {
            add([x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u], u);
            add([0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v], v);
        }
        solve(system).map(Self)
    }

    fn apply(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let h = &self.0;
        let w = h[6] * x + h[7] * y + 1.0;
        (
            (h[0] * x + h[1] * y + h[2]) / w,
            (h[3] * x + h[4] * y + h[5]) / w,
        )
    }
}

/// Solves eight equations by elimination with pivots; `None` if they are not independent.
fn solve(mut system: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8)
            .max_by(|&a, &b| system[a][column].abs().total_cmp(&system[b][column].abs()))?;
        system.swap(column, pivot);
        let leading = system[column];
        if leading[column].abs() < 1e-9 {
            return None;
        }
        for (row, equation) in system.iter_mut().enumerate() {
            if row != column {
                let factor = equation[column] / leading[column];
                for (value, lead) in equation.iter_mut().zip(leading) {
                    *value -= factor * lead;
                }
            }
        }
    }
    Some(std::array::from_fn(|i| system[i][8] / system[i][i]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::MeshPoint;
    use crate::domain::face_mesh::model::Head;

    /// The frontal face printed on a sheet that is turned, moved and looked at from near.
    fn sheet(yaw: f32, pitch: f32, distance: f32, moved: f32) -> FaceMesh {
        let (sin_yaw, cos_yaw) = yaw.to_radians().sin_cos();
        let (sin_pitch, cos_pitch) = pitch.to_radians().sin_cos();
        let frontal = Head::default().mesh();
        let points = frontal.seen().map(|p| {
            let (x, y) = (p.x - 320.0, p.y - 240.0);
            let (x, z) = (x * cos_yaw, x * sin_yaw);
            let (y, z) = (y * cos_pitch - z * sin_pitch, z * cos_pitch + y * sin_pitch);
            let near = distance / (distance + z);
            MeshPoint {
                x: 320.0 + moved + x * near,
                y: 240.0 - moved + y * near,
                z,
            }
        });
        FaceMesh::new(points.collect(), 1.0).unwrap()
    }

    #[test]
    fn a_head_that_turns_leaves_the_plane() {
        let ahead = Head::default().mesh();
        for (yaw, pitch) in [(20.0, 0.0), (-20.0, 0.0), (0.0, 15.0)] {
            let head = Head {
                yaw,
                pitch,
                ..Head::default()
            };
            let off = parallax(&ahead, &head.mesh()).unwrap();
            assert!(off > 0.02, "{yaw} {pitch}: {off}");
        }
    }

    #[test]
    fn points_that_fall_together_have_no_homography() {
        let point = vec![MeshPoint::default(); FaceMesh::POINTS];
        let point = FaceMesh::new(point, 1.0).unwrap();
        assert_eq!(parallax(&point, &Head::default().mesh()), None);
        assert_eq!(parallax(&Head::default().mesh(), &point), None);
    }

    proptest! {
        #[test]
        fn a_sheet_never_leaves_its_plane(
            yaw in -50.0f32..50.0, pitch in -50.0f32..50.0, distance in 300.0f32..3000.0,
            moved in -100.0f32..100.0,
        ) {
            let off = parallax(&Head::default().mesh(), &sheet(yaw, pitch, distance, moved)).unwrap();
            prop_assert!(off < 1e-3, "{off}");
        }
    }
}
