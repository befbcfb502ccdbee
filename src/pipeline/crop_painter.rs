//! [`CropPainter`]: turns the photo in one crop into the shown picture, with the chosen colours and
//! strength.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::face::{Crop, Subject};
use crate::domain::frame::{FrameTime, Picture};
use crate::domain::settings::{Colours, Engine, Settings};
use crate::domain::thread::together;
use crate::domain::timing::{Clock, StageTimings};
use crate::pipeline::encoding::Originals;
use crate::pipeline::vision::FaceCrop;
use crate::stages::stylize::bend::Bend;
use crate::stages::stylize::brush::{Brush, Exemplar, PaintInput, PaintStyle};
use crate::stages::stylize::colours::OwnColours;
use crate::stages::stylize::plan::planned;
use crate::stages::stylize::texture::stylize_with_texture;
use crate::stages::stylize::window::{Window, Windows};
use crate::stages::stylize::{StylizeError, Stylizer, fade_to_photo};

/// Number of frames for which the plan of a whole picture is reused.
const PLAN_LIFE: u32 = 4;

/// The originals and settings that crops are painted with.
#[derive(Debug, Clone)]
pub(super) struct PaintParams {
    originals: Originals,
    settings: Settings,
}

impl PaintParams {
    pub(super) fn new(originals: Originals, settings: Settings) -> Self {
        Self {
            originals,
            settings,
        }
    }

    /// Whether the painter may continue from its previous state.
    fn continues(&self, before: &Self) -> bool {
        let same = |a: &Option<Arc<Exemplar>>, b: &Option<Arc<Exemplar>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let (now, old) = (&self.originals, &before.originals);
        self.settings.engine == before.settings.engine
            && Arc::ptr_eq(&now.first, &old.first)
            && same(&now.second, &old.second)
    }

    fn style(&self) -> PaintStyle<'_> {
        let has_share = self.settings.mix.get() > 0.0;
        let second = self.originals.second.as_deref().filter(|_| has_share);
        PaintStyle {
            first: &self.originals.first,
            second: second.map(|second| (second, self.settings.mix)),
            likeness: self.settings.likeness,
            quickness: self.settings.quickness,
        }
    }
}

/// Owns the stylizer and the state kept between frames.
pub(super) struct CropPainter {
    stylizer: Box<dyn Stylizer>,
    brush: Brush,
    windows: Windows,
    own_colours: OwnColours,
    look: Option<PaintParams>,
    /// The plan of a whole picture, and the number of whole frames since it was made.
    room_plan: Option<Picture>,
    planned_ago: u32,
    timings: StageTimings,
    clock: Clock,
}

impl CropPainter {
    pub(super) fn new(stylizer: Box<dyn Stylizer>, timings: StageTimings, clock: Clock) -> Self {
        Self {
            stylizer,
            brush: Brush::default(),
            windows: Windows::default(),
            own_colours: OwnColours::default(),
            look: None,
            room_plan: None,
            planned_ago: 0,
            timings,
            clock,
        }
    }

    /// Discards all state kept between frames.
    pub(super) fn forget(&mut self) {
        self.brush = Brush::default();
        self.windows = Windows::default();
        self.own_colours = OwnColours::default();
        (self.look, self.room_plan) = (None, None);
    }

    /// Sets the parameters of all later crops. New originals or another engine reset the painting state.
    pub(super) fn set_params(&mut self, look: PaintParams) {
        if !self.look.as_ref().is_some_and(|old| look.continues(old)) {
            self.brush.reset();
            self.room_plan = None;
        }
        self.look = Some(look);
    }

