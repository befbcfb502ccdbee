//! Stroke size. The network draws strokes of a fixed size in its own pixels; a crop at half the
//! resolution therefore gets strokes of twice the size.

use crate::domain::face::Crop;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, Transform};
use crate::domain::style::StyleCode;
use crate::pictures::warp::{Outside, Warper};
use crate::stages::stylize::{StylizeError, Stylizer};

/// Range of the network's input sides, pixels.
const SMALLEST: f32 = 64.0;
const LARGEST: f32 = 1024.0;

/// Fraction of the photo's fine detail added to an enlarged result: eyes and mouth stay readable under
/// large strokes.
const DETAIL: f32 = 0.6;

/// Restyles the colours of `crop` with strokes `texture` times as large as the network's own at the
/// crop's size; alpha is unchanged.
pub fn stylize_with_texture(
    stylizer: &mut dyn Stylizer,
    crop: &mut Crop,
    code: &StyleCode,
    texture: f32,
) -> Result<(), StylizeError> {
    let full = crop.picture.size();
    let size = seen_size(full, texture);
    if size == full {
        return stylizer.stylize(crop, code);
    }
    let photo = resized(&crop.picture, size);
    let mut seen = Crop {
        picture: photo.clone(),
        frame_from_crop: crop.frame_from_crop,
    };
    stylizer.stylize(&mut seen, code)?;
    let styled = resized(&seen.picture, full);
    if size.width < full.width {
        let soft = resized(&photo, full);
        paint_with_detail(&styled, &soft, &mut crop.picture);
    } else {
        let pixels = crop.picture.rgba_mut().as_chunks_mut::<4>().0.iter_mut();
        for (pixel, [r, g, b, _]) in pixels.zip(styled.rgba().as_chunks::<4>().0) {
            (pixel[0], pixel[1], pixel[2]) = (*r, *g, *b);
        }
    }
    Ok(())
}

/// Returns the network's input size for a crop of this size: multiples of 4.
fn seen_size(full: Size, texture: f32) -> Size {
    let side = |side: u32| {
        let wished = side as f32 / texture;
        let limits = (SMALLEST.min(side as f32), LARGEST.max(side as f32));
        ((wished.clamp(limits.0, limits.1) / 4.0).round() as u32) * 4
    };
    Size::new(side(full.width), side(full.height))
}

/// Returns `picture` resampled to another size.
pub(super) fn resized(picture: &Picture, size: Size) -> Picture {
    let from = picture.size();
    let map: Transform<CropPx, CropPx> = Transform::scale_then_move(
        from.width as f32 / size.width as f32,
        from.height as f32 / size.height as f32,
        0.0,
        0.0,
    );
    let mut target = Picture::filled(size, [0, 0, 0, 255]);
    Warper::default().warp(picture, &map, Outside::Edge, &mut target);
    target
}

/// Writes `styled` into `photo` and adds a fraction of the difference between the photo and `soft`.
fn paint_with_detail(styled: &Picture, soft: &Picture, photo: &mut Picture) {
    let light =
        |[r, g, b, _]: [u8; 4]| 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
    let sources = styled.rgba().as_chunks::<4>().0.iter();
    let sources = sources.zip(soft.rgba().as_chunks::<4>().0);
    let pixels = photo.rgba_mut().as_chunks_mut::<4>().0;
    for (pixel, ([r, g, b, _], soft)) in pixels.iter_mut().zip(sources) {
        let detail = DETAIL * (light(*pixel) - light(*soft));
        // The cast saturates.
        let lit = |byte: &u8| (f32::from(*byte) + detail + 0.5) as u8;
        (pixel[0], pixel[1], pixel[2]) = (lit(r), lit(g), lit(b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::model::ModelReport;

    /// Paints black and white stripes two pixels wide, and records the sizes of its inputs.
    struct Stripes(Vec<Size>);

    impl Stylizer for Stripes {
        fn stylize(&mut self, crop: &mut Crop, _: &StyleCode) -> Result<(), StylizeError> {
            self.0.push(crop.picture.size());
            let width = crop.picture.size().width as usize;
            let pixels = crop.picture.rgba_mut().chunks_exact_mut(4);
            for (at, pixel) in pixels.enumerate() {
                pixel[..3].fill(if (at % width / 2).is_multiple_of(2) {
                    0
                } else {
                    255
                });
            }
            Ok(())
        }

        fn models(&self) -> Vec<ModelReport> {
            Vec::new()
        }
    }

    fn stripes(texture: f32) -> (Size, usize) {
        let mut stylizer = Stripes(Vec::new());
        let mut crop = Crop {
            picture: Picture::filled(Size::new(256, 128), [90, 90, 90, 33]),
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        };
        let code = StyleCode(vec![0.0]);
        stylize_with_texture(&mut stylizer, &mut crop, &code, texture).unwrap();
        let row = crop.picture.rgba()[..256 * 4].as_chunks::<4>().0.to_vec();
        let edges = row
            .windows(2)
            .filter(|w| (w[0][0] < 128) != (w[1][0] < 128));
        assert_eq!(row[0][3], 33, "alpha stays");
        (stylizer.0[0], edges.count())
    }

    #[test]
    fn strokes_of_twice_the_size_are_half_as_many() {
        assert_eq!(stripes(1.0), (Size::new(256, 128), 127));
        assert_eq!(stripes(2.0), (Size::new(128, 64), 63));
    }

    #[test]
    fn the_network_never_sees_less_than_it_can_read() {
        let small = seen_size(Size::new(64, 64), 2.0);
        let large = seen_size(Size::new(1024, 1024), 0.5);

        assert_eq!((small.width, large.width), (64, 1024));
        let fine = seen_size(Size::new(448, 252), 0.7);
        assert_eq!((fine.width % 4, fine.height % 4), (0, 0));
    }
}
