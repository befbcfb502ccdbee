//! [`Mode`]: a format, size and rate that a camera offers, and the selection of the mode nearest to a
//! request.
//!
//! A request is never a condition. A mode's distance from it is one number that combines the factors by
//! which its pictures are too small, too large or too slow. Low rates cost more than small pictures.

use crate::domain::frame::Size;
use crate::stages::capture::video4linux::node::{Fourcc, Interval, Intervals, Node, Sizes};
use crate::stages::capture::video4linux::pixels::Layout;

/// Weights of the logarithmic ratios: larger size, lower rate, higher rate, other aspect ratio. The weight
/// of a smaller size is 1.
const TOO_LARGE: f64 = 2.0;
const TOO_SLOW: f64 = 2.5;
const TOO_FAST: f64 = 0.1;
const OTHER_SHAPE: f64 = 0.5;

/// Cost of an unknown rate.
const RATE_UNKNOWN: f64 = 0.05;

/// Relative tolerance of rates: 29.97 matches 30.
const SAME_RATE: f64 = 0.98;

/// The requested mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModeRequest {
    pub(super) size: Size,
    /// Frames per second.
    pub(super) fps: u32,
}

/// A mode of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) fourcc: Fourcc,
    pub(super) size: Size,
    /// `None` if the driver does not report it.
    pub(super) interval: Option<Interval>,
}

impl Mode {
    /// Returns the distance from `wish`; 0 is an exact match.
    fn distance(&self, wish: ModeRequest) -> f64 {
        let rate = self.interval.map_or(RATE_UNKNOWN, |interval| {
            rate_distance(interval.fps(), wish.fps)
        });
        size_distance(self.size, wish.size) + rate
    }
}

fn size_distance(size: Size, wish: Size) -> f64 {
    let pixels = |size: Size| (size.pixels().max(1)) as f64;
    let shape = |size: Size| f64::from(size.width.max(1)) / f64::from(size.height.max(1));
    let larger = (pixels(size) / pixels(wish)).ln();
    let area = if larger > 0.0 {
        larger * TOO_LARGE
    } else {
        -larger
    };
    area + (shape(size) / shape(wish)).ln().abs() * OTHER_SHAPE
}

fn rate_distance(fps: f64, wish: u32) -> f64 {
    let faster = (fps / f64::from(wish.max(1))).ln();
    if faster > SAME_RATE.ln() {
        faster.abs() * TOO_FAST
    } else {
        -faster * TOO_SLOW
    }
}

/// Returns all modes with a supported format, nearest to `wish` first.
pub(super) fn modes(node: &Node, wish: ModeRequest) -> Vec<Mode> {
    let mut formats = node.formats();
    if formats.is_empty() {
        // A driver without a list still has a current format.
        formats.extend(node.format().map(|format| format.fourcc));
    }
    formats.retain(|fourcc| Layout::of(*fourcc).is_some());
    formats.sort_by_key(|fourcc| Layout::rank(*fourcc));
    let mut modes = Vec::new();
    for fourcc in formats {
        for size in nearest_sizes(&node.sizes(fourcc), wish.size) {
            let interval = nearest_interval(&node.intervals(fourcc, size), wish.fps);
            modes.push(Mode {
                fourcc,
                size,
                interval,
            });
        }
    }
    // The sort is stable: the preferred format stays first among equals.
    modes.sort_by(|a, b| a.distance(wish).total_cmp(&b.distance(wish)));
    modes
}

/// Returns each discrete size, and the nearest size of each range.
fn nearest_sizes(offers: &[Sizes], wish: Size) -> Vec<Size> {
    if offers.is_empty() {
        return vec![wish];
    }
    let sizes = offers.iter().map(|offer| match *offer {
        Sizes::One(size) => size,
        Sizes::Stepwise { least, most, step } => Size::new(
            snapped(wish.width, least.width, most.width, step.width),
            snapped(wish.height, least.height, most.height, step.height),
        ),
    });
    sizes.filter(|size| size.pixels() > 0).collect()
}

/// Returns the value nearest to `wish` among `least`, `least + step` … `most`; even if possible, because
/// two pixels share their chroma in most formats.
fn snapped(wish: u32, least: u32, most: u32, step: u32) -> u32 {
    let step = step.max(1);
    let inside = wish.clamp(least.min(most), most);
    let snapped = least + (inside - least.min(inside)) / step * step;
    if step == 1 && snapped > least {
        snapped & !1
    } else {
        snapped
    }
}

