//! [`Windows`]: the part of a crop that needs styling, namely the visible head.
//!
//! A crop has room for tall hair and a turning head; typically two fifths of it are background that is
//! never visible. Skipping them allows larger crops, which improves eyes and mouth. A window changes as
//! rarely as possible, because the network's result changes slightly with it.

use std::time::Duration;

use crate::domain::face::{Crop, Subject};
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::geometry::Transform;
use crate::pictures::part;

/// Alignment of windows in pixels, a multiple of the stylizer's and the flow's steps.
const STEP: u32 = 16;

/// Margin around the visible pixels: a network's results are worse at a picture's edge.
const MARGIN: u32 = 12;

/// Least visible alpha, of 255.
const SEEN: u8 = 9;

/// How long a window must have been too large before it shrinks.
const PATIENCE: Duration = Duration::from_secs(1);

/// Maximum number of remembered subjects; the least recently seen is forgotten first.
const MOST: usize = 8;

/// A rectangle of a crop, pixels; right and bottom are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
    of: Size,
}

impl Window {
    /// Returns the window of a whole picture of this size.
    pub fn whole(size: Size) -> Self {
        Self {
            left: 0,
            top: 0,
            right: size.width,
            bottom: size.height,
            of: size,
        }
    }

    /// Returns the bounds of the visible pixels of `picture` with a margin, or the whole if none is visible.
    fn around_visible(picture: &Picture) -> Self {
        let size = picture.size();
        let Some([columns, rows]) = picture.extent_of_alpha(SEEN) else {
            return Self::whole(size);
        };
        let down = |at: u32| at.saturating_sub(MARGIN) / STEP * STEP;
        let up = |at: u32, end: u32| (at + MARGIN).next_multiple_of(STEP).min(end);
        Self {
            left: down(columns.start),
            top: down(rows.start),
            right: up(columns.end, size.width),
            bottom: up(rows.end, size.height),
            of: size,
        }
    }

    /// Returns the smallest window around both.
    fn and(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
            of: self.of,
        }
    }

    /// Returns width and height, pixels.
    pub fn size(self) -> Size {
        Size::new(self.right - self.left, self.bottom - self.top)
    }

    /// Returns the size of the crop that contains the window.
    pub fn of(self) -> Size {
        self.of
    }

    /// Returns the top left corner, pixels of the crop.
    pub fn corner(self) -> [f32; 2] {
        [self.left as f32, self.top as f32]
    }

    /// Converts points from crop to window coordinates.
    pub fn points<const N: usize>(self, points: &[[f32; 2]; N]) -> [[f32; 2]; N] {
        let [left, top] = self.corner();
        points.map(|[x, y]| [x - left, y - top])
    }

    /// Returns the window's part of `picture`.
    pub fn cut(self, picture: &Picture) -> Picture {
        part(picture, self.left, self.top, self.size())
    }

    /// Returns the window's part of `crop`, with its transform to the frame.
    pub fn cut_crop(self, crop: &Crop) -> Crop {
        let [left, top] = self.corner();
        Crop {
            picture: self.cut(&crop.picture),
            frame_from_crop: crop.frame_from_crop * Transform::scale_then_move(1.0, 1.0, left, top),
        }
    }

    /// Copies `part` back into the window's area of `picture`.
    pub fn paste(self, part: &Picture, picture: &mut Picture) {
        let (width, row_bytes) = (self.of.width, self.size().width as usize * 4);
        let rows = part.rgba().chunks_exact(row_bytes.max(4));
        for (y, row) in (self.top..).zip(rows) {
            let start = (y * width + self.left) as usize * 4;
            picture.rgba_mut()[start..start + row.len()].copy_from_slice(row);
        }
    }

    /// Rearranges row-major values of this window, one per square of `step` pixels, to the layout of `to`.
    /// Squares outside this window get `new`, or the nearest value.
    pub fn relaid<T: Copy>(self, values: &[T], to: Self, step: u32, new: Option<T>) -> Vec<T> {
        let cells = |pixels: u32| pixels.div_ceil(step).max(1);
        let [columns, rows] = [self.size().width, self.size().height].map(cells);
        let moved = |to: u32, from: u32| i64::from(to / step) - i64::from(from / step);
        let (right, down) = (moved(to.left, self.left), moved(to.top, self.top));
        let inside = |at: i64, count: u32| (0..i64::from(count)).contains(&at);
        let nearest = |at: i64, count: u32| at.clamp(0, i64::from(count) - 1) as usize;
        let mut laid =
            Vec::with_capacity((cells(to.size().width) * cells(to.size().height)) as usize);
        for y in 0..cells(to.size().height) {
            let y = i64::from(y) + down;
            let row = &values[nearest(y, rows) * columns as usize..][..columns as usize];
            laid.extend((0..cells(to.size().width)).map(|x| {
                let x = i64::from(x) + right;
                match new {
                    Some(new) if !(inside(x, columns) && inside(y, rows)) => new,
                    _ => row[nearest(x, columns)],
                }
            }));
        }
        laid
    }
}

