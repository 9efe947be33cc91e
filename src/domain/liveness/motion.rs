//! How the points of a face move: as a sheet, as a photograph, or as a living face.

use std::time::Duration;

use crate::domain::{FaceMesh, MeshPoint};

use super::parallax;

/// Turn between two frames, in degrees, from which a head must show its depth.
const TURN: f32 = 12.0;
/// The same as change of the face's width over its height: a sheet that is turned gets narrow.
const NARROWED: f32 = 0.12;
/// Below the first, two turned views are a sheet's; above the second, a head's.
const FLAT: (f32, f32) = (0.015, 0.03);
/// A living face is watched for so long before its stillness tells something.
const WATCHED: Duration = Duration::from_millis(2_500);
/// Movement of the points apart from the motion of a plane, below which nothing moved in the face.
const LIFELESS: f32 = 0.006;
/// Change in the opening of the eyes, below which nobody blinked.
const NO_BLINK: f32 = 0.04;

/// 0 to 1 by how much a face that was turned moved as a flat picture does.
pub(super) fn flat_motion(meshes: &[(Duration, &FaceMesh)]) -> f32 {
    let Some(&(_, first)) = meshes.first() else {
        return 0.0;
    };
    // The view that is turned most from the first one, and the one from that: two views far apart.
    let Some(&(_, other)) = meshes
        .iter()
        .max_by(|a, b| turn(first, a.1).total_cmp(&turn(first, b.1)))
    else {
        return 0.0;
    };
    let Some(&(_, opposite)) = meshes
        .iter()
        .max_by(|a, b| turn(other, a.1).total_cmp(&turn(other, b.1)))
    else {
        return 0.0;
    };
    if turn(other, opposite) < 1.0 {
        return 0.0;
    }
    let (low, high) = FLAT;
    parallax(opposite, other).map_or(0.0, |p| ((high - p) / (high - low)).clamp(0.0, 1.0))
}

/// How far two views are turned from each other; 1 is enough to tell.
fn turn(a: &FaceMesh, b: &FaceMesh) -> f32 {
    let (from, to) = (a.pose(), b.pose());
    let angle = (from.yaw - to.yaw).abs().max((from.pitch - to.pitch).abs());
    let narrowed = (shape(a).ln() - shape(b).ln()).abs();
    let extent = (angle / TURN).max(narrowed / NARROWED);
    if extent.is_finite() { extent } else { 0.0 }
}

/// Width over height of the points, as spreads along the picture's axes.
fn shape(mesh: &FaceMesh) -> f32 {
    let spread = |axis: fn(&MeshPoint) -> f32| {
        let count = mesh.points().len() as f32;
        let mean = mesh.points().iter().map(axis).sum::<f32>() / count;
        let squares = mesh.points().iter().map(|p| (axis(p) - mean).powi(2));
        (squares.sum::<f32>() / count).sqrt()
    };
    spread(|p| p.x) / spread(|p| p.y)
}

/// 1 if in all the time neither the eyes nor anything else in the face moved.
pub(super) fn lifeless(meshes: &[(Duration, &FaceMesh)]) -> f32 {
    let (Some(&(start, first)), Some(&(end, _))) = (meshes.first(), meshes.last()) else {
        return 0.0;
    };
    if end.saturating_sub(start) < WATCHED {
        return 0.0;
    }
    let eyes = meshes.iter().map(|(_, mesh)| mesh.eyes().mean());
    let (least, most) = eyes.fold((f32::MAX, f32::MIN), |(least, most), opening| {
        (least.min(opening), most.max(opening))
    });
    let moved = meshes
        .iter()
        .filter_map(|(_, mesh)| parallax(first, mesh))
        .fold(0.0, f32::max);
    f32::from(u8::from(most - least < NO_BLINK && moved < LIFELESS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face_mesh::model::Head;

    fn timed(meshes: &[FaceMesh]) -> Vec<(Duration, &FaceMesh)> {
        meshes
            .iter()
            .enumerate()
            .map(|(i, mesh)| (Duration::from_millis(300 * i as u64), mesh))
            .collect()
    }

    /// A printed face, turned about its vertical axis.
    fn sheet(yaw: f32) -> FaceMesh {
        let frontal = Head::default().mesh();
        let narrow = yaw.to_radians().cos();
        let points = frontal.points().iter().map(|p| MeshPoint {
            x: 320.0 + (p.x - 320.0) * narrow,
            ..*p
        });
        FaceMesh::new(points.collect(), 1.0).unwrap()
    }

    #[test]
    fn a_sheet_that_is_turned_is_flat_and_a_head_is_not() {
        let sheets: Vec<_> = (0..10u8).map(|i| sheet(f32::from(i) * 5.0)).collect();
        assert_eq!(flat_motion(&timed(&sheets)), 1.0);
        let heads: Vec<_> = (0..10u8)
            .map(|i| {
                let yaw = f32::from(i) * 4.0 - 20.0;
                Head {
                    yaw,
                    ..Head::default()
                }
                .mesh()
            })
            .collect();
        assert_eq!(flat_motion(&timed(&heads)), 0.0);
    }

    #[test]
    fn who_does_not_turn_is_not_called_flat() {
        let still = vec![Head::default().mesh(); 10];
        assert_eq!(flat_motion(&timed(&still)), 0.0);
        assert_eq!(flat_motion(&[]), 0.0);
    }

    #[test]
    fn a_blink_or_a_movement_is_life() {
        let mut meshes = vec![Head::default().mesh(); 12];
        assert_eq!(lifeless(&timed(&meshes)), 1.0);
        assert_eq!(lifeless(&timed(&meshes[..5])), 0.0);
        meshes[6] = Head {
            lids: 0.3,
            ..Head::default()
        }
        .mesh();
        assert_eq!(lifeless(&timed(&meshes)), 0.0);
        meshes[6] = Head {
            yaw: 8.0,
            ..Head::default()
        }
        .mesh();
        assert_eq!(lifeless(&timed(&meshes)), 0.0);
    }
}
