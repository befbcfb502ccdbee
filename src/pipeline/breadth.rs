//! [`Breadth`]: decides how much of the picture the available time allows to paint.
//!
//! When the whole picture is painted live, its resolution adapts to the machine: first the whole frame is
//! painted at a lower resolution, then only the heads are painted. A level that was too slow is not tried
//! again, which prevents flicker between two levels. A new frame size or new settings reset the decision.

use std::time::Duration;

use crate::domain::frame::Size;
use crate::domain::settings::{Region, Settings};

/// Longest side of a wholly painted frame as a multiple of the head crop's side: live, from fine to coarse,
/// and without a deadline.
const SIDES: [f32; 3] = [1.25, 1.0, 0.8];
const UNHURRIED: f32 = 1.5;

/// Maximum mean time to paint a frame: 24 frames a second.
const MOST: Duration = Duration::from_millis(41);

/// Number of frames measured before a decision. The first [`FIRST`] frames, in which a painting starts, do
/// not count.
const FRAMES: u32 = 20;
const FIRST: u32 = 8;

/// When the mean exceeds [`MOST`] by this factor, the remaining levels are skipped.
const FAR_TOO_LONG: u32 = 2;

/// The requested region, crop side and frame size.
type Wanted = (Region, u32, Size);

/// Measures the painting time and lowers the level when it is too long.
#[derive(Debug)]
pub(super) struct Breadth {
    wish: Option<Wanted>,
    /// Index into [`SIDES`]; past its end, only heads are painted.
    level: usize,
    frames: u32,
    spent: Duration,
}

impl Breadth {
    pub(super) fn new() -> Self {
        Self {
            wish: None,
            level: 0,
            frames: 0,
            spent: Duration::ZERO,
        }
    }

    /// Returns the region to paint, and the longest side of a whole frame in pixels. `took` is the time
    /// that painting the last frame took; `None` means that there is no deadline.
    pub(super) fn of(
        &mut self,
        settings: &Settings,
        size: Size,
        took: Option<Duration>,
    ) -> (Region, u32) {
        let side = settings.crop_side.get();
        let wish = (settings.region, side, size);
        if self.wish != Some(wish) {
            *self = Self {
                wish: Some(wish),
                ..Self::new()
            };
        }
        let Some(took) = took else {
            return (settings.region, (side as f32 * UNHURRIED) as u32);
        };
        if settings.region.is_everything() {
            self.count(took);
        }
        match SIDES.get(self.level) {
            Some(over) => (settings.region, (side as f32 * over) as u32),
            None => (Region::Head, side),
        }
    }

    fn count(&mut self, took: Duration) {
        if self.level >= SIDES.len() {
            return;
        }
        self.frames += 1;
        if self.frames > FIRST {
            self.spent += took;
        }
        if self.frames < FIRST + FRAMES {
            return;
        }
        if self.spent > MOST * FRAMES * FAR_TOO_LONG {
            self.level = SIDES.len();
        } else if self.spent > MOST * FRAMES {
            self.level += 1;
        }
        (self.frames, self.spent) = (0, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(1280, 720);

    fn after(breadth: &mut Breadth, frames: u32, ms: u64) -> (Region, u32) {
        let settings = Settings {
            region: Region::Frame,
            ..Settings::default()
        };
        let took = Some(Duration::from_millis(ms));
        (0..frames)
            .map(|_| breadth.of(&settings, SIZE, took))
            .last()
            .unwrap()
    }

    #[test]
    fn a_quick_machine_paints_the_whole_picture_finely() {
        assert_eq!(after(&mut Breadth::new(), 500, 30), (Region::Frame, 480));
    }

    #[test]
    fn a_slow_one_paints_it_coarser_and_then_the_heads_alone() {
        let mut breadth = Breadth::new();

        assert_eq!(after(&mut breadth, 28, 60), (Region::Frame, 384));
        assert_eq!(after(&mut breadth, 28, 60), (Region::Frame, 307));
        assert_eq!(after(&mut breadth, 28, 60), (Region::Head, 384));
        assert_eq!(after(&mut breadth, 500, 10), (Region::Head, 384));
    }

    #[test]
    fn one_that_is_far_too_slow_goes_to_the_heads_at_once() {
        assert_eq!(after(&mut Breadth::new(), 28, 99), (Region::Head, 384));
    }

    #[test]
    fn beginning_a_painting_counts_for_nothing() {
        let mut breadth = Breadth::new();

        after(&mut breadth, 7, 300);

        assert_eq!(after(&mut breadth, 60, 20), (Region::Frame, 480));
    }

    #[test]
    fn another_wish_begins_anew() {
        let mut breadth = Breadth::new();
        after(&mut breadth, 200, 99);
        let heads = Settings {
            region: Region::Head,
            ..Settings::default()
        };

        breadth.of(&heads, SIZE, None);

        assert_eq!(after(&mut breadth, 1, 99), (Region::Frame, 480));
    }

    #[test]
    fn where_nothing_hurries_all_is_painted() {
        let settings = Settings {
            region: Region::Frame,
            ..Settings::default()
        };
        let mut breadth = Breadth::new();
        for _ in 0..200 {
            breadth.of(&settings, SIZE, None);
        }

        assert_eq!(breadth.of(&settings, SIZE, None), (Region::Frame, 576));
    }
}