/// Returns the interval nearest to `fps` frames per second.
fn nearest_interval(offers: &[Intervals], fps: u32) -> Option<Interval> {
    let wished = Interval::new(1, fps.max(1));
    let intervals = offers.iter().map(|offer| match *offer {
        Intervals::One(one) => one,
        Intervals::Between(shortest, longest) => {
            if wished.fps() > shortest.fps() {
                shortest
            } else if wished.fps() < longest.fps() {
                longest
            } else {
                wished
            }
        }
    });
    let distance = |interval: &Interval| rate_distance(interval.fps(), fps);
    intervals.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: ModeRequest = ModeRequest {
        size: Size::new(1280, 720),
        fps: 30,
    };

    fn nearest(wish: ModeRequest, offers: &[(u32, u32, u32)]) -> (u32, u32, u32) {
        let mode = |(width, height, fps): &(u32, u32, u32)| Mode {
            fourcc: *b"YUYV",
            size: Size::new(*width, *height),
            interval: Some(Interval::new(1, *fps)),
        };
        let far = |offer: &&(u32, u32, u32)| mode(offer).distance(wish);
        *offers
            .iter()
            .min_by(|a, b| far(a).total_cmp(&far(b)))
            .unwrap()
    }

    #[test]
    fn a_full_rate_is_preferred_to_a_large_picture_that_comes_slowly() {
        assert_eq!(
            nearest(LIVE, &[(1280, 720, 10), (640, 480, 30)]),
            (640, 480, 30)
        );
        assert_eq!(
            nearest(LIVE, &[(1280, 720, 10), (320, 240, 30)]),
            (320, 240, 30)
        );
        assert_eq!(
            nearest(LIVE, &[(1280, 720, 25), (640, 480, 30)]),
            (1280, 720, 25)
        );
        assert_eq!(
            nearest(LIVE, &[(640, 480, 30), (1280, 720, 30), (1920, 1080, 60)]),
            (1280, 720, 30)
        );
    }

    #[test]
    fn the_nearest_size_is_taken_and_a_smaller_one_rather_than_a_much_larger() {
        assert_eq!(
            nearest(LIVE, &[(640, 480, 30), (1920, 1080, 30)]),
            (640, 480, 30)
        );
        assert_eq!(
            nearest(LIVE, &[(160, 120, 30), (1920, 1080, 30)]),
            (1920, 1080, 30)
        );
        let small = ModeRequest {
            size: Size::new(500, 300),
            fps: 30,
        };
        assert_eq!(
            nearest(small, &[(1280, 720, 30), (640, 480, 30)]),
            (640, 480, 30)
        );
        let vga = ModeRequest {
            size: Size::new(640, 480),
            fps: 30,
        };
        assert_eq!(
            nearest(vga, &[(160, 120, 30), (1280, 720, 30)]),
            (1280, 720, 30)
        );
    }

    #[test]
    fn rates_that_are_no_whole_numbers_are_rates() {
        let offers = [
            Intervals::One(Interval::new(1, 15)),
            Intervals::One(Interval::new(1001, 30000)),
            Intervals::One(Interval::new(1, 60)),
        ];

        assert_eq!(
            nearest_interval(&offers, 30),
            Some(Interval::new(1001, 30000))
        );
        assert_eq!(nearest_interval(&[], 30), None);
    }

    #[test]
    fn ranges_of_sizes_and_rates_are_entered() {
        let any = Sizes::Stepwise {
            least: Size::new(2, 1),
            most: Size::new(8192, 8192),
            step: Size::new(1, 1),
        };
        let coarse = Sizes::Stepwise {
            least: Size::new(48, 32),
            most: Size::new(640, 480),
            step: Size::new(16, 8),
        };
        assert_eq!(
            nearest_sizes(&[any, coarse], LIVE.size),
            [Size::new(1280, 720), Size::new(640, 480)]
        );
        assert_eq!(
            nearest_sizes(&[coarse], Size::new(333, 1)),
            [Size::new(320, 32)]
        );
        assert_eq!(nearest_sizes(&[], LIVE.size), [LIVE.size]);
        assert_eq!(
            snapped(700, 800, 640, 0),
            800,
            "a range that is upside down"
        );

        let any = Intervals::Between(Interval::new(1, 1000), Interval::new(1, 1));
        let slow = Intervals::Between(Interval::new(1, 20), Interval::new(1, 1));
        assert_eq!(nearest_interval(&[any], 30), Some(Interval::new(1, 30)));
        assert_eq!(nearest_interval(&[slow], 30), Some(Interval::new(1, 20)));
    }
}
