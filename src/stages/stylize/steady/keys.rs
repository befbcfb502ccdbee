//! [`Keys`]: styled pictures that are held for a while.
//!
//! A mean over frames is soft, since strokes are made anew a little elsewhere each time; carrying the
//! last picture on and on makes it soft, too. So one picture is held as it is, and read each time where
//! its content is now; the next one comes over it slowly.

use std::time::Duration;

use crate::domain::frame::{FrameTime, Size};
use crate::stages::stylize::steady::brightness::Plane;
use crate::stages::stylize::steady::expressive::Expressive;
use crate::stages::stylize::steady::grid::number_at;
use crate::stages::stylize::steady::motion::Field;
use crate::stages::stylize::steady::patches::{Limits, Patches};
use crate::stages::stylize::steady::sample::{Pixel, sample};
use crate::stages::stylize::steady::visible::Visible;

/// How far the photo may have changed since a key was made: on skin, hair and the rest.
const ANYWHERE: Limits = Limits {
    same: 4.0,
    changed: 24.0,
};

/// On eyes and mouth, of which each change counts.
const ON_FEATURES: Limits = Limits {
    same: 2.0,
    changed: 10.0,
};

/// What a crop shows where.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) visible: Visible,
    pub(super) features: Expressive,
}

/// One styled picture as it was made.
#[derive(Debug)]
struct Key {
    picture: Vec<Pixel>,
    born: FrameTime,
    /// Where what is seen now was in it.
    map: Field,
    /// What it looks like now.
    now: Vec<Pixel>,
    /// Where the photo under it is as it was.
    patches: Patches,
}

impl Key {
    /// Follows the content by `motion`; says whether enough of the photo is as it was.
    fn follow(&mut self, motion: &Field, photo: &Plane, scene: &Scene) -> bool {
        let (width, Scene { visible, features }) = (photo.width(), scene);
        self.map = motion.after(&self.map);
        self.now.resize(self.picture.len(), [0.0; 4]);
        sample(&self.picture, width, &self.map, visible, &mut self.now);
        self.patches.compare(&self.now, photo.values(), width);
        self.patches.judge(visible, |place| {
            let feature = features.at(place);
            let between = |rest: f32, on_it: f32| rest + (on_it - rest) * feature;
            Limits {
                same: between(ANYWHERE.same, ON_FEATURES.same),
                changed: between(ANYWHERE.changed, ON_FEATURES.changed),
            }
        })
    }
}

/// The key that is held and the one that comes over it.
#[derive(Debug, Default)]
pub(super) struct Keys {
    older: Option<Key>,
    newer: Option<Key>,
}

impl Keys {
    /// Lets go of both.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Follows the content by `motion`, of which `photo` is the brightness now; says whether enough
    /// of the photo is as it was when one of them was made.
    pub(super) fn follow(&mut self, motion: &Field, photo: &Plane, scene: &Scene) -> bool {
        let keys = [&mut self.older, &mut self.newer].into_iter().flatten();
        keys.fold(false, |stayed, key| {
            key.follow(motion, photo, scene) | stayed
        })
    }

    /// Lays the keys over the `fresh` picture, and writes that to `shown`. Each key reigns for `period`.
    pub(super) fn lay(
        &mut self,
        fresh: &[Pixel],
        width: usize,
        (now, period): (FrameTime, Duration),
        shown: &mut Vec<Pixel>,
    ) {
        let age = |key: &Key| now.since(key.born).as_secs_f32() / period.as_secs_f32();
        let part = self.newer.as_ref().map_or(0.0, age);
        shown.clear();
        shown.extend_from_slice(fresh);
        if let Some(older) = &self.older {
            let newer = self.newer.as_ref();
            cover(older, newer, part.min(1.0), width, shown);
        }
        if part >= 1.0 {
            self.older = self.newer.take();
        }
    }

    /// Takes the `fresh` picture, of `size`, for the next key if there is room for one.
    pub(super) fn offer(&mut self, fresh: &[Pixel], size: Size, now: FrameTime) {
        let place = if self.older.is_none() {
            &mut self.older
        } else {
            &mut self.newer
        };
        place.get_or_insert_with(|| Key {
            picture: fresh.to_vec(),
            born: now,
            map: Field::unmoved(size),
            now: Vec::new(),
            patches: Patches::default(),
        });
    }
}

/// Lays two keys over `shown`: `part` of the way from the `older` to the `newer`. Where only one of
/// them may be seen, it takes the other's share.
fn cover(older: &Key, newer: Option<&Key>, part: f32, width: usize, shown: &mut [Pixel]) {
    let (mut old_line, mut new_line) = (Vec::new(), Vec::new());
    for (y, shown) in shown.chunks_exact_mut(width).enumerate() {
        let row = y * width..(y + 1) * width;
        older.patches.shares().row(y, &mut old_line);
        let old = older.now[row.clone()].iter();
        let Some(newer) = newer else {
            for (x, (shown, old)) in shown.iter_mut().zip(old).enumerate() {
                let share = number_at(&old_line, x);
                *shown = std::array::from_fn(|i| shown[i] + (old[i] - shown[i]) * share);
            }
            continue;
        };
        newer.patches.shares().row(y, &mut new_line);
        let pairs = old.zip(&newer.now[row]);
        for (x, (shown, (old, new))) in shown.iter_mut().zip(pairs).enumerate() {
            let (a, b) = (number_at(&old_line, x), number_at(&new_line, x));
            let (of_old, of_new) = (a * (1.0 - part * b), b * (1.0 - (1.0 - part) * a));
            let rest = 1.0 - of_old - of_new;
            *shown = std::array::from_fn(|i| shown[i] * rest + old[i] * of_old + new[i] * of_new);
        }
    }
}
