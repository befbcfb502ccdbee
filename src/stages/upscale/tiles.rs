//! Super-resolution in tiles. Each tile includes the network's receptive field around it, hence the joined
//! tiles equal the picture enlarged in one pass. Memory holds one band of tiles.

use crate::domain::frame::{Picture, Size};
use crate::pictures::part;
use crate::stages::upscale::{SCALE, UpscaleError, Upscaler};

/// Side of a tile without its surroundings, input pixels.
const TILE: u32 = 192;

/// Upper bound of the shipped networks' receptive-field radius, input pixels: `superres_full` has 33,
/// `superres_medium` and `superres_gan` 17, `superres_small` 4.
pub const REACH: u32 = 36;

/// A range of one axis: `start..start + length`, with an input of `seen_length` from `seen` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    start: u32,
    length: u32,
    seen: u32,
    seen_length: u32,
}

/// Divides an axis into tiles.
fn stretches(length: u32, tile: u32, reach: u32) -> impl Iterator<Item = Stretch> {
    let tile = tile.max(1);
    (0..length.div_ceil(tile)).map(move |i| {
        let start = i * tile;
        let end = start.saturating_add(tile).min(length);
        let seen = start.saturating_sub(reach);
        Stretch {
            start,
            length: end - start,
            seen,
            seen_length: end.saturating_add(reach).min(length) - seen,
        }
    })
}

/// Returns the number of tiles of a picture.
pub fn count(size: Size) -> u64 {
    u64::from(size.width.div_ceil(TILE)) * u64::from(size.height.div_ceil(TILE))
}

/// Enlarges `picture` and passes it to `band` in bands of rows, top first, each as wide as the enlarged
/// picture; calls `tile_done` after each tile. An error of `band` ends the work.
pub fn enlarge<E: From<UpscaleError>>(
    upscaler: &mut Upscaler,
    picture: &Picture,
    mut tile_done: impl FnMut(),
    mut band: impl FnMut(&Picture) -> Result<(), E>,
) -> Result<(), E> {
    let size = picture.size();
    let mut large = Picture::filled(Size::new(0, 0), [0; 4]);
    for down in stretches(size.height, TILE, REACH) {
        let band_size = Size::new(size.width * SCALE, down.length * SCALE);
        if large.size() != band_size {
            large = Picture::filled(band_size, [0, 0, 0, 255]);
        }
        for along in stretches(size.width, TILE, REACH) {
            let seen = Size::new(along.seen_length, down.seen_length);
            let view = part(picture, along.seen, down.seen, seen);
            let tile = upscaler.enlarge(&view)?;
            put(&tile, along, down, &mut large);
            tile_done();
        }
        band(&large)?;
    }
    Ok(())
}

/// Enlarges the whole `picture` in tiles.
pub fn enlarge_whole(upscaler: &mut Upscaler, picture: &Picture) -> Result<Picture, UpscaleError> {
    let size = super::enlarged(picture.size());
    let mut rgba = Vec::with_capacity(size.pixels() * 4);
    enlarge(
        upscaler,
        picture,
        || (),
        |band| {
            rgba.extend_from_slice(band.rgba());
            Ok::<(), UpscaleError>(())
        },
    )?;
    let name = || upscaler.model().report().name.clone();
    Picture::from_rgba(size, rgba).map_err(|error| UpscaleError::Shape {
        name: name(),
        size: picture.size(),
        found: error.bytes,
    })
}

/// Copies the middle of an enlarged tile into its band.
fn put(tile: &Picture, along: Stretch, down: Stretch, band: &mut Picture) {
    let bytes = |pixels: u32| (pixels * SCALE) as usize * 4;
    let tile_row = bytes(along.seen_length).max(4);
    let band_row = (band.size().width as usize * 4).max(4);
    let inside = bytes(along.start - along.seen);
    let (to, length) = (bytes(along.start), bytes(along.length));
    let above = ((down.start - down.seen) * SCALE) as usize;
    let rows = tile.rgba().chunks_exact(tile_row).skip(above);
    for (from_row, to_row) in rows.zip(band.rgba_mut().chunks_exact_mut(band_row)) {
        let from = from_row.get(inside..inside + length);
        if let (Some(from), Some(to)) = (from, to_row.get_mut(to..to + length)) {
            to.copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_an_axis_once_and_see_their_surroundings() {
        for length in [1, 127, 128, 129, 300] {
            let cut: Vec<Stretch> = stretches(length, TILE, REACH).collect();

            assert_eq!(cut.iter().map(|s| s.length).sum::<u32>(), length);
            for pair in cut.windows(2) {
                assert_eq!(pair[0].start + pair[0].length, pair[1].start);
                assert_eq!(pair[1].seen, pair[1].start - REACH);
            }
            let last = cut.last().unwrap();
            assert_eq!(last.seen + last.seen_length, length);
        }
        assert_eq!(stretches(0, TILE, REACH).count(), 0);
    }
}