/// State of one subject.
#[derive(Debug)]
struct Known {
    subject: Subject,
    window: Window,
    /// The window needed since the time `since`.
    needed: Window,
    since: FrameTime,
    seen: FrameTime,
}

/// The windows of all subjects; bounded.
#[derive(Debug, Default)]
pub struct Windows {
    known: Vec<Known>,
}

impl Windows {
    /// Returns the window of `subject` in `picture`: it grows at once and shrinks with a delay.
    pub fn around(&mut self, subject: Subject, picture: &Picture, now: FrameTime) -> Window {
        let size = picture.size();
        if subject == Subject::Frame {
            return Window::whole(size);
        }
        let needed = Window::around_visible(picture);
        let same = |known: &Known| known.subject == subject && known.window.of == size;
        let Some(known) = self.known.iter_mut().find(|known| same(known)) else {
            self.begin(subject, needed, now);
            return needed;
        };
        known.seen = now;
        known.needed = known.needed.and(needed);
        let grown = known.window.and(needed);
        let shrinks = now.since(known.since) >= PATIENCE;
        if grown != known.window {
            (known.window, known.needed, known.since) = (grown, needed, now);
        } else if known.needed == known.window || shrinks {
            (known.window, known.needed, known.since) = (known.needed, needed, now);
        }
        known.window
    }

