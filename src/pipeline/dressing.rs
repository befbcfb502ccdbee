//! [`Dresser`]: one crop, from the photo to what is shown: stylized, steadied, in the wished
//! colours and strength.

use std::sync::Arc;

use crate::domain::face::Crop;
use crate::domain::frame::{FrameTime, Picture};
use crate::domain::settings::{Colours, Likeness, Settings, Strength, Texture};
use crate::domain::style::StyleCode;
use crate::domain::thread::together;
use crate::domain::timing::{Clock, StageTimings};
use crate::pipeline::vision::Cut;
use crate::stages::stylize::colours::OwnColours;
use crate::stages::stylize::portrait::{Commission, Easel, Painter, Portrait, Pose};
use crate::stages::stylize::steady::{Coring, Pace, Section, Steadier, Subject};
use crate::stages::stylize::texture::stylize_with_texture;
use crate::stages::stylize::window::{Window, Windows};
use crate::stages::stylize::{StylizeError, Stylizer, fade_to_photo};

/// How crisp the network's strokes are made: those of a soft style more than those of a harsh one.
const NETWORK: Coring = Coring {
    raise: 0.85,
    lower: 0.4,
    usual: Some(5.5),
};

/// How crisp a portrait's strokes are made: they are the painter's own, and thin glasses are faint.
const BRUSH: Coring = Coring {
    raise: 0.25,
    lower: 0.25,
    usual: None,
};

/// What crops are made to look like.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// The code of the style, or of the mixed styles.
    pub(super) style: StyleCode,
    pub(super) strength: Strength,
    pub(super) texture: Texture,
    pub(super) colours: Colours,
    /// What paints faces in place of the network, and whose face it paints.
    pub(super) portrait: Option<(Arc<Portrait>, Likeness)>,
}

impl Look {
    pub(super) fn new(
        style: StyleCode,
        portrait: Option<Arc<Portrait>>,
        settings: &Settings,
    ) -> Self {
        Self {
            style,
            strength: settings.strength,
            texture: settings.texture,
            colours: settings.colours,
            portrait: portrait.map(|portrait| (portrait, settings.likeness)),
        }
    }

    /// What paints `subject` in place of the network.
    fn painter_of(&self, subject: Subject) -> Option<&(Arc<Portrait>, Likeness)> {
        self.portrait.as_ref().filter(|_| subject != Subject::Frame)
    }

    /// Whether what was shown before looked alike, so that it may be carried on. The colours do
    /// not count: they come last.
    fn continues(&self, before: &Self) -> bool {
        let same_painting = match (&self.portrait, &before.portrait) {
            (Some((a, likeness)), Some((b, before))) => Arc::ptr_eq(a, b) && likeness == before,
            (None, None) => true,
            _ => false,
        };
        let of = |look: &Self| (look.strength, look.texture);
        same_painting && of(self) == of(before) && self.style == before.style
    }
}

/// Owns the stylizer and what was shown before.
pub(super) struct Dresser {
    stylizer: Box<dyn Stylizer>,
    windows: Windows,
    steadier: Steadier,
    easel: Easel,
    own_colours: OwnColours,
    look: Option<Look>,
    timings: StageTimings,
    clock: Clock,
}

impl Dresser {
    /// Portraits are painted by `painter`.
    pub(super) fn new(
        stylizer: Box<dyn Stylizer>,
        painter: Painter,
        timings: StageTimings,
        clock: Clock,
    ) -> Self {
        Self {
            stylizer,
            windows: Windows::default(),
            steadier: Steadier::default(),
            easel: Easel::new(painter),
            own_colours: OwnColours::default(),
            look: None,
            timings,
            clock,
        }
    }

    /// What paints portraits, for what it has to tell.
    pub(super) fn painter(&mut self) -> &mut Painter {
        self.easel.painter()
    }

    /// Forgets what was shown before.
    pub(super) fn forget(&mut self) {
        self.windows = Windows::default();
        self.steadier = Steadier::default();
        self.own_colours = OwnColours::default();
        self.look = None;
    }

    /// From here on crops look like this; another look begins without what was shown before.
    pub(super) fn wear(&mut self, look: Look) {
        if !self.look.as_ref().is_some_and(|old| look.continues(old)) {
            self.steadier.reset();
        }
        self.look = Some(look);
    }

