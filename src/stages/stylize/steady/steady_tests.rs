//! What holding styled pictures promises.

use super::*;
use crate::domain::frame::{Picture, Size};
use crate::stages::stylize::window::Windows;
use proptest::prelude::*;

const SIDE: u32 = 64;

const CORING: Coring = Coring {
    raise: 0.2,
    lower: 0.2,
    usual: None,
};

/// The time between two frames.
const TURN: Duration = Duration::from_millis(33);

/// A crop of 64×64 grey pixels of the values `at(x, y)`.
fn picture(at: impl Fn(f32, f32) -> f32) -> Picture {
    let rgba = (0..SIDE * SIDE).flat_map(|i| {
        let grey = at((i % SIDE) as f32, (i / SIDE) as f32) as u8;
        [grey, grey, grey, 255]
    });
    Picture::from_rgba(Size::new(SIDE, SIDE), rgba.collect()).unwrap()
}

/// Repeatable noise in `[-1, 1]`.
fn noise(seed: u32, x: f32, y: f32) -> f32 {
    let mut bits =
        seed ^ (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA6B);
    for _ in 0..3 {
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    }
    bits as f32 / u32::MAX as f32 * 2.0 - 1.0
}

/// Some structure of a face's scale.
fn ground(x: f32, y: f32) -> f32 {
    120.0 + 40.0 * (x * 0.21).sin() + 40.0 * (y * 0.17).cos()
}

/// All of `crop`.
fn whole(crop: &Crop, subject: Subject) -> Section {
    let window = Window::whole(crop.picture.size());
    Section { subject, window }
}

/// Shows `styled` of `photo` as frame `number`.
fn shown(steadier: &mut Steadier, number: u64, photo: &Picture, styled: &Picture) -> Picture {
    let mut crop = Crop {
        picture: styled.clone(),
        frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
    };
    let now = FrameTime(TURN * number as u32);
    let before = Crop {
        picture: photo.clone(),
        ..crop.clone()
    };
    let section = whole(&crop, Subject::Frame);
    steadier.look(section, &before, Pace::of_quickness(0.5), now, None);
    steadier.blend(section, &mut crop, CORING, now);
    crop.picture
}

/// Mean difference of two pictures' greys.
fn apart(a: &Picture, b: &Picture) -> f32 {
    let differ = |(a, b): (&u8, &u8)| f32::from(a.abs_diff(*b));
    let sum: f32 = a.rgba().iter().zip(b.rgba()).map(differ).sum();
    sum / (a.size().pixels() * 3) as f32
}

/// How much the last two of twenty still frames differ, styled and shown; the camera's noise
/// has this amplitude.
fn boil(amplitude: f32) -> (f32, f32) {
    let mut steadier = Steadier::default();
    let mut before: Option<(Picture, Picture)> = None;
    let mut last = (0.0, 0.0);
    for number in 0..20_u32 {
        let photo = picture(|x, y| ground(x, y) + amplitude * noise(number, x, y));
        let styled = picture(|x, y| ground(x, y) + 40.0 * noise(number + 99, x, y));
        let out = shown(&mut steadier, u64::from(number), &photo, &styled);
        if let Some((old_styled, old_out)) = &before {
            last = (apart(old_styled, &styled), apart(old_out, &out));
        }
        before = Some((styled, out));
    }
    last
}

#[test]
fn a_still_face_before_a_noisy_camera_does_not_boil() {
    for amplitude in [0.0, 4.0, 8.0] {
        let (styled, out) = boil(amplitude);

        assert!(out < 0.25 * styled, "{amplitude}: {styled} became {out}");
    }
}

