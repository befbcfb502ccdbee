//! [`CropCache`]: caches shrunk parts of the two newest pictures, for networks that sample nearly the
//! same place repeatedly.

use std::sync::Arc;

use crate::domain::frame::Picture;
use crate::domain::geometry::Transform;
use crate::pictures::shrink::Shrunk;
use crate::pictures::warp::{FINE_ENOUGH, Outside, Reader, Warper, part_seen};

/// Margin of a shrunk part at each side, as a fraction of its sides: the next window is rarely in exactly
/// the same place.
const MARGIN: f32 = 0.05;

/// Maximum number of cached parts per picture.
const MOST_PARTS: usize = 8;

/// Samples windows of pictures as [`Warper`] does. Shrinking a part of a large picture dominates the cost,
/// and the cache keeps the results for the two newest pictures: the regressor samples the same face in
/// this frame and in the next, the landmark network samples it too, and the detector samples the
/// whole picture.
#[derive(Debug, Default)]
pub struct CropCache {
    /// The newest picture, then the previous one.
    seen: [Option<CachedFrame>; 2],
    /// Buffers of parts that are no longer needed.
    spare: Vec<Shrunk>,
    reader: Reader,
    warper: Warper,
}

#[derive(Debug)]
struct CachedFrame {
    picture: Arc<Picture>,
    parts: Vec<Shrunk>,
}

impl CropCache {
    /// Makes `picture` the newest picture.
    pub fn set_frame(&mut self, picture: &Arc<Picture>) {
        let [newest, before] = &mut self.seen;
        if newest
            .as_ref()
            .is_some_and(|seen| Arc::ptr_eq(&seen.picture, picture))
        {
            return;
        }
        let mut parts = before.take().map_or_else(Vec::new, |seen| seen.parts);
        self.spare.append(&mut parts);
        self.spare.truncate(MOST_PARTS);
        *before = newest.take();
        *newest = Some(CachedFrame {
            picture: Arc::clone(picture),
            parts,
        });
    }

    /// Fills `target` from `source` as [`Warper::warp`] does, except for the reduction factor: the shrunk
    /// source has one to two pixels per target pixel.
    pub fn cut<S, T>(
        &mut self,
        source: &Picture,
        source_from_target: &Transform<S, T>,
        outside: Outside,
        target: &mut Picture,
    ) {
        let scale = source_from_target.scale();
        // A cached picture is alive, hence no other picture has its address.
        let is_source = |seen: &&mut CachedFrame| std::ptr::eq(Arc::as_ptr(&seen.picture), source);
        if scale > FINE_ENOUGH
            && let Some((from, to)) = part_seen(source, source_from_target, target)
            && let Some(seen) = self.seen.iter_mut().flatten().find(is_source)
            && let Some(part) = seen.part(scale, from, to, &mut self.spare)
        {
            self.reader
                .read(&part.grid(), source_from_target, outside, target);
        } else {
            self.warper
                .warp(source, source_from_target, outside, target);
        }
    }
}