    fn begin(&mut self, subject: Subject, window: Window, now: FrameTime) {
        self.known.retain(|known| known.subject != subject);
        if self.known.len() >= MOST {
            let oldest = (0..self.known.len()).min_by_key(|&at| self.known[at].seen);
            oldest.map(|at| self.known.swap_remove(at));
        }
        self.known.push(Known {
            subject,
            window,
            needed: window,
            since: now,
            seen: now,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face::TrackId;
    use crate::domain::geometry::{CropPx, Point};
    use proptest::prelude::*;

    const FACE: Subject = Subject::Face(TrackId(3));

    /// Returns a crop in which the pixels of these columns and rows are visible.
    fn crop(columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> Crop {
        let mut picture = Picture::filled(Size::new(128, 128), [200, 200, 200, 0]);
        for y in rows {
            for x in columns.clone() {
                picture.rgba_mut()[(y * 128 + x) as usize * 4 + 3] = 90;
            }
        }
        Crop {
            picture,
            frame_from_crop: Transform::scale_then_move(2.0, 2.0, 0.0, 0.0),
        }
    }

    fn at(millis: u64) -> FrameTime {
        FrameTime(Duration::from_millis(millis))
    }

    #[test]
    fn what_was_cut_out_is_put_back_where_it_was() {
        let mut crop = crop(50..70, 40..60);
        let window = Windows::default().around(FACE, &crop.picture, at(0));

        let mut part = window.cut_crop(&crop);
        assert_eq!(part.picture.size(), Size::new(64, 64));
        let corner: Point<CropPx> = Point::new(0.0, 0.0);
        let in_frame = part.frame_from_crop * corner;
        assert_eq!((in_frame.x, in_frame.y), (64.0, 32.0));
        for pixel in part.picture.rgba_mut().chunks_exact_mut(4) {
            pixel[..3].fill(0);
        }
        window.paste(&part.picture, &mut crop.picture);

        for (x, y) in [(50, 40), (69, 59), (38, 28), (81, 71)] {
            assert_eq!(crop.picture.pixel_clamped(x, y)[..3], [0; 3], "{x} {y}");
        }
        for (x, y) in [(0, 0), (120, 50), (50, 120)] {
            assert_eq!(crop.picture.pixel_clamped(x, y), [200, 200, 200, 0]);
        }
    }

    #[test]
    fn what_stood_in_a_window_stands_at_the_same_place_in_another() {
        let picture = |columns, rows| crop(columns, rows).picture;
        let around = |picture| Windows::default().around(FACE, &picture, at(0));
        let (from, to) = (
            around(picture(50..70, 40..60)),
            around(picture(30..60, 50..100)),
        );
        let place = |window: Window, i: u32| {
            let width = window.size().width;
            [window.left + i % width, window.top + i / width]
        };
        let count = |window: Window| window.size().pixels() as u32;
        let values: Vec<_> = (0..count(from)).map(|i| place(from, i)).collect();

        let laid = from.relaid(&values, to, 1, Some([0; 2]));
        let edge = from.relaid(&values, to, 1, None);

        let has = |w: Window, [x, y]: [u32; 2]| {
            (w.left..w.right).contains(&x) && (w.top..w.bottom).contains(&y)
        };
        for i in 0..count(to) {
            let here = place(to, i);
            let wanted = if has(from, here) { here } else { [0; 2] };
            assert_eq!(laid[i as usize], wanted);
            let [x, y] = here;
            let near = [
                x.clamp(from.left, from.right - 1),
                y.clamp(from.top, from.bottom - 1),
            ];
            assert_eq!(edge[i as usize], near);
        }
    }

    #[test]
    fn a_window_grows_at_once_and_shrinks_when_it_was_too_large_for_a_while() {
        let (small, large) = (crop(50..70, 40..60).picture, crop(50..70, 40..90).picture);
        let mut windows = Windows::default();
        let first = windows.around(FACE, &small, at(0));

        let second = windows.around(FACE, &large, at(30));
        assert!(second != first && second.and(first) == second);
        for now in [60, 500, 1000] {
            assert_eq!(windows.around(FACE, &small, at(now)), second, "{now}");
        }
        assert_eq!(windows.around(FACE, &small, at(1070)), first);
    }

    #[test]
    fn no_more_subjects_are_remembered_than_there_is_room() {
        let (mut windows, picture) = (Windows::default(), crop(50..70, 40..60).picture);
        for id in 0..30 {
            windows.around(Subject::Face(TrackId(id)), &picture, at(id.into()));
        }

        assert_eq!(windows.known.len(), MOST);
    }

    #[test]
    fn a_frame_and_a_picture_of_which_nothing_shows_are_painted_whole() {
        let picture = crop(0..0, 0..0).picture;
        let whole = Window::whole(picture.size());

        assert_eq!(Windows::default().around(FACE, &picture, at(0)), whole);
        let some = crop(50..70, 40..60).picture;
        assert_eq!(
            Windows::default().around(Subject::Frame, &some, at(0)),
            whole
        );
    }

    proptest! {
        #[test]
        fn every_visible_pixel_is_in_a_window_of_whole_steps(
            (left, width) in (0_u32..128).prop_flat_map(|x| (Just(x), 1..=128 - x)),
            (top, height) in (0_u32..128).prop_flat_map(|y| (Just(y), 1..=128 - y)),
        ) {
            let picture = crop(left..left + width, top..top + height).picture;

            let window = Windows::default().around(FACE, &picture, at(0));

            prop_assert!(window.left <= left && window.top <= top);
            prop_assert!(window.right >= left + width && window.bottom >= top + height);
            prop_assert!(window.right <= 128 && window.bottom <= 128);
            prop_assert_eq!((window.size().width % 4, window.size().height % 4), (0, 0));
        }
    }
}
