//! [`Backdrop`]: the reference picture as the place where the styled head is. The painted head is
//! taken out of it, and [`Hook`] hangs the picture so that its place lies behind the head in the frame.

// Taking the painted head out.
mod closing;

use std::time::Duration;

use crate::domain::face::{BoundingBox, Crop};
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Rect, Transform};
use crate::pictures::{scaled, within};
use crate::stages::stylize::backdrop::closing::{Level, take_out};
use crate::stages::stylize::blur::blur;

/// Longest side of the picture, pixels.
const LONGEST: u32 = 1024;

/// Over this distance from its border the picture fades into its own blur, of its shorter side.
const FADE: f32 = 0.14;

/// Longest side of that blur, pixels, and its radius.
const FAR_LONGEST: u32 = 96;
const FAR_RADIUS: usize = 5;

/// Beyond the border its colours go on over so many of its sides, in cells of this share of a side.
const AROUND: usize = 2;
const CELLS: usize = 24;

/// So many cells at each side are its border.
const BORDER: usize = 3;

/// How long the picture takes to follow the head, about: what hangs does not tremble with it.
const CALM: Duration = Duration::from_millis(700);

/// A reference picture, ready to be hung behind heads.
#[derive(Debug, Clone)]
pub struct Backdrop {
    /// Without the painted head; alpha fades out at the border.
    picture: Picture,
    /// Its colours going on beyond its border, [`AROUND`] sides to each side.
    around: Picture,
    /// Blurred, for what lies even farther.
    far: Picture,
    /// Where the painted face was, in pixels of `picture`.
    face: Option<Rect<CropPx>>,
}

impl Backdrop {
    /// Of a reference. `head` is the cut-out of the head painted there, its mask in alpha, and `face` its
    /// box, both in pixels of `reference`.
    pub fn prepare(reference: &Picture, head: Option<&Crop>, face: Option<BoundingBox>) -> Self {
        let mut picture = within(reference.clone(), LONGEST);
        let scale = picture.size().width as f32 / reference.size().width.max(1) as f32;
        if let Some(head) = head {
            take_out(&mut picture, head, scale);
        }
        let mut far = within(picture.clone(), FAR_LONGEST);
        blur(&mut far, FAR_RADIUS);
        let around = going_on(&picture);
        fade(&mut picture);
        let face = face.map(|face| {
            let [x, y, w, h] = [face.x, face.y, face.width, face.height].map(|v| v * scale);
            Rect::new(x, y, w, h)
        });
        Self {
            picture,
            around,
            far,
            face,
        }
    }

    /// What lies behind heads in a frame of this size, back to front, while the picture hangs at
    /// `place`.
    pub fn layers(&self, frame: Size, place: Place) -> Vec<Crop> {
        let layer = |picture: &Picture, frame_from_crop| Crop {
            picture: picture.clone(),
            frame_from_crop,
        };
        let size = self.picture.size();
        let [wide, high] = [size.width, size.height].map(|side| side as f32 * place.scale);
        let (sides, cells) = (AROUND as f32, CELLS as f32);
        let (left, top) = (place.x - sides * wide, place.y - sides * high);
        let (right, low) = (
            place.x + (sides + 1.0) * wide,
            place.y + (sides + 1.0) * high,
        );
        let covers =
            left <= 0.0 && top <= 0.0 && right >= frame.width as f32 && low >= frame.height as f32;
        let far = (!covers).then(|| layer(&self.far, covering(self.far.size(), frame)));
        let around = Transform::scale_then_move(wide / cells, high / cells, left, top);
        let near = Transform::scale_then_move(place.scale, place.scale, place.x, place.y);
        let rest = [layer(&self.around, around), layer(&self.picture, near)];
        far.into_iter().chain(rest).collect()
    }

    /// Where the picture hangs if its face is to lie on `face`; with no face in one of them it covers
    /// the frame.
    fn wanted(&self, frame: Size, face: Option<&BoundingBox>) -> Place {
        let size = self.picture.size();
        if let (Some(own), Some(face)) = (&self.face, face)
            && own.height >= 1.0
            && face.is_finite()
            && face.height >= 1.0
        {
            let scale = face.height / own.height;
            let (to, from): (Point<FramePx>, Point<CropPx>) = (face.centre(), own.centre());
            return Place {
                scale,
                x: to.x - from.x * scale,
                y: to.y - from.y * scale,
            };
        }
        let (wide, high) = (size.width.max(1) as f32, size.height.max(1) as f32);
        let scale = (frame.width as f32 / wide).max(frame.height as f32 / high);
        Place {
            scale,
            x: (frame.width as f32 - wide * scale) / 2.0,
            y: (frame.height as f32 - high * scale) / 2.0,
        }
    }
}