impl CachedFrame {
    /// Returns the shrunk part between two corners at a scale, cached or new.
    fn part(
        &mut self,
        scale: f32,
        from: [u32; 2],
        to: [u32; 2],
        spare: &mut Vec<Shrunk>,
    ) -> Option<&Shrunk> {
        let fits = |part: &Shrunk| {
            let left = scale / part.factor() as f32;
            (1.0..=FINE_ENOUGH).contains(&left) && part.covers(from, to)
        };
        if let Some(at) = self.parts.iter().position(fits) {
            return self.parts.get(at);
        }
        if self.parts.len() >= MOST_PARTS {
            return None;
        }
        let margin = [0, 1].map(|axis| ((to[axis] - from[axis]) as f32 * MARGIN) as u32);
        let from = [0, 1].map(|axis| from[axis].saturating_sub(margin[axis]));
        let to = [0, 1].map(|axis| to[axis] + margin[axis]);
        let factor = (scale / FINE_ENOUGH).ceil() as u32;
        let mut part = spare.pop().unwrap_or_default();
        if !part.fill(&self.picture, factor, from, to) {
            return None;
        }
        self.parts.push(part);
        self.parts.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;
    use crate::domain::geometry::{CropPx, FramePx};

    type Map = Transform<FramePx, CropPx>;

    /// Returns a smooth picture, which gives nearly the same result for different reduction factors.
    fn hills(phase: f32) -> Arc<Picture> {
        let wave = |i: u32, step: f32| {
            let (x, y) = ((i % 400) as f32, (i / 400) as f32);
            ((x * step + y * 0.03 + phase).sin() * 100.0 + 128.0) as u8
        };
        let pixels = (0..400 * 300).flat_map(|i| [wave(i, 0.02), wave(i, 0.04), 7, 255]);
        Arc::new(Picture::from_rgba(Size::new(400, 300), pixels.collect()).unwrap())
    }

    fn window(scale: f32, x: f32, y: f32) -> Map {
        Map::scale_then_move(scale, scale, x, y)
    }

    /// Returns the largest difference between the cache's result and a separate warper's.
    fn gap(cache: &mut CropCache, picture: &Picture, map: &Map) -> u8 {
        let mut ours = Picture::filled(Size::new(40, 40), [0; 4]);
        let mut plain = ours.clone();
        cache.cut(picture, map, Outside::Black, &mut ours);
        Warper::default().warp(picture, map, Outside::Black, &mut plain);
        let pairs = ours.rgba().iter().zip(plain.rgba());
        pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    fn kept(cache: &CropCache) -> Vec<usize> {
        let counts = cache.seen.iter().flatten();
        counts.map(|seen| seen.parts.len()).collect()
    }

    #[test]
    fn windows_of_the_same_place_share_a_part_and_show_what_a_warper_shows() {
        let (first, second) = (hills(0.0), hills(2.0));
        let mut cache = CropCache::default();
        cache.set_frame(&first);
        assert!(gap(&mut cache, &first, &window(5.0, 100.0, 50.0)) <= 3);
        cache.set_frame(&second);

        assert!(gap(&mut cache, &first, &window(5.0, 104.0, 47.0)) <= 3);
        assert!(gap(&mut cache, &second, &window(5.0, 104.0, 47.0)) <= 3);
        assert!(gap(&mut cache, &second, &window(3.3, 130.0, 70.0)) <= 3);

        assert_eq!(kept(&cache), [1, 1]);
    }

    #[test]
    fn a_window_elsewhere_or_much_finer_gets_a_part_of_its_own() {
        let picture = hills(1.0);
        let mut cache = CropCache::default();
        cache.set_frame(&picture);
        for map in [window(5.0, 0.0, 0.0), window(5.0, 150.0, 90.0)] {
            assert!(gap(&mut cache, &picture, &map) <= 3);
        }
        assert!(gap(&mut cache, &picture, &window(2.1, 10.0, 10.0)) <= 3);

        assert_eq!(kept(&cache), [3]);
    }

    #[test]
    fn a_picture_that_the_lens_was_never_turned_to_is_cut_all_the_same() {
        let mut cache = CropCache::default();

        assert_eq!(gap(&mut cache, &hills(0.5), &window(5.0, 30.0, 30.0)), 0);
        assert!(kept(&cache).is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut cache = CropCache::default();
        for round in 0..5 {
            let picture = hills(round as f32);
            cache.set_frame(&picture);
            for i in 0..20 {
                let map = window(2.5, 15.0 * i as f32, 8.0 * i as f32);
                assert!(gap(&mut cache, &picture, &map) <= 3);
            }
        }

        assert_eq!(kept(&cache), [MOST_PARTS, MOST_PARTS]);
        assert!(cache.spare.len() <= MOST_PARTS);
    }
}
