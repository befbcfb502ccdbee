//! Thread "styling": stylizes crops, covers the picture while a face may be hidden from the
//! tracker, and hands composed frames out.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::domain::composition::{Composition, Outcome, StyledLayer};
use crate::domain::control::{Part, UpscaleStatus};
use crate::domain::face::{Crop, TrackState};
use crate::domain::fault;
use crate::domain::frame::{Frame, FrameTime};
use crate::domain::lane::{LaneReceiver, LaneSender, Mode, Waited};
use crate::domain::settings::{Region, Settings, WhenLost};
use crate::pipeline::crop_painter::{CropPainter, Look};
use crate::pipeline::encoding::Styles;
use crate::pipeline::enlarging::Enlarging;
use crate::pipeline::eyes::report_of;
use crate::pipeline::recording::RecordJob;
use crate::pipeline::shared::Shared;
use crate::pipeline::supervisor::Begin;
use crate::pipeline::vision::{PATIENCE, Seen};
use crate::stages::align::whole_frame;
use crate::stages::stylize::Stylizer;
use crate::stages::stylize::blur::blur;

/// How long the styled blur takes to come over the picture; shorter than a track coasts, so that
/// it is there before the face's own layer goes.
const COVER_IN: Duration = Duration::from_millis(350);

/// How long it takes to go when a face is back.
const COVER_OUT: Duration = Duration::from_millis(250);

/// Longest side of the small frame under the styled blur, pixels.
const COVER_LONGEST: u32 = 256;

/// Radius of the cover's blur over the small frame's longest side (256): a face that fills the
/// picture is no longer recognised.
const COVER_RADIUS: usize = 9;

/// Radius of the blur over one lost face: this part of its crop's side.
const VEIL_PARTS: usize = 14;

/// Whether the picture needs the styled blur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// A face is seen and styled, or the person wants the plain picture: the blur fades.
    No,
    /// A face may be hidden from the tracker: the blur comes.
    Yes,
    /// Styling failed: the blur is there at once.
    AtOnce,
}

/// How opaque the styled blur is, over time.
#[derive(Debug)]
struct Cover {
    opacity: f32,
    at: Option<FrameTime>,
}

impl Cover {
    /// Starts closed: before the first face is found, nothing shows bare.
    fn closed() -> Self {
        Self {
            opacity: 1.0,
            at: None,
        }
    }

    /// How opaque it is drawn. Under a wholly painted picture it closes unseen, so that nothing is bare for
    /// a moment when heads alone are painted from now on.
    fn over(&mut self, need: Need, region: Region, now: FrameTime) -> f32 {
        let opacity = self.update(need, now);
        if region.is_everything() && need != Need::AtOnce {
            0.0
        } else {
            opacity
        }
    }

    fn update(&mut self, need: Need, now: FrameTime) -> f32 {
        // Before the first frame nothing was shown, so a blur that is not needed has nobody to
        // fade for: a single picture, or a clip's first frame, is not covered.
        let shown_for = self.at.map_or(COVER_OUT, |at| now.since(at));
        let secs = shown_for.as_secs_f32();
        self.at = Some(now);
        let change = match need {
            Need::AtOnce => 1.0,
            Need::Yes => secs / COVER_IN.as_secs_f32(),
            Need::No => -secs / COVER_OUT.as_secs_f32(),
        };
        self.opacity = (self.opacity + change).clamp(0.0, 1.0);
        self.opacity
    }
}

/// Owns the stylizer.
pub(super) struct Styling {
    shared: Arc<Shared>,
    painter: CropPainter,
    enlarging: Enlarging,
    styles: Styles,
    mode: Mode,
    cover: Cover,
    /// A file is given up.
    failed: bool,
}

impl Styling {
    pub(super) fn new(
        shared: Arc<Shared>,
        stylizer: Box<dyn Stylizer>,
        enlarging: Enlarging,
        styles: Styles,
        mode: Mode,
    ) -> Self {
        let (timings, clock) = (shared.timings.clone(), shared.clock.clone());
        Self {
            shared,
            painter: CropPainter::new(stylizer, timings, clock),
            enlarging,
            styles,
            mode,
            cover: Cover::closed(),
            failed: false,
        }
    }

    /// Forgets what was shown before, since it may be half changed; the picture is covered until a
    /// face is seen again.
    fn forget(&mut self) {
        self.painter.forget();
        self.cover = Cover::closed();
    }

    /// Styles what vision sees until there is no more.
    pub(super) fn run(
        &mut self,
        begin: Begin,
        seen: &LaneReceiver<Seen>,
        out: &LaneSender<Arc<Composition>>,
        recorder: &Sender<RecordJob>,
    ) {
        if begin == Begin::Again {
            self.forget();
        }
        while !self.shared.stopping() {
            let seen = match seen.wait(PATIENCE) {
                Waited::Value(seen) => seen,
                Waited::TimedOut => continue,
                Waited::Closed => return,
            };
            fault::point(Part::Styling.thread());
            let composition = Arc::new(self.compose(seen));
            if self.failed {
                return;
            }
            self.shared.composed(&composition);
            if self.mode == Mode::Newest
                && recorder
                    .try_send(RecordJob::Frame(Arc::clone(&composition)))
                    .is_err()
            {
                self.shared
                    .update(|status| status.recording.count_dropped());
            }
            match out.put(composition) {
                Ok(stale) => {
                    self.shared
                        .update(|s| s.frames.dropped += u64::from(stale.is_some()));
                }
                Err(_) => return,
            }
            self.shared.wake();
        }
    }

