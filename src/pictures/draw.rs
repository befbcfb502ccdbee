//! Draws lines, dots and a few letters on pictures, for debugging.

use crate::domain::frame::Picture;
use crate::domain::geometry::{Point, Rect};

/// Sets a pixel's colour, if it lies inside the picture.
fn plot(picture: &mut Picture, x: i64, y: i64, ink: [u8; 3]) {
    let size = picture.size();
    if x < 0 || y < 0 || x >= i64::from(size.width) || y >= i64::from(size.height) {
        return;
    }
    let at = (y as usize * size.width as usize + x as usize) * 4;
    if let Some(pixel) = picture.rgba_mut().get_mut(at..at + 4) {
        pixel.copy_from_slice(&[ink[0], ink[1], ink[2], 255]);
    }
}

/// Fills the pixels `left..right`, `top..bottom`.
fn fill(picture: &mut Picture, (left, top): (i64, i64), (right, bottom): (i64, i64), ink: [u8; 3]) {
    let size = picture.size();
    for y in top.max(0)..bottom.min(i64::from(size.height)) {
        for x in left.max(0)..right.min(i64::from(size.width)) {
            plot(picture, x, y, ink);
        }
    }
}

/// Draws a disc with this radius in pixels.
pub fn dot<S>(picture: &mut Picture, at: Point<S>, radius: f32, ink: [u8; 3]) {
    if !at.is_finite() {
        return;
    }
    let reach = radius.clamp(0.0, 64.0).ceil() as i64;
    let (x, y) = (at.x.floor() as i64, at.y.floor() as i64);
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let far = Point::<S>::new((x + dx) as f32 + 0.5, (y + dy) as f32 + 0.5).distance(at);
            if far <= radius.max(0.5) {
                plot(picture, x + dx, y + dy, ink);
            }
        }
    }
}

/// Draws the outline of a rectangle, `thick` pixels wide, inwards.
pub fn frame_of<S>(picture: &mut Picture, rect: &Rect<S>, thick: u32, ink: [u8; 3]) {
    if !rect.is_finite() {
        return;
    }
    let (left, top) = (rect.x as i64, rect.y as i64);
    let (right, bottom) = ((rect.x + rect.width) as i64, (rect.y + rect.height) as i64);
    let thick = i64::from(thick);
    fill(picture, (left, top), (right, top + thick), ink);
    fill(picture, (left, bottom - thick), (right, bottom), ink);
    fill(picture, (left, top), (left + thick, bottom), ink);
    fill(picture, (right - thick, top), (right, bottom), ink);
}

/// Draws capital letters, digits and `+-.:%` on a dark background, with `scale` pixels per cell; other
/// characters are blank.
pub fn text(picture: &mut Picture, (x, y): (i64, i64), words: &str, scale: u32, ink: [u8; 3]) {
    let scale = i64::from(scale.max(1));
    let cells = |count: usize| scale * i64::try_from(count).unwrap_or_default();
    let width = 6 * cells(words.chars().count());
    fill(
        picture,
        (x - scale, y - scale),
        (x + width, y + 8 * scale),
        [0, 0, 0],
    );
    for (i, letter) in words.chars().enumerate() {
        let left = x + 6 * cells(i);
        for (row, bits) in glyph(letter).into_iter().enumerate() {
            for column in 0..5 {
                if bits >> (4 - column) & 1 == 1 {
                    let (cx, cy) = (left + column * scale, y + cells(row));
                    fill(picture, (cx, cy), (cx + scale, cy + scale), ink);
                }
            }
        }
    }
}

