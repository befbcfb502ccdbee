//! The only place that converts pixels to tensors of floats and back. A network with byte inputs takes a
//! picture's own bytes ([`Input::bytes`](crate::inference::model::Input::bytes)).
//!
//! Tensors are `f32`, planar (CHW), RGB, sRGB-encoded values in `[0, 1]`; pictures are RGBA8.

use crate::domain::frame::Picture;

/// Writes `picture` as three planes (R, G, B) of `width * height` values in `[0, 1]`; alpha is omitted.
/// `planes` is resized as needed and reused.
pub fn planes_from_picture(picture: &Picture, planes: &mut Vec<f32>) {
    let pixels = picture.size().pixels();
    planes.resize(pixels * 3, 0.0);
    let (red, rest) = planes.split_at_mut(pixels);
    let (green, blue) = rest.split_at_mut(pixels);
    let outputs = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut());
    // Reads the channels from one word: twice as fast as byte by byte.
    let channel = |word: u32, by: u32| f32::from((word >> by) as u8) / 255.0;
    for (pixel, ((r, g), b)) in picture.rgba().as_chunks::<4>().0.iter().zip(outputs) {
        let word = u32::from_le_bytes(*pixel);
        *r = channel(word, 0);
        *g = channel(word, 8);
        *b = channel(word, 16);
    }
}

/// Writes three planes (R, G, B) in `[0, 1]` to the colours of `picture`; alpha is kept. Values outside the
/// range are clamped; pixels without a value stay unchanged.
pub fn picture_from_planes(planes: &[f32], picture: &mut Picture) {
    let pixels = picture.size().pixels();
    let (Some(red), Some(green), Some(blue)) = (
        planes.get(..pixels),
        planes.get(pixels..2 * pixels),
        planes.get(2 * pixels..3 * pixels),
    ) else {
        return;
    };
    // The cast saturates, and maps NaN to 0.
    let byte = |value: f32| (value * 255.0 + 0.5) as u8;
    for (((pixel, &r), &g), &b) in picture
        .rgba_mut()
        .chunks_exact_mut(4)
        .zip(red)
        .zip(green)
        .zip(blue)
    {
        pixel[0] = byte(r);
        pixel[1] = byte(g);
        pixel[2] = byte(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    #[test]
    fn a_picture_survives_the_way_to_planes_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let picture = Picture::from_rgba(Size::new(8, 8), bytes).unwrap();
        let mut planes = Vec::new();
        let mut back = picture.clone();

        planes_from_picture(&picture, &mut planes);
        picture_from_planes(&planes, &mut back);

        assert_eq!(back, picture);
    }

    #[test]
    fn values_out_of_range_are_cut_off() {
        let mut picture = Picture::filled(Size::new(1, 1), [9, 9, 9, 255]);

        picture_from_planes(&[-1.0, 2.0, f32::NAN], &mut picture);

        assert_eq!(picture.rgba(), [0, 255, 0, 255]);
    }
}