#[test]
fn what_moves_is_not_smeared() {
    let mut steadier = Steadier::default();
    let square = |left: f32| {
        move |x: f32, y: f32| {
            let inside = (left..left + 16.0).contains(&x) && (24.0..40.0).contains(&y);
            if inside { 220.0 } else { 60.0 }
        }
    };
    for number in 0..12_u64 {
        // Nine pixels a frame: farther than it is wide in two.
        let photo = picture(square((number % 6) as f32 * 9.0));
        // The style turns light into dark, and adds what must not be seen again.
        let styled = picture(|x, y| 255.0 - square((number % 6) as f32 * 9.0)(x, y));

        let out = shown(&mut steadier, number, &photo, &styled);

        assert!(
            apart(&out, &styled) < 2.0,
            "{number}: {}",
            apart(&out, &styled)
        );
    }
}

/// The window around what shows if only pixels from `left` on do.
fn window_from(picture: &Picture, left: usize) -> Window {
    let mut shows = picture.clone();
    for (at, pixel) in shows.rgba_mut().chunks_exact_mut(4).enumerate() {
        pixel[3] = if at % SIDE as usize >= left { 255 } else { 0 };
    }
    Windows::default().around(Subject::Face(TrackId(0)), &shows, FrameTime::default())
}

/// Twenty frames of strokes that are made anew each time on a photo that moves, seen from `left` on in the
/// frame of that number; gives what is shown in the last two of them, the part that both show.
fn shown_through_windows(left: impl Fn(u32) -> usize) -> [Picture; 2] {
    let (mut steadier, mut last) = (Steadier::default(), Vec::new());
    for number in 0..20_u32 {
        let moved = 0.4 * number as f32;
        let photo = picture(|x, y| ground(x - moved, y));
        let styled =
            picture(|x, y| ground(x - moved, y) + 40.0 * noise(number + 9, x * 0.25, y * 0.25));
        let window = window_from(&photo, left(number));
        let section = Section {
            subject: Subject::Face(TrackId(0)),
            window,
        };
        let cut = |picture: &Picture| {
            window.cut_crop(&Crop {
                picture: picture.clone(),
                frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
            })
        };
        let (now, mut crop) = (FrameTime(TURN * number), cut(&styled));
        steadier.look(section, &cut(&photo), Pace::of_quickness(0.5), now, None);
        steadier.blend(section, &mut crop, CORING, now);
        let mut out = Picture::filled(photo.size(), [0; 4]);
        window.paste(&crop.picture, &mut out);
        last.push(window_from(&photo, 48).cut(&out));
    }
    let second = last.pop().unwrap();
    [last.pop().unwrap(), second]
}

#[test]
fn what_is_held_stays_when_a_window_grows_or_shrinks() {
    let apart_in = |lefts: [usize; 2]| {
        let [before, after] = shown_through_windows(|number| lefts[usize::from(number == 19)]);
        apart(&before, &after)
    };
    // Strokes that are made anew are 27 apart.
    for lefts in [[48, 48], [12, 12], [48, 12], [12, 48]] {
        let kept = apart_in(lefts);
        assert!(kept < 13.0, "{kept} from {lefts:?}");
    }
}

#[test]
fn what_a_window_did_not_show_is_fresh_when_it_grows() {
    // Each row of the photo is even: beyond the window's edge it goes on as it is at the edge.
    let photo = picture(|_, y| ground(0.0, y));
    let strokes = |seed: u32| picture(|x, y| 128.0 + 40.0 * noise(seed, x, y));
    let mut steadier = Steadier::default();
    let mut show = |number: u32, left: usize| {
        let section = Section {
            subject: Subject::Frame,
            window: window_from(&photo, left),
        };
        let crop = |picture: &Picture| Crop {
            picture: section.window.cut(picture),
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        };
        let (mut out, now) = (crop(&strokes(number)), FrameTime(TURN * number));
        let pace = Pace::of_quickness(0.5);
        steadier.look(section, &crop(&photo), pace, now, None);
        steadier.blend(section, &mut out, CORING, now);
        out.picture
    };
    show(0, 48);

    let out = show(1, 0);

    let apart_in = |window: Window, seed: u32| {
        let strokes = window.cut(&strokes(seed));
        apart(&window.cut(&out), &strokes)
    };
    let mut left_out = photo.clone();
    for (at, pixel) in left_out.rgba_mut().chunks_exact_mut(4).enumerate() {
        pixel[3] = if at % SIDE as usize > 3 { 0 } else { 255 };
    }
    let new = Windows::default().around(Subject::Face(TrackId(0)), &left_out, FrameTime::default());
    assert!(apart_in(new, 1) < 8.0, "{} beside", apart_in(new, 1));
    let old = window_from(&photo, 60);
    assert!(apart_in(old, 0) < 8.0, "{} inside", apart_in(old, 0));
}

