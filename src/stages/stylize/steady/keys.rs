//! [`Keys`]: styled pictures that are held for a while.
//!
//! A mean over frames is soft, since strokes are made anew a little elsewhere each time; carrying the
//! last picture on and on makes it soft, too. So one picture is held as it is, and read each time where
//! its content is now; the next one comes over it slowly.

use std::time::Duration;

use crate::domain::frame::{FrameTime, Size};
use crate::stages::stylize::steady::brightness::Plane;
use crate::stages::stylize::steady::expressive::Expressive;
use crate::stages::stylize::steady::motion::Field;
use crate::stages::stylize::steady::patches::{Limits, Patches};
use crate::stages::stylize::steady::sample::{Pixel, sample};
use crate::stages::stylize::steady::visible::Visible;
use crate::stages::stylize::window::Window;

/// How far the photo may have changed since a key was made: on skin, hair and the rest.
const ANYWHERE: Limits = Limits {
    same: 6.0,
    changed: 36.0,
};

/// On eyes and mouth, of which each change counts.
const ON_FEATURES: Limits = Limits {
    same: 4.0,
    changed: 20.0,
};

/// A pixel that was not styled when its key was made; no photo is as dark as under it, so it is never held.
const UNPAINTED: Pixel = [0.0, 0.0, 0.0, -1000.0];

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

    /// Lays both out as what `to` shows in place of `from`.
    pub(super) fn relay(&mut self, from: Window, to: Window) {
        for key in [&mut self.older, &mut self.newer].into_iter().flatten() {
            key.picture = from.relaid(&key.picture, to, 1, Some(UNPAINTED));
            key.map.relay(from, to);
        }
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
        for key in [&mut self.older, &mut self.newer].into_iter().flatten() {
            key.patches.doubt(&key.now, fresh, width);
        }
        let age = |key: &Key| now.since(key.born).as_secs_f32() / period.as_secs_f32();
        let part = self.newer.as_ref().map_or(0.0, age);
        shown.clear();
        if let Some(older) = &self.older {
            let newer = self.newer.as_ref();
            cover(older, newer, part.min(1.0), (fresh, width), shown);
        } else {
            shown.extend_from_slice(fresh);
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

/// Lays two keys over `fresh`, into `shown`: `part` of the way from the `older` to the `newer`. Where only
/// one of them may be seen, it takes the other's share.
fn cover(
    older: &Key,
    newer: Option<&Key>,
    part: f32,
    (fresh, width): (&[Pixel], usize),
    shown: &mut Vec<Pixel>,
) {
    let (mut olds, mut news) = (Vec::new(), Vec::new());
    for (y, fresh) in fresh.chunks_exact(width).enumerate() {
        let row = y * width..(y + 1) * width;
        older.patches.shares().pixels(y, width, &mut olds);
        let old = older.now[row.clone()].iter().zip(&olds).zip(fresh);
        let Some(newer) = newer else {
            shown.extend(old.map(|((old, share), fresh)| {
                std::array::from_fn::<_, 4, _>(|i| fresh[i] + (old[i] - fresh[i]) * share)
            }));
            continue;
        };
        newer.patches.shares().pixels(y, width, &mut news);
        let new = newer.now[row].iter().zip(&news);
        shown.extend(old.zip(new).map(|(((old, a), fresh), (new, b))| {
            let (of_old, of_new) = (a * (1.0 - part * b), b * (1.0 - (1.0 - part) * a));
            let rest = 1.0 - of_old - of_new;
            std::array::from_fn::<_, 4, _>(|i| fresh[i] * rest + old[i] * of_old + new[i] * of_new)
        }));
    }
}