/// Where a picture hangs: its scale, and where its top left corner lies, in frame pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    scale: f32,
    x: f32,
    y: f32,
}

/// Moves a picture calmly after the head.
#[derive(Debug, Default)]
pub struct Hook {
    hangs: Option<(Place, Size, FrameTime)>,
}

impl Hook {
    /// Takes the picture down: the next one is hung where it belongs at once.
    pub fn free(&mut self) {
        self.hangs = None;
    }

    /// Where `backdrop` hangs now. While no face is seen it stays where it is.
    pub fn place(
        &mut self,
        backdrop: &Backdrop,
        frame: Size,
        face: Option<&BoundingBox>,
        now: FrameTime,
    ) -> Place {
        let place = match self.hangs {
            Some((place, size, _)) if size == frame && face.is_none() => place,
            Some((was, size, at)) if size == frame => {
                let wanted = backdrop.wanted(frame, face);
                let left = (-now.since(at).as_secs_f32() / CALM.as_secs_f32()).exp();
                let mix = |was: f32, is: f32| is + (was - is) * left;
                let scale = mix(was.scale.ln(), wanted.scale.ln()).exp();
                Place {
                    scale,
                    x: mix(was.x, wanted.x),
                    y: mix(was.y, wanted.y),
                }
            }
            _ => backdrop.wanted(frame, face),
        };
        // A place without a face is no place to start from: the first face is met at once.
        self.hangs = (face.is_some() || self.hangs.is_some()).then_some((place, frame, now));
        place
    }
}

/// The map that stretches a small picture over a whole frame.
fn covering(small: Size, frame: Size) -> Transform<FramePx, CropPx> {
    Transform::scale_then_move(
        frame.width as f32 / small.width.max(1) as f32,
        frame.height as f32 / small.height.max(1) as f32,
        0.0,
        0.0,
    )
}

/// The picture's colours in cells, going on beyond its border.
fn going_on(picture: &Picture) -> Picture {
    let small = scaled(picture, Size::new(CELLS as u32, CELLS as u32));
    let side = CELLS * (2 * AROUND + 1);
    let inside = AROUND * CELLS..(AROUND + 1) * CELLS;
    let mut level = Level {
        width: side,
        height: side,
        colours: vec![[0.0; 3]; side * side],
        weights: vec![0.0; side * side],
    };
    // The border alone goes on; what lies in the middle has nothing to do with it.
    let is_border = |at: usize| !(BORDER..CELLS - BORDER).contains(&at);
    for (i, pixel) in small.rgba().as_chunks::<4>().0.iter().enumerate() {
        let (x, y) = (i % CELLS, i / CELLS);
        if is_border(x) || is_border(y) {
            let at = (inside.start + y) * side + inside.start + x;
            level.colours[at] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            level.weights[at] = 1.0;
        }
    }
    let colours = level.filled().into_iter();
    let bytes = colours.flat_map(|[r, g, b]| [r, g, b, 255.0].map(|v| (v + 0.5) as u8));
    let size = Size::new(side as u32, side as u32);
    Picture::from_rgba(size, bytes.collect())
        .unwrap_or_else(|_| Picture::filled(size, [0, 0, 0, 255]))
}