    /// Makes the crop of `cut` what is shown; its alpha stays. `own` is the code of the photo
    /// itself, which a weaker strength is blended with.
    pub(super) fn dress(
        &mut self,
        cut: &mut Cut,
        own: Option<&StyleCode>,
        (pace, now): (Pace, FrameTime),
    ) -> Result<(), StylizeError> {
        let Some(look) = &self.look else {
            return Ok(());
        };
        let (subject, whole) = (cut.subject, &mut cut.crop);
        let window = self.windows.around(subject, &whole.picture, now);
        let section = Section { subject, window };
        let mut crop = window.cut_crop(whole);
        let photo = crop.clone();
        let marks = cut.marks.as_ref();
        let there = marks.map(|marks| window.points(marks));
        let painted = look.painter_of(subject);
        let code = own.map(|own| own.blended(&look.style, look.strength.get()));
        let code = code.as_ref().unwrap_or(&look.style);
        let texture = look.texture.get();
        let (stylizer, clock) = (self.stylizer.as_mut(), &self.clock);
        let (steadier, easel) = (&mut self.steadier, &mut self.easel);
        let began = clock.now();
        // Neither needs what the other finds: what is new in the photo, and the network's strokes.
        let (styled, (looked, sitting, sat)) = together(
            "network",
            || stylize_with_texture(stylizer, &mut crop, code, texture),
            || {
                steadier.look(section, &photo, pace, now, there.as_ref());
                let looked = clock.now();
                let sitting = painted.and_then(|(portrait, _)| {
                    let motion = steadier.motion();
                    let motion = motion
                        .as_ref()
                        .map(|shift| shift as &dyn Fn(f32, f32) -> [f32; 2]);
                    let pose = Pose {
                        subject,
                        marks,
                        now,
                    };
                    easel.look(portrait, pose, motion, &whole.picture)
                });
                (looked, sitting, clock.now())
            },
        );
        styled?;
        let ready = self.clock.now();
        if let (Some(sitting), Some((portrait, likeness))) = (&sitting, painted) {
            let commission = Commission {
                sitting,
                photo: &whole.picture,
                portrait,
                likeness: likeness.get(),
                skin: cut.skin.as_ref(),
            };
            paint(easel, &commission, window, &mut crop.picture);
            let took = sat.since(looked) + self.clock.now().since(ready);
            self.timings.push("portrait", took);
        }
        let styled = self.clock.now();
        let coring = if painted.is_some() { BRUSH } else { NETWORK };
        self.steadier.blend(section, &mut crop, coring, now);
        let steady = looked.since(began) + self.clock.now().since(styled);
        self.timings.push("steady", steady);
        self.finish(look, &photo.picture, &mut crop.picture);
        window.paste(&crop.picture, &mut whole.picture);
        Ok(())
    }

    /// Styles what only covers, such as a blur: without steadying, at full strength. Where that
    /// fails, the crop stays as it is: it hides all the same.
    pub(super) fn drape(&mut self, crop: &mut Crop) {
        let Some(look) = &self.look else {
            return;
        };
        let original = (look.colours == Colours::Own).then(|| crop.picture.clone());
        if let Err(error) = self.stylizer.stylize(crop, &look.style) {
            tracing::debug!(%error, "a cover is not styled");
        } else if let Some(original) = original {
            self.own_colours.apply(&original, &mut crop.picture);
        }
    }

    /// Colours and strength come last: neither needs the network, nor what was shown before.
    fn finish(&self, look: &Look, photo: &Picture, styled: &mut Picture) {
        if look.colours == Colours::Own {
            self.own_colours.apply(photo, styled);
        }
        fade_to_photo(photo, styled, look.strength);
    }
}

/// Paints the part of a head that `window` shows.
fn paint(easel: &mut Easel, commission: &Commission<'_>, window: Window, part: &mut Picture) {
    let mut canvas = commission.photo.clone();
    window.paste(part, &mut canvas);
    easel.paint(commission, &mut canvas);
    *part = window.cut(&canvas);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;
    use crate::domain::geometry::Transform;
    use crate::inference::model::ModelReport;

    /// Paints everything in one grey, the code's first number.
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

    fn look(grey: f32, change: impl FnOnce(&mut Settings)) -> Look {
        let mut settings = Settings::default();
        change(&mut settings);
        Look::new(StyleCode(vec![grey]), None, &settings)
    }

    const SKIN: [u8; 4] = [200, 140, 110, 77];

    fn dressed(dresser: &mut Dresser, look: Look) -> [u8; 4] {
        let mut cut = Cut {
            subject: Subject::Frame,
            crop: Crop {
                picture: Picture::filled(Size::new(16, 16), SKIN),
                frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
            },
            marks: None,
            skin: None,
            seen: true,
        };
        dresser.wear(look);
        let pace = Pace::of_quickness(0.5);
        dresser
            .dress(&mut cut, None, (pace, FrameTime::default()))
            .unwrap();
        cut.crop.picture.pixel_clamped(5, 5)
    }

    fn dresser() -> Dresser {
        let (stylizer, painter) = (Box::new(Paint), Painter::default());
        Dresser::new(stylizer, painter, StageTimings::default(), Clock::manual())
    }

    #[test]
    fn another_style_is_there_at_once_and_not_blended_in() {
        let mut dresser = dresser();

        dressed(&mut dresser, look(0.0, |_| ()));
        assert_eq!(dressed(&mut dresser, look(250.0, |_| ()))[0], 250);
        let weaker = look(100.0, |s| s.strength = Strength::clamped(0.8));
        assert_eq!(dressed(&mut dresser, weaker)[0], 100);
    }

    #[test]
    fn strength_zero_is_the_photo_and_alpha_always_stays() {
        let none = look(0.0, |s| s.strength = Strength::clamped(0.0));

        assert_eq!(dressed(&mut dresser(), none), SKIN);
        assert_eq!(dressed(&mut dresser(), look(9.0, |_| ())), [9, 9, 9, 77]);
    }

    #[test]
    fn own_colours_keep_the_hue_of_the_photo() {
        let own = look(90.0, |s| s.colours = Colours::Own);

        let [r, g, b, _] = dressed(&mut dresser(), own);

        assert!(r > g && g > b, "{r} {g} {b}");
    }
}