/// Returns a glyph as seven rows of five bits.
#[rustfmt::skip]
fn glyph(letter: char) -> [u8; 7] {
    match letter {
        '0' => [14, 17, 19, 21, 25, 17, 14], '1' => [4, 12, 4, 4, 4, 4, 14],
        '2' => [14, 17, 1, 6, 8, 16, 31], '3' => [30, 1, 1, 14, 1, 1, 30],
        '4' => [2, 6, 10, 18, 31, 2, 2], '5' => [31, 16, 30, 1, 1, 17, 14],
        '6' => [6, 8, 16, 30, 17, 17, 14], '7' => [31, 1, 2, 4, 8, 8, 8],
        '8' => [14, 17, 17, 14, 17, 17, 14], '9' => [14, 17, 17, 15, 1, 2, 12],
        'A' => [14, 17, 17, 31, 17, 17, 17], 'B' => [30, 17, 17, 30, 17, 17, 30],
        'C' => [14, 17, 16, 16, 16, 17, 14], 'D' => [30, 17, 17, 17, 17, 17, 30],
        'E' => [31, 16, 16, 30, 16, 16, 31], 'F' => [31, 16, 16, 30, 16, 16, 16],
        'G' => [14, 17, 16, 23, 17, 17, 15], 'H' => [17, 17, 17, 31, 17, 17, 17],
        'I' => [14, 4, 4, 4, 4, 4, 14], 'J' => [7, 2, 2, 2, 2, 18, 12],
        'K' => [17, 18, 20, 24, 20, 18, 17], 'L' => [16, 16, 16, 16, 16, 16, 31],
        'M' => [17, 27, 21, 21, 17, 17, 17], 'N' => [17, 25, 21, 19, 17, 17, 17],
        'O' => [14, 17, 17, 17, 17, 17, 14], 'P' => [30, 17, 17, 30, 16, 16, 16],
        'Q' => [14, 17, 17, 17, 21, 18, 13], 'R' => [30, 17, 17, 30, 20, 18, 17],
        'S' => [15, 16, 16, 14, 1, 1, 30], 'T' => [31, 4, 4, 4, 4, 4, 4],
        'U' => [17, 17, 17, 17, 17, 17, 14], 'V' => [17, 17, 17, 17, 17, 10, 4],
        'W' => [17, 17, 17, 21, 21, 27, 17], 'X' => [17, 17, 10, 4, 10, 17, 17],
        'Y' => [17, 17, 10, 4, 4, 4, 4], 'Z' => [31, 1, 2, 4, 8, 16, 31],
        '+' => [0, 4, 4, 31, 4, 4, 0], '-' => [0, 0, 0, 31, 0, 0, 0],
        '.' => [0, 0, 0, 0, 0, 12, 12], ':' => [0, 12, 12, 0, 12, 12, 0],
        '%' => [24, 25, 2, 4, 8, 19, 3],
        _ => [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    #[test]
    fn what_lies_outside_of_the_picture_is_left_out() {
        let mut picture = Picture::filled(Size::new(8, 8), [9, 9, 9, 255]);

        dot(&mut picture, Point::<()>::new(-50.0, 4.0), 3.0, [255; 3]);
        dot(&mut picture, Point::<()>::new(f32::NAN, 4.0), 3.0, [255; 3]);
        frame_of(
            &mut picture,
            &Rect::<()>::new(-20.0, -20.0, 60.0, 60.0),
            2,
            [255; 3],
        );
        text(&mut picture, (100, -100), "NOWHERE", 3, [255; 3]);

        assert!(
            picture
                .rgba()
                .iter()
                .all(|&value| value == 9 || value == 255)
        );
        assert_eq!(picture.pixel_clamped(4, 4), [9, 9, 9, 255]);
    }

    #[test]
    fn a_letter_is_drawn_in_ink_on_black() {
        let mut picture = Picture::filled(Size::new(12, 12), [9, 9, 9, 255]);

        text(&mut picture, (2, 2), "I", 1, [1, 2, 3]);

        assert_eq!(picture.pixel_clamped(4, 5), [1, 2, 3, 255]);
        assert_eq!(picture.pixel_clamped(2, 5), [0, 0, 0, 255]);
    }
}