    fn compose(&mut self, seen: Seen) -> Composition {
        let shared = Arc::clone(&self.shared);
        let Seen {
            frame,
            faces,
            mut cuts,
            mut ghosts,
            settings,
        } = seen;
        let locked = faces.iter().any(|face| face.state == TrackState::Locked);
        let plain = settings.strength.get() <= 0.0;
        let mut layers = Vec::with_capacity(cuts.len() + 1);
        if !plain {
            let originals = self.styles.originals(settings.mix);
            self.painter.take_up(Look::new(originals, settings));
            let began = shared.clock.now();
            let styled = cuts
                .iter_mut()
                .try_for_each(|cut| self.painter.paint(cut, frame.shown_at));
            let took = shared.clock.now().since(began);
            shared.timings.push("stylize", took);
            shared.painted_in(took);
            let need = match &styled {
                Err(_) => Need::AtOnce,
                Ok(()) if locked || settings.when_lost == WhenLost::Bare => Need::No,
                Ok(()) => Need::Yes,
            };
            if let Err(error) = styled {
                self.failed |= shared.stage_failed(format!("the stylizer failed: {error}"));
                cuts.clear();
            }
            layers.extend(self.cover_layer(&frame, need, settings.region));
            for ghost in &mut ghosts {
                self.veil(&mut ghost.crop);
            }
            layers.extend(ghosts);
            let mut crops = cuts.into_iter().map(|cut| cut.crop).collect::<Vec<_>>();
            self.enlarge(&mut crops, &settings, frame.captured_at);
            layers.extend(
                crops
                    .into_iter()
                    .map(|crop| StyledLayer { crop, opacity: 1.0 }),
            );
        }
        let outcome = match settings.region {
            _ if plain => Outcome::Plain,
            Region::Frame => Outcome::Styled,
            Region::Face | Region::Head if locked => Outcome::Styled,
            Region::Face | Region::Head if layers.is_empty() => Outcome::Plain,
            Region::Face | Region::Head => Outcome::Held,
        };
        let faces = faces.iter().map(report_of).collect();
        Composition {
            frame,
            layers,
            faces,
            outcome,
            styled_at: shared.clock.now(),
        }
    }

    /// Gives styled crops that are shown larger than they were made more pixels, if there is time.
    fn enlarge(&mut self, crops: &mut [Crop], settings: &Settings, captured_at: FrameTime) {
        let shared = Arc::clone(&self.shared);
        let began = shared.clock.now();
        let done = self.enlarging.enlarge(crops, settings.upscale, captured_at);
        if let UpscaleStatus::By(_) = done.status {
            let took = shared.clock.now().since(began);
            shared.timings.push("upscale", took);
        }
        if !crops.is_empty() {
            shared.upscaled(done.status);
        }
        shared.opened(done.opened);
        if let Some(trouble) = done.trouble {
            shared.trouble(trouble);
        }
    }

    /// Styles and blurs the place of a face that was lost while others are seen.
    fn veil(&mut self, crop: &mut Crop) {
        self.painter.drape(crop);
        let radius = crop.picture.size().width as usize / VEIL_PARTS;
        blur(&mut crop.picture, radius.max(1));
    }

    /// The styled blur over the whole frame, as opaque as it is now; made only while it shows.
    fn cover_layer(&mut self, frame: &Frame, need: Need, region: Region) -> Option<StyledLayer> {
        let opacity = self.cover.over(need, region, frame.shown_at);
        if opacity <= 0.0 {
            return None;
        }
        let shared = Arc::clone(&self.shared);
        let crop = shared.timings.measure(&shared.clock, "cover", || {
            let mut crop = whole_frame(&frame.picture, COVER_LONGEST);
            self.painter.drape(&mut crop);
            blur(&mut crop.picture, COVER_RADIUS);
            crop
        });
        Some(StyledLayer { crop, opacity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> FrameTime {
        FrameTime(Duration::from_millis(ms))
    }

    #[test]
    fn before_the_first_face_the_picture_is_covered() {
        assert_eq!(Cover::closed().update(Need::Yes, at(0)), 1.0);
    }

    #[test]
    fn the_cover_is_complete_before_a_lost_track_ends() {
        let mut cover = Cover {
            opacity: 0.0,
            at: Some(at(0)),
        };
        let coast = crate::stages::track::Rules::default().coast.as_millis() as u64;

        for ms in (33..coast).step_by(33) {
            cover.update(Need::Yes, at(ms));
        }

        assert_eq!(cover.opacity, 1.0);
    }

    #[test]
    fn heads_alone_after_the_whole_picture_show_nothing_bare() {
        let mut cover = Cover {
            opacity: 0.0,
            at: Some(at(0)),
        };
        for ms in (33..1000).step_by(33) {
            assert_eq!(cover.over(Need::Yes, Region::Frame, at(ms)), 0.0);
        }

        assert_eq!(cover.over(Need::Yes, Region::Head, at(1000)), 1.0);
    }

    #[test]
    fn the_cover_goes_when_a_face_is_back() {
        let mut cover = Cover {
            opacity: 1.0,
            at: Some(at(0)),
        };

        assert!(cover.update(Need::No, at(100)) > 0.5);
        assert_eq!(cover.update(Need::No, at(400)), 0.0);
    }
}
