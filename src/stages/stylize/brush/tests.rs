//! Invariants of a painting for any photo and reference.

use super::*;
use crate::domain::face::TrackId;
use crate::domain::geometry::FramePx;
use crate::domain::labels::LabelPlace;
use crate::domain::settings::Texture;
use crate::domain::shape::Landmarks68;

const SIDE: u32 = 128;

fn picture(width: u32, height: u32, of: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
    let rgba = (0..width * height)
        .flat_map(|i| {
            let [r, g, b] = of(i % width, i / width);
            [r, g, b, 255]
        })
        .collect();
    Picture::from_rgba(Size::new(width, height), rgba).unwrap()
}

/// Returns soft blobs that move to the right with `at`.
fn photo(at: u32) -> Picture {
    picture(SIDE, SIDE, |x, y| {
        let (x, y) = (x as f32 - at as f32, y as f32);
        let value = 125.0 + 60.0 * (x * 0.11).sin() + 50.0 * (y * 0.09).cos();
        [value as u8, (value * 0.8) as u8, (value * 0.7) as u8]
    })
}

/// Returns slanted strokes of many tones.
fn strokes() -> Picture {
    picture(300, 260, |x, y| {
        let tone = (x * 255 / 300) as f32;
        let stroke = 30.0 * ((x + 2 * y) as f32 * 0.7).sin();
        let value = (tone + stroke).clamp(0.0, 255.0) as u8;
        [value, value / 2, 255 - value]
    })
}

struct TestBrush {
    brush: Brush,
    exemplar: Exemplar,
    milliseconds: u64,
}

impl TestBrush {
    fn with(reference: &Picture) -> Self {
        Self {
            brush: Brush::default(),
            exemplar: Exemplar::new(reference, None, Texture::DEFAULT),
            milliseconds: 0,
        }
    }

    /// Paints the next frame, `photo`, which is its own plan.
    fn paint(&mut self, photo: &Picture) -> Picture {
        let crop = Crop {
            picture: photo.clone(),
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        };
        self.milliseconds += 33;
        let input = PaintInput {
            subject: Subject::Face(TrackId(1)),
            window: Window::whole(photo.size()),
            photo: &crop,
            points: None,
            labels: None,
            now: FrameTime(Duration::from_millis(self.milliseconds)),
        };
        let style = PaintStyle {
            first: &self.exemplar,
            second: None,
            likeness: Likeness::DEFAULT,
            quickness: Quickness::DEFAULT,
        };
        let mut painted = photo.clone();
        self.brush.look(&input);
        self.brush.paint(&input, photo, &style, &mut painted);
        painted
    }
}

/// Returns the mean difference between `a` and the middle of `b` moved left by `shift` pixels.
fn difference(a: &Picture, b: &Picture, shift: usize) -> f32 {
    let side = SIDE as usize;
    let at = |p: &Picture, x: usize, y: usize| p.rgba().as_chunks::<4>().0[y * side + x];
    let (mut sum, mut count) = (0.0, 0.0);
    for y in 16..side - 16 {
        for x in 16..side - 16 - shift {
            let (a, b) = (at(a, x, y), at(b, x + shift, y));
            sum += (0..3).map(|c| f32::from(a[c].abs_diff(b[c]))).sum::<f32>();
            count += 3.0;
        }
    }
    sum / count
}

#[test]
fn a_painting_is_made_of_the_references_pieces() {
    let reference = strokes();
    let mut test = TestBrush::with(&reference);
    let painted = test.paint(&photo(0));

    // The reference's colours lie on one line: green is half of red, blue is the complement of red. So do the
    // painting's colours before levels and fine detail.
    for [r, g, b] in test.brush.states[0].display.pixels() {
        let (r, g, b) = (i32::from(*r), i32::from(*g), i32::from(*b));
        assert!(
            (g - r / 2).abs() <= 3 && (b + r - 255).abs() <= 4,
            "{r} {g} {b}"
        );
    }
    assert!(difference(&painted, &photo(0), 0) > 10.0);
}

#[test]
fn what_stands_still_is_not_painted_anew() {
    /// Most of the noise, 1.2 on average, must not pass through with the photo's fine detail.
    const LITTLE: f32 = 0.2;
    let mut test = TestBrush::with(&strokes());
    let mut noisy = photo(0);
    let first = test.paint(&noisy);
    for (i, byte) in noisy.rgba_mut().iter_mut().enumerate() {
        *byte = byte.wrapping_add((i * 7919 % 5) as u8).saturating_sub(2);
    }

    let second = test.paint(&noisy);

    assert!(difference(&first, &second, 0) < LITTLE);
}

#[test]
fn strokes_go_along_with_what_moves() {
    let mut test = TestBrush::with(&strokes());
    let mut first = test.paint(&photo(0));
    for at in [2, 4, 6] {
        first = test.paint(&photo(at));
    }

    let moved = test.paint(&photo(8));

    let along = difference(&first, &moved, 2);
    assert!(along < 6.0, "{along}");
    assert!(difference(&first, &moved, 0) > 2.0 * along);
}

#[test]
fn slow_motion_carries_strokes_along_in_the_end() {
    let mut test = TestBrush::with(&strokes());
    let slow = |at: f32| {
        picture(SIDE, SIDE, |x, y| {
            let value =
                125.0 + 60.0 * ((x as f32 - at) * 0.11).sin() + 50.0 * (y as f32 * 0.09).cos();
            [value as u8; 3]
        })
    };
    let first = test.paint(&slow(0.0));
    let mut last = first.clone();
    for step in 1..=20 {
        last = test.paint(&slow(step as f32 * 0.3));
    }

    assert!(difference(&first, &last, 6) < difference(&first, &last, 0));
}