    /// Replaces the photo in a face crop by the shown picture; its alpha is kept.
    pub(super) fn paint(
        &mut self,
        face_crop: &mut FaceCrop,
        now: FrameTime,
    ) -> Result<(), StylizeError> {
        // The value is put back below, even if the engine fails.
        let Some(look) = self.look.take() else {
            return Ok(());
        };
        let window = self
            .windows
            .around(face_crop.subject, &face_crop.crop.picture, now);
        let mut photo = window.cut_crop(&face_crop.crop);
        let bend = bend_of(&look, face_crop, window);
        let whole = look.settings.region.is_everything();
        if let Some(bend) = &bend {
            photo.picture = bend.picture(&photo.picture);
            if whole {
                cover(bend, None, &mut photo.picture);
            }
        }
        let painted = match look.settings.engine {
            Engine::Brush => self.by_brush(&look, face_crop, (window, &photo, bend.as_ref()), now),
            Engine::Network => self.by_network(&look, &photo),
        };
        let shown = painted.map(|mut painted| {
            self.finish(&look, &photo.picture, &mut painted);
            if let Some(bend) = bend.as_ref().filter(|_| !whole) {
                cover(bend, Some(&photo.picture), &mut painted);
            }
            window.paste(&painted, &mut face_crop.crop.picture);
        });
        self.look = Some(look);
        shown
    }

    /// The network makes its plan while the brush analyses the photo: neither needs the other's result.
    fn by_brush(
        &mut self,
        look: &PaintParams,
        face_crop: &FaceCrop,
        (window, photo, bend): (Window, &Crop, Option<&Bend>),
        now: FrameTime,
    ) -> Result<Picture, StylizeError> {
        let points = match bend {
            Some(bend) => Some(bend.points()),
            None => face_crop
                .points
                .as_ref()
                .map(|points| window.points(points)),
        };
        let side = window.of().width as f32;
        let bent = bend.zip(face_crop.labels.as_ref());
        let bent = bent.map(|(bend, labels)| bend.labels(labels, window.corner(), side));
        let input = PaintInput {
            subject: face_crop.subject,
            window,
            photo,
            points: points.as_ref(),
            labels: bent.as_ref().or(face_crop.labels.as_ref()),
            now,
        };
        let (plan, looked) = self.plan(look, &input);
        let (plan, mut painted) = (plan?, photo.picture.clone());
        let began = self.clock.now();
        self.brush.paint(&input, &plan, &look.style(), &mut painted);
        let took = self.clock.now().since(began);
        self.timings.push("brush", looked + took);
        if face_crop.subject == Subject::Frame {
            self.room_plan = Some(plan);
        }
        Ok(painted)
    }

    /// Returns the network's plan for the photo, and how long the brush took to analyse it. The plan of a
    /// whole picture is reused for a few frames: it matters only where something moved.
    fn plan(
        &mut self,
        look: &PaintParams,
        input: &PaintInput<'_>,
    ) -> (Result<Picture, StylizeError>, Duration) {
        let (stylizer, brush, clock) = (self.stylizer.as_mut(), &mut self.brush, &self.clock);
        let (timings, code) = (&self.timings, &look.originals.code);
        let mut plan =
            || timings.measure(clock, "network", || planned(stylizer, input.photo, code));
        let mut look = || {
            let began = clock.now();
            brush.look(input);
            clock.now().since(began)
        };
        self.planned_ago += 1;
        let kept = self.room_plan.take();
        let kept = kept.filter(|_| input.subject == Subject::Frame && self.planned_ago < PLAN_LIFE);
        let Some(kept) = kept else {
            self.planned_ago = 0;
            return together("network", plan, look);
        };
        let looked = look();
        if brush.goes_on() {
            return (Ok(kept), looked);
        }
        self.planned_ago = 0;
        (plan(), looked)
    }

    fn by_network(&mut self, look: &PaintParams, photo: &Crop) -> Result<Picture, StylizeError> {
        let mut crop = photo.clone();
        let (stylizer, code) = (self.stylizer.as_mut(), &look.originals.code);
        let stroke = look.settings.texture.get();
        let work = || stylize_with_texture(stylizer, &mut crop, code, stroke);
        self.timings.measure(&self.clock, "network", work)?;
        Ok(crop.picture)
    }

    /// Styles a crop that only covers, such as a blur: with the network, at full strength. On failure the
    /// crop stays unstyled; it still covers.
    pub(super) fn stylize_still(&mut self, crop: &mut Crop) {
        let Some(look) = &self.look else {
            return;
        };
        let own = look.settings.colours == Colours::Own;
        let original = own.then(|| crop.picture.clone());
        if let Err(error) = self.stylizer.stylize(crop, &look.originals.code) {
            tracing::debug!(%error, "a cover is not styled");
        } else if let Some(original) = original {
            self.own_colours.apply(&original, &mut crop.picture);
        }
    }