/// Lets the picture's alpha fall to 0 at its border.
fn fade(picture: &mut Picture) {
    let Size { width, height } = picture.size();
    let reach = (FADE * width.min(height) as f32).max(1.0);
    let from_edge = |at: usize, side: u32| (at as f32 + 0.5).min(side as f32 - at as f32 - 0.5);
    let pixels = picture.rgba_mut().as_chunks_mut::<4>().0;
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = (i % width as usize, i / width as usize);
        let t = (from_edge(x, width).min(from_edge(y, height)) / reach).min(1.0);
        pixel[3] = (t * t * (3.0 - 2.0 * t) * 255.0 + 0.5) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Size = Size::new(640, 360);

    fn at(ms: u64) -> FrameTime {
        FrameTime(Duration::from_millis(ms))
    }

    /// A slope of grey with a red disc, which a mask covers.
    fn painting() -> (Picture, Crop) {
        let disc = |x: f32, y: f32| (x - 100.0).hypot(y - 80.0) < 30.0;
        let mut picture = Picture::filled(Size::new(200, 160), [0, 0, 0, 255]);
        for (i, p) in picture
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            let (x, y) = ((i % 200) as f32, (i / 200) as f32);
            let grey = (40.0 + x) as u8;
            *p = if disc(x, y) {
                [255, 0, 0, 255]
            } else {
                [grey, grey, grey, 255]
            };
        }
        let mut mask = Picture::filled(Size::new(100, 100), [0; 4]);
        for (i, p) in mask
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            let (x, y) = ((i % 100) as f32 + 50.0, (i / 100) as f32 + 30.0);
            p[3] = if disc(x, y) { 255 } else { 0 };
        }
        let head = Crop {
            picture: mask,
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 50.0, 30.0),
        };
        (picture, head)
    }

    #[test]
    fn the_painted_head_is_gone_and_its_surroundings_close_over_it() {
        let (picture, head) = painting();
        let face = Rect::new(80.0, 60.0, 40.0, 40.0);

        let backdrop = Backdrop::prepare(&picture, Some(&head), Some(face));

        for (x, y) in [(100, 80), (85, 70), (118, 95), (100, 52)] {
            let [r, g, b, a] = backdrop.picture.pixel_clamped(x, y);
            assert_eq!((r, a), (g, 255), "{x} {y}: {r} {g} {b}");
            assert!(r.abs_diff(40 + x as u8) < 25, "{x}: {r}");
        }
        assert_eq!(backdrop.picture.pixel_clamped(20, 80)[..3], [60; 3]);
        assert!(backdrop.picture.pixel_clamped(0, 80)[3] < 10);
    }

    #[test]
    fn the_painted_faces_place_is_hung_on_the_first_face_at_once_and_follows_calmly() {
        let (picture, head) = painting();
        let own = Rect::new(80.0, 60.0, 40.0, 40.0);
        let backdrop = Backdrop::prepare(&picture, Some(&head), Some(own));
        let mut hook = Hook::default();
        let face = Rect::new(300.0, 100.0, 80.0, 80.0);
        hook.place(&backdrop, FRAME, None, at(0));

        let place = hook.place(&backdrop, FRAME, Some(&face), at(40));
        let layers = backdrop.layers(FRAME, place);
        assert_eq!(layers.len(), 2, "what goes on covers this frame");
        let (around, near) = (&layers[0], &layers[1]);

        let middle = near.frame_from_crop * Point::new(own.centre().x, own.centre().y);
        assert!(middle.distance(face.centre()) < 1e-3, "{middle:?}");
        assert_eq!(near.frame_from_crop.scale(), 2.0);
        // The cells lie where the picture's own colours are.
        let cell = Point::new(2.5 * CELLS as f32, 2.5 * CELLS as f32);
        let both = (
            around.frame_from_crop * cell,
            near.frame_from_crop * Point::new(100.0, 80.0),
        );
        assert!(both.0.distance(both.1) < 1e-2, "{both:?}");

        // Behind a small face far away what goes on ends within the frame, and the rest is covered, too.
        let far_away = Rect::new(20.0, 20.0, 8.0, 8.0);
        let small = Hook::default().place(&backdrop, FRAME, Some(&far_away), at(0));
        let layers = backdrop.layers(FRAME, small);
        let far = layers[0].picture.size();
        let corner = Point::new(far.width as f32, far.height as f32);
        assert_eq!(layers.len(), 3);
        assert_eq!(layers[0].frame_from_crop * corner, Point::new(640.0, 360.0));

        let moved = Rect::new(330.0, 100.0, 80.0, 80.0);
        let next = hook.place(&backdrop, FRAME, Some(&moved), at(80));
        assert!(next.x > place.x && next.x < place.x + 5.0);
        assert_eq!(hook.place(&backdrop, FRAME, None, at(120)), next);
        let long_after = hook.place(&backdrop, FRAME, Some(&moved), at(9000));
        assert!((long_after.x - place.x - 30.0).abs() < 0.1);
    }

    #[test]
    fn without_a_painted_face_the_picture_covers_the_frame() {
        let (picture, _) = painting();
        let backdrop = Backdrop::prepare(&picture, None, None);

        let place = Hook::default().place(&backdrop, FRAME, None, at(0));
        let layers = backdrop.layers(FRAME, place);
        let near = layers.last().unwrap();

        let (first, last) = (Point::new(0.0, 0.0), Point::new(200.0, 160.0));
        let (first, last) = (near.frame_from_crop * first, near.frame_from_crop * last);
        assert!(first.x <= 1e-3 && first.y <= 1e-3, "{first:?}");
        assert!(last.x >= 640.0 - 1e-3 && last.y >= 360.0 - 1e-3, "{last:?}");
    }

    #[test]
    fn boxes_of_nonsense_hang_it_somewhere_finite() {
        let (picture, _) = painting();
        let backdrop = Backdrop::prepare(&picture, None, Some(Rect::new(0.0, 0.0, 1.0, 0.0)));
        let mut hook = Hook::default();
        for value in [f32::NAN, f32::INFINITY, 0.0, -5.0] {
            let face = Rect::new(value, value, value, value);
            let place = hook.place(&backdrop, FRAME, Some(&face), at(10));
            assert!(place.scale.is_finite() && place.x.is_finite() && place.y.is_finite());
        }
    }
}