/// Mean distance of a pixel to the one beside it.
fn contrast(picture: &Picture) -> f32 {
    let greys: Vec<f32> = picture.rgba().chunks(4).map(|p| f32::from(p[0])).collect();
    let steps = greys.windows(2).map(|pair| (pair[0] - pair[1]).abs());
    steps.sum::<f32>() / greys.len() as f32
}

#[test]
fn strokes_on_what_moves_stay_as_crisp_as_they_were_made() {
    let mut steadier = Steadier::default();
    for number in 0..25_u32 {
        let moved = 0.4 * number as f32;
        let photo = picture(|x, y| ground(x - moved, y));
        // Strokes that are made anew in every frame: their mean would be flat.
        let styled =
            picture(|x, y| ground(x - moved, y) + 40.0 * noise(number, x * 0.25, y * 0.25));

        let out = shown(&mut steadier, u64::from(number), &photo, &styled);

        let (made, seen) = (contrast(&styled), contrast(&out));
        assert!(seen > 0.7 * made, "{number}: {made} became {seen}");
    }
}

#[test]
fn a_cut_and_a_reset_begin_anew() {
    let mut steadier = Steadier::default();
    let (dark, light) = (picture(|_, _| 30.0), picture(|_, _| 200.0));
    for number in 0..5 {
        shown(&mut steadier, number, &dark, &dark);
    }

    assert_eq!(shown(&mut steadier, 5, &light, &light), light);
    steadier.reset();
    assert_eq!(shown(&mut steadier, 6, &light, &dark), dark);
}

#[test]
fn a_quick_picture_and_one_after_a_pause_are_as_they_are() {
    let mut steadier = Steadier::default();
    let (photo, first) = (picture(ground), picture(|_, _| 10.0));
    let second = picture(|_, _| 90.0);
    shown(&mut steadier, 0, &photo, &first);

    assert_eq!(shown(&mut steadier, 60, &photo, &second), second);
    assert_eq!(Pace::of_quickness(1.0).0, Duration::ZERO);
}

#[test]
fn no_more_subjects_are_remembered_than_there_is_room() {
    let mut steadier = Steadier::default();
    let photo = picture(ground);
    for id in 0..30 {
        let mut crop = Crop {
            picture: photo.clone(),
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        };
        let face = Subject::Face(TrackId(id));
        let (pace, now) = (Pace::of_quickness(0.2), FrameTime::default());
        let section = whole(&crop, face);
        steadier.look(section, &crop, pace, now, None);
        steadier.blend(section, &mut crop, CORING, now);
    }

    assert_eq!(steadier.memories.len(), MOST);
}

proptest! {
    #[test]
    fn no_size_and_no_transform_breaks_it(
        width in 1_u32..70,
        height in 1_u32..40,
        rows in [[any::<f32>(), any::<f32>(), any::<f32>()], [any::<f32>(), any::<f32>(), any::<f32>()]],
    ) {
        let mut steadier = Steadier::default();
        let photo = Picture::filled(Size::new(width, height), [9, 99, 200, 5]);
        for number in 0..3 {
            let mut crop = Crop {
                picture: photo.clone(),
                frame_from_crop: Transform::from_rows(rows),
            };
            let now = FrameTime(TURN * number);
            let section = whole(&crop, Subject::Frame);
            steadier.look(section, &crop, Pace::of_quickness(0.0), now, None);
            steadier.blend(section, &mut crop, CORING, now);
            prop_assert_eq!(&crop.picture, &photo);
        }
    }
}
