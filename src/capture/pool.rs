//! Pictures that are used again, so that a camera asks for no memory once it runs.

use std::sync::Arc;

use image::RgbImage;

/// A camera's pictures. One that nobody else holds any more is filled anew.
#[derive(Default)]
pub struct PicturePool {
    kept: Vec<Arc<RgbImage>>,
}

impl PicturePool {
    /// More pictures than are under way at once: one each with the camera, the mailbox, its copy, the analysis, the
    /// event loop and the panel.
    const MAX_KEPT: usize = 8;

    /// A picture of `width` x `height` pixels that `fill` has written; what it finds there is an older picture.
    ///
    /// If more are held elsewhere than the pool keeps, the picture is a new one that doesn't come back.
    ///
    /// # Errors
    /// Those of `fill`.
    pub fn picture<E>(
        &mut self,
        width: u32,
        height: u32,
        fill: impl FnOnce(&mut RgbImage) -> Result<(), E>,
    ) -> Result<Arc<RgbImage>, E> {
        let free = self
            .kept
            .iter()
            .position(|kept| Arc::strong_count(kept) == 1);
        let mut shared = free.map_or_else(Arc::default, |free| self.kept.swap_remove(free));
        // Ours alone, so it is not copied.
        let picture = Arc::make_mut(&mut shared);
        resize(picture, width, height);
        let filled = fill(picture);
        if self.kept.len() < Self::MAX_KEPT {
            self.kept.push(Arc::clone(&shared));
        }
        filled.map(|()| shared)
    }
}

/// Gives the picture this size. Its memory stays if there is enough of it.
fn resize(picture: &mut RgbImage, width: u32, height: u32) {
    if picture.dimensions() == (width, height) {
        return;
    }
    let mut bytes = std::mem::take(picture).into_raw();
    bytes.resize(width as usize * height as usize * 3, 0);
    if let Some(resized) = RgbImage::from_raw(width, height, bytes) {
        *picture = resized;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn grey(pool: &mut PicturePool, level: u8) -> Arc<RgbImage> {
        let fill = |picture: &mut RgbImage| {
            picture.fill(level);
            Ok::<_, Infallible>(())
        };
        pool.picture(4, 2, fill).unwrap()
    }

    #[test]
    fn a_picture_comes_back_when_nobody_holds_it() {
        let mut pool = PicturePool::default();
        let first = grey(&mut pool, 1);
        let second = grey(&mut pool, 2);
        assert!(first.iter().all(|&level| level == 1) && second.iter().all(|&level| level == 2));
        let place = Arc::as_ptr(&first);
        drop(first);
        assert_eq!(Arc::as_ptr(&grey(&mut pool, 3)), place);
        assert_eq!(pool.kept.len(), 2);
    }

    #[test]
    fn who_holds_many_pictures_gets_new_ones_and_keeps_the_old() {
        let mut pool = PicturePool::default();
        let held: Vec<_> = (0..20).map(|level| grey(&mut pool, level)).collect();
        assert_eq!(pool.kept.len(), PicturePool::MAX_KEPT);
        for (level, picture) in (0..).zip(&held) {
            assert!(picture.iter().all(|&there| there == level));
        }
    }

    #[test]
    fn the_size_may_change_and_a_failure_loses_no_picture() {
        let mut pool = PicturePool::default();
        drop(grey(&mut pool, 1));
        assert_eq!(pool.picture(3, 5, |_| Err("cut off")), Err("cut off"));
        let larger = pool.picture(3, 5, |_| Ok::<_, Infallible>(())).unwrap();
        assert_eq!(larger.dimensions(), (3, 5));
        assert_eq!(pool.kept.len(), 1);
    }
}