#[test]
fn a_slow_frame_does_not_make_the_next_begin_anew() {
    let mut test = TestBrush::with(&strokes());
    let first = test.paint(&photo(0));
    test.milliseconds += 900;

    assert_eq!(difference(&first, &test.paint(&photo(0)), 0), 0.0);
    assert!(test.brush.states.len() == 1);
}

#[test]
fn a_cut_is_painted_as_if_nothing_was_before() {
    let mut test = TestBrush::with(&strokes());
    test.paint(&picture(SIDE, SIDE, |_, _| [20, 20, 20]));
    let other = picture(SIDE, SIDE, |x, _| [120 + x as u8; 3]);

    let after = test.paint(&other);

    assert_eq!(after, TestBrush::with(&strokes()).paint(&other));
}

#[test]
fn a_darker_photo_is_painted_darker() {
    let mean = |p: &Picture| {
        let sum: u32 = p
            .rgba()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|p| u32::from(p[0]))
            .sum();
        sum as f32 / p.size().pixels() as f32
    };
    let at = |part: f32| {
        let mut photo = photo(0);
        let bytes = photo.rgba_mut().iter_mut();
        bytes.for_each(|byte| *byte = (f32::from(*byte) * part) as u8);
        mean(&TestBrush::with(&strokes()).paint(&photo))
    };

    let [dim, usual, bright] = [at(0.3), at(0.55), at(0.8)];

    assert!(
        dim + 10.0 < usual && usual + 10.0 < bright,
        "{dim} {usual} {bright}"
    );
}

/// Returns halves of equal brightness, blue and red, and a face with skin in the right half.
fn halves() -> (Picture, ExemplarFace) {
    let reference = picture(
        200,
        200,
        |x, _| if x < 100 { [0, 60, 250] } else { [200, 30, 40] },
    );
    let skin: Vec<f32> = (0..32 * 32)
        .map(|i| f32::from(u8::from(i % 32 >= 16)))
        .collect();
    let labels = LabelPlace {
        labels: Labels::new(32, &skin, &[]),
        crop_from_frame: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        side: 200.0,
    };
    let shape = Landmarks68(std::array::from_fn(|i| {
        Point::<FramePx>::new(110.0 + i as f32, 60.0 + (i * 31 % 67) as f32)
    }));
    let face = ExemplarFace {
        shape,
        labels: Some(labels),
    };
    (reference, face)
}

#[test]
fn the_ground_lends_nothing_to_skin() {
    let (reference, face) = halves();
    let exemplar = Exemplar::new(&reference, Some(&face), Texture::DEFAULT);
    let grey = picture(SIDE, SIDE, |_, _| [90, 90, 90]);
    let crop = Crop {
        picture: grey.clone(),
        frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
    };
    let labels = Labels::new(4, &[1.0; 16], &[]);
    let input = PaintInput {
        subject: Subject::Face(TrackId(1)),
        window: Window::whole(grey.size()),
        photo: &crop,
        points: None,
        labels: Some(&labels),
        now: FrameTime::default(),
    };
    let style = PaintStyle {
        first: &exemplar,
        second: None,
        likeness: Likeness::DEFAULT,
        quickness: Quickness::DEFAULT,
    };
    let (mut brush, mut painted) = (Brush::default(), grey.clone());

    brush.look(&input);
    brush.paint(&input, &grey, &style, &mut painted);

    let red = painted
        .rgba()
        .as_chunks::<4>()
        .0
        .iter()
        .filter(|p| p[0] > p[2]);
    assert!(red.count() * 100 > 95 * grey.size().pixels());
}

#[test]
fn of_two_references_more_comes_from_the_one_with_the_larger_share() {
    let of = |colour: [u8; 3]| {
        picture(120, 120, move |x, y| {
            colour.map(|c| c + ((x + y) % 9) as u8)
        })
    };
    let [red, blue] =
        [[150, 40, 40], [50, 60, 240]].map(|c| Exemplar::new(&of(c), None, Texture::DEFAULT));
    let grey = photo(0);
    let crop = Crop {
        picture: grey.clone(),
        frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
    };
    let input = PaintInput {
        subject: Subject::Face(TrackId(1)),
        window: Window::whole(grey.size()),
        photo: &crop,
        points: None,
        labels: None,
        now: FrameTime::default(),
    };
    let blue_part = |mix: f32| {
        let style = PaintStyle {
            first: &red,
            second: Some((&blue, Mix::clamped(mix))),
            likeness: Likeness::DEFAULT,
            quickness: Quickness::DEFAULT,
        };
        let (mut brush, mut painted) = (Brush::default(), grey.clone());
        brush.look(&input);
        brush.paint(&input, &grey, &style, &mut painted);
        let blue = painted
            .rgba()
            .as_chunks::<4>()
            .0
            .iter()
            .filter(|p| p[2] > p[0])
            .count();
        blue as f32 / grey.size().pixels() as f32
    };

    let parts = [0.0, 0.25, 0.75, 1.0].map(blue_part);

    assert!(parts[0] < 0.02 && parts[3] > 0.98, "{parts:?}");
    assert!(parts.is_sorted(), "{parts:?}");
}

#[test]
fn references_and_crops_of_any_size_are_painted() {
    for (width, height) in [(1, 1), (3, 700), (4000, 9), (64, 64)] {
        let reference = picture(width, height, |x, y| [(x * 40) as u8, (y * 3) as u8, 99]);
        for side in [4, 32, 36, 52] {
            let photo = picture(side, side, |x, y| [(x * y) as u8; 3]);

            assert_eq!(
                TestBrush::with(&reference).paint(&photo).size(),
                photo.size()
            );
        }
    }
}