    /// Applies colours and strength last: they depend neither on the engine nor on earlier frames.
    fn finish(&self, look: &PaintParams, photo: &Picture, painted: &mut Picture) {
        if look.settings.colours == Colours::Own {
            self.own_colours.apply(photo, painted);
        }
        fade_to_photo(photo, painted, look.settings.strength);
    }
}

/// How a face bends towards the reference's shape; `None` if it does not.
fn bend_of(look: &PaintParams, face_crop: &FaceCrop, window: Window) -> Option<Bend> {
    let amount = look.settings.shape.get() * look.settings.strength.get();
    let painted = look.originals.first.points()?;
    let mine = window.points(face_crop.points.as_ref()?);
    Bend::new(&mine, painted, amount, window.size())
}

/// Covers what lies behind a bent face. `picture` is the painted face, and the bent `room` shows around it.
/// When the background is painted too, `room` is `None` and `picture` is the photo, whose alpha marks what
/// to paint.
fn cover(bend: &Bend, room: Option<&Picture>, picture: &mut Picture) {
    let width = picture.size().width as usize;
    let room = room.map(|room| room.rgba().as_chunks::<4>().0);
    for (i, pixel) in picture
        .rgba_mut()
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .enumerate()
    {
        let own = f32::from(pixel[3]) / 255.0;
        let all = own.max(bend.covers(i % width, i / width));
        if all <= own {
            continue;
        }
        if let Some(room) = room {
            for (byte, plain) in pixel[..3].iter_mut().zip(&room[i]) {
                let mixed = f32::from(*byte) * own + f32::from(*plain) * (all - own);
                *byte = (mixed / all + 0.5) as u8;
            }
        }
        pixel[3] = (all * 255.0 + 0.5) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face::{Subject, TrackId};
    use crate::domain::frame::Size;
    use crate::domain::geometry::{Point, Transform};
    use crate::domain::settings::{Shape, Strength, Texture};
    use crate::domain::shape::{CropPoints, Landmarks68};
    use crate::domain::style::StyleCode;
    use crate::inference::model::ModelReport;
    use crate::stages::stylize::brush::ExemplarFace;

    /// Fills the crop with one grey: the first number of the code.
    struct Paint;

    impl Stylizer for Paint {
        fn stylize(&mut self, crop: &mut Crop, code: &StyleCode) -> Result<(), StylizeError> {
            for pixel in crop.picture.rgba_mut().chunks_exact_mut(4) {
                pixel[..3].fill(code.0[0] as u8);
            }
            Ok(())
        }

        fn models(&self) -> Vec<ModelReport> {
            Vec::new()
        }
    }

    fn exemplar() -> Arc<Exemplar> {
        let picture = Picture::filled(Size::new(16, 16), [50, 90, 130, 255]);
        Arc::new(Exemplar::new(&picture, None, Texture::DEFAULT))
    }

    /// Parameters for the network engine with a code of one grey.
    fn look(grey: f32, change: impl FnOnce(&mut Settings)) -> PaintParams {
        let mut settings = Settings {
            engine: Engine::Network,
            ..Settings::default()
        };
        change(&mut settings);
        let originals = Originals {
            code: StyleCode(vec![grey]),
            first: exemplar(),
            second: None,
        };
        PaintParams::new(originals, settings)
    }

    const SKIN: [u8; 4] = [200, 140, 110, 77];

    fn painted(painter: &mut CropPainter, look: PaintParams) -> [u8; 4] {
        let mut face_crop = FaceCrop {
            subject: Subject::Frame,
            crop: Crop {
                picture: Picture::filled(Size::new(16, 16), SKIN),
                frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
            },
            points: None,
            labels: None,
            seen: true,
        };
        painter.set_params(look);
        painter.paint(&mut face_crop, FrameTime::default()).unwrap();
        face_crop.crop.picture.pixel_clamped(5, 5)
    }

    fn painter() -> CropPainter {
        CropPainter::new(Box::new(Paint), StageTimings::default(), Clock::manual())
    }

    #[test]
    fn another_style_is_there_at_once() {
        let mut painter = painter();

        painted(&mut painter, look(0.0, |_| ()));
        assert_eq!(painted(&mut painter, look(250.0, |_| ()))[0], 250);
    }

    #[test]
    fn strength_goes_evenly_from_the_photo_to_what_is_painted_and_alpha_stays() {
        let at = |strength| {
            let look = look(0.0, |s| s.strength = Strength::clamped(strength));
            painted(&mut painter(), look)
        };

        assert_eq!(at(0.0), SKIN);
        assert_eq!(at(0.5), [100, 70, 55, 77]);
        assert_eq!(at(1.0), [0, 0, 0, 77]);
    }

    #[test]
    fn with_either_engine_strength_zero_is_the_photo() {
        for engine in [Engine::Brush, Engine::Network] {
            let look = look(0.0, |s| {
                (s.engine, s.strength) = (engine, Strength::clamped(0.0));
            });

            assert_eq!(painted(&mut painter(), look), SKIN, "{engine:?}");
        }
    }

    #[test]
    fn own_colours_keep_the_hue_of_the_photo() {
        let own = look(90.0, |s| s.colours = Colours::Own);

        let [r, g, b, _] = painted(&mut painter(), own);

        assert!(r > g && g > b, "{r} {g} {b}");
    }

    /// Points on an ellipse whose width is `wide` times its height.
    fn points(wide: f32) -> CropPoints {
        std::array::from_fn(|i| {
            let turn = i as f32 / 68.0 * std::f32::consts::TAU + std::f32::consts::PI;
            let x = if i == 16 { 1.0 } else { turn.cos() };
            [48.0 + 20.0 * wide * x, 48.0 + 20.0 * turn.sin()]
        })
    }

    #[test]
    fn no_photo_shows_around_a_bent_face_in_a_painted_picture() {
        let size = Size::new(96, 96);
        let stripes = |at: usize| 20 + (at as u8 % 8 / 4) * 40;
        let rgba = (0..96 * 96).flat_map(|at| [stripes(at), stripes(at), 90, 255]);
        let reference = Picture::from_rgba(size, rgba.collect()).unwrap();
        let shape = Landmarks68(points(1.3).map(|[x, y]| Point::new(x, y)));
        let face = ExemplarFace {
            shape,
            labels: None,
        };
        let mut look = look(40.0, |s| {
            (s.engine, s.shape) = (Engine::Brush, Shape::clamped(1.0));
        });
        look.originals.first = Arc::new(Exemplar::new(&reference, Some(&face), Texture::DEFAULT));
        let mut picture = Picture::filled(size, [250, 240, 230, 0]);
        for (at, pixel) in picture
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            let away = (at as f32 % 96.0 - 48.0).hypot(at as f32 / 96.0 - 48.0);
            pixel[3] = if away < 24.0 { 255 } else { 0 };
        }
        let mut face_crop = FaceCrop {
            subject: Subject::Face(TrackId(1)),
            crop: Crop {
                picture,
                frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
            },
            points: Some(points(1.0)),
            labels: None,
            seen: true,
        };
        let mut painter = painter();
        painter.set_params(look);

        painter.paint(&mut face_crop, FrameTime::default()).unwrap();

        let shown: Vec<_> = face_crop
            .crop
            .picture
            .rgba()
            .as_chunks::<4>()
            .0
            .iter()
            .collect();
        let seen = shown.iter().filter(|pixel| pixel[3] > 9).count();
        let bare = shown.iter().filter(|pixel| pixel[3] > 9 && pixel[0] > 200);
        assert!(seen > 2000, "{seen}");
        assert_eq!(bare.count(), 0);
    }

    #[test]
    fn only_other_originals_and_another_engine_begin_anew() {
        let before = look(9.0, |_| ());
        let with = |change: fn(&mut PaintParams)| {
            let mut look = before.clone();
            change(&mut look);
            look.continues(&before)
        };

        assert!(with(|look| {
            look.originals.code = StyleCode(vec![4.0]);
            look.settings.strength = Strength::clamped(0.2);
            look.settings.texture = Texture::clamped(2.0);
        }));
        assert!(!with(|look| look.settings.engine = Engine::Brush));
        assert!(!with(|look| look.originals.first = exemplar()));
        assert!(!with(|look| look.originals.second = Some(exemplar())));
    }
}
