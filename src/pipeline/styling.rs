//! Thread "styling": stylizes crops, covers the picture while the tracker may be missing a face, and sends
//! composed frames.

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
use crate::pipeline::crop_painter::{CropPainter, PaintParams};
use crate::pipeline::encoding::Styles;
use crate::pipeline::perception::report_of;
use crate::pipeline::shared::Shared;
use crate::pipeline::super_resolution::SuperResolution;
use crate::pipeline::supervisor::{Begin, PATIENCE};
use crate::pipeline::vision::{FaceCrop, VisionOutput};
use crate::stages::align::whole_frame;
use crate::stages::composite::placement::MAX_LAYERS;
use crate::stages::stylize::blur::blur;
use crate::stages::stylize::{StylizeError, Stylizer};

/// Fade-in time of the styled blur; shorter than a track coasts, so the blur is complete before the face's
/// own layer disappears.
const BLUR_IN: Duration = Duration::from_millis(350);

/// Fade-out time when a face is back.
const BLUR_OUT: Duration = Duration::from_millis(250);

/// Longest side of the downscaled frame under the styled blur, pixels.
const BLUR_LONGEST: u32 = 256;

/// Radius of the blur on the downscaled frame (longest side 256): a face that fills the picture becomes
/// unrecognisable.
const BLUR_RADIUS: usize = 9;

/// The blur's radius over one lost face is its crop's side divided by this.
const LOST_FACE_BLUR_PARTS: usize = 14;

/// Whether the picture needs the styled blur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlurRequest {
    /// A face is seen and styled, or the user wants the plain picture: the blur fades out.
    No,
    /// The tracker may be missing a face: the blur fades in.
    Yes,
    /// Styling failed: the blur is opaque at once.
    AtOnce,
}

/// Opacity of the styled blur over time.
#[derive(Debug)]
struct PrivacyBlur {
    opacity: f32,
    at: Option<FrameTime>,
}

impl PrivacyBlur {
    /// Starts opaque: before the first face is found, nothing shows uncovered.
    fn closed() -> Self {
        Self {
            opacity: 1.0,
            at: None,
        }
    }

    /// Returns the opacity to draw. Under a wholly painted picture the blur becomes opaque without being
    /// drawn, so nothing is exposed when only heads are painted from now on.
    fn over(&mut self, need: BlurRequest, region: Region, now: FrameTime) -> f32 {
        let opacity = self.update(need, now);
        if region.is_everything() && need != BlurRequest::AtOnce {
            0.0
        } else {
            opacity
        }
    }

    fn update(&mut self, need: BlurRequest, now: FrameTime) -> f32 {
        // Nothing was shown before the first frame, so an unneeded blur has nothing to fade from: a single
        // picture, or a clip's first frame, is not covered.
        let shown_for = self.at.map_or(BLUR_OUT, |at| now.since(at));
        let secs = shown_for.as_secs_f32();
        self.at = Some(now);
        let change = match need {
            BlurRequest::AtOnce => 1.0,
            BlurRequest::Yes => secs / BLUR_IN.as_secs_f32(),
            BlurRequest::No => -secs / BLUR_OUT.as_secs_f32(),
        };
        self.opacity = (self.opacity + change).clamp(0.0, 1.0);
        self.opacity
    }
}

/// Owns the stylizer.
pub(super) struct Styling {
    shared: Arc<Shared>,
    painter: CropPainter,
    super_resolution: SuperResolution,
    styles: Styles,
    mode: Mode,
    privacy_blur: PrivacyBlur,
    /// Processing a file was aborted.
    failed: bool,
}

impl Styling {
    pub(super) fn new(
        shared: Arc<Shared>,
        stylizer: Box<dyn Stylizer>,
        super_resolution: SuperResolution,
        styles: Styles,
        mode: Mode,
    ) -> Self {
        let (timings, clock) = (shared.timings.clone(), shared.clock.clone());
        Self {
            shared,
            painter: CropPainter::new(stylizer, timings, clock),
            super_resolution,
            styles,
            mode,
            privacy_blur: PrivacyBlur::closed(),
            failed: false,
        }
    }

    /// Discards earlier state, which may be inconsistent; the picture is covered until a face is seen
    /// again.
    fn forget(&mut self) {
        self.painter.forget();
        self.privacy_blur = PrivacyBlur::closed();
    }

    /// Styles the output of vision until it ends.
    pub(super) fn run(
        &mut self,
        begin: Begin,
        seen: &LaneReceiver<VisionOutput>,
        out: &LaneSender<Arc<Composition>>,
        recorder: &Sender<Arc<Composition>>,
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
            if self.mode == Mode::Newest && recorder.try_send(Arc::clone(&composition)).is_err() {
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

    fn compose(&mut self, seen: VisionOutput) -> Composition {
        let (region, plain) = (seen.settings.region, seen.settings.strength.get() <= 0.0);
        let locked = seen
            .faces
            .iter()
            .any(|face| face.state == TrackState::Locked);
        let faces = seen.faces.iter().map(report_of).collect();
        let frame = Arc::clone(&seen.frame);
        let (layers, outcome) = if plain {
            (Vec::new(), Outcome::Plain)
        } else {
            let layers = self.layers(seen, locked);
            let outcome = outcome_of(region, locked, &layers);
            (layers, outcome)
        };
        Composition {
            frame,
            layers,
            faces,
            outcome,
            styled_at: self.shared.clock.now(),
        }
    }

    /// The layers of a frame, back to front: the blur, lost faces each under their own blur, styled crops.
    fn layers(&mut self, seen: VisionOutput, locked: bool) -> Vec<StyledLayer> {
        let VisionOutput {
            frame,
            faces: _,
            mut face_crops,
            mut lost_faces,
            settings,
        } = seen;
        let originals = self.styles.originals(settings.mix);
        self.painter
            .set_params(PaintParams::new(originals, settings));
        let styled = self.paint(&mut face_crops, frame.shown_at);
        let cleared = make_room(&mut lost_faces, face_crops.len());
        let need = match &styled {
            Err(_) => BlurRequest::AtOnce,
            Ok(()) if cleared => BlurRequest::AtOnce,
            Ok(()) if locked || settings.when_lost == WhenLost::Camera => BlurRequest::No,
            Ok(()) => BlurRequest::Yes,
        };
        if let Err(error) = styled {
            let why = format!("the stylizer failed: {error}");
            self.failed |= self.shared.stage_failed(why);
            face_crops.clear();
        }
        let mut layers = Vec::with_capacity(face_crops.len() + lost_faces.len() + 1);
        layers.extend(self.privacy_blur_layer(&frame, need, settings.region));
        for lost_face in &mut lost_faces {
            self.blur_lost_face(&mut lost_face.crop);
        }
        layers.extend(lost_faces);
        let mut crops: Vec<_> = face_crops.into_iter().map(|face| face.crop).collect();
        self.enlarge(&mut crops, &settings, frame.captured_at);
        let styled = crops.into_iter();
        layers.extend(styled.map(|crop| StyledLayer { crop, opacity: 1.0 }));
        layers
    }

    /// Paints the crops of a frame that is shown at `at`.
    fn paint(&mut self, crops: &mut [FaceCrop], at: FrameTime) -> Result<(), StylizeError> {
        let began = self.shared.clock.now();
        let styled = crops
            .iter_mut()
            .try_for_each(|face_crop| self.painter.paint(face_crop, at));
        let took = self.shared.clock.now().since(began);
        self.shared.timings.push("stylize", took);
        self.shared.painted_in(took);
        styled
    }

    /// Upscales styled crops that are shown larger than they were painted, if time allows.
    fn enlarge(&mut self, crops: &mut [Crop], settings: &Settings, captured_at: FrameTime) {
        let shared = Arc::clone(&self.shared);
        let began = shared.clock.now();
        let done = self
            .super_resolution
            .enlarge(crops, settings.upscale, captured_at);
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
    fn blur_lost_face(&mut self, crop: &mut Crop) {
        self.painter.stylize_still(crop);
        let radius = crop.picture.size().width as usize / LOST_FACE_BLUR_PARTS;
        blur(&mut crop.picture, radius.max(1));
    }

    /// The styled blur over the whole frame at its current opacity; made only while it is visible.
    fn privacy_blur_layer(
        &mut self,
        frame: &Frame,
        need: BlurRequest,
        region: Region,
    ) -> Option<StyledLayer> {
        let opacity = self.privacy_blur.over(need, region, frame.shown_at);
        if opacity <= 0.0 {
            return None;
        }
        let shared = Arc::clone(&self.shared);
        let crop = shared.timings.measure(&shared.clock, "cover", || {
            let mut crop = whole_frame(&frame.picture, BLUR_LONGEST);
            self.painter.stylize_still(&mut crop);
            blur(&mut crop.picture, BLUR_RADIUS);
            crop
        });
        Some(StyledLayer { crop, opacity })
    }
}

/// Drops the places of lost faces if together with `crops` and the blur they exceed the number of layers
/// that the compositors draw, which would leave out the backmost. Returns whether it did, in which case the
/// whole picture is blurred instead.
fn make_room(lost_faces: &mut Vec<StyledLayer>, crops: usize) -> bool {
    let too_many = lost_faces.len() + crops + 1 > MAX_LAYERS;
    if too_many {
        lost_faces.clear();
    }
    too_many
}

/// The outcome of a frame with these layers; `locked` tells whether a face is tracked.
fn outcome_of(region: Region, locked: bool, layers: &[StyledLayer]) -> Outcome {
    match region {
        Region::Frame => Outcome::Styled,
        Region::Face | Region::Head if locked => Outcome::Styled,
        Region::Face | Region::Head if layers.is_empty() => Outcome::Plain,
        Region::Face | Region::Head => Outcome::Held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::{Picture, Size};

    fn at(ms: u64) -> FrameTime {
        FrameTime(Duration::from_millis(ms))
    }

    #[test]
    fn before_the_first_face_the_picture_is_covered() {
        assert_eq!(PrivacyBlur::closed().update(BlurRequest::Yes, at(0)), 1.0);
    }

    #[test]
    fn the_cover_is_complete_before_a_lost_track_ends() {
        let mut blur = PrivacyBlur {
            opacity: 0.0,
            at: Some(at(0)),
        };
        let coast = crate::stages::track::Rules::default().coast_for.as_millis() as u64;

        for ms in (33..coast).step_by(33) {
            blur.update(BlurRequest::Yes, at(ms));
        }

        assert_eq!(blur.opacity, 1.0);
    }

    #[test]
    fn heads_alone_after_the_whole_picture_show_nothing_bare() {
        let mut blur = PrivacyBlur {
            opacity: 0.0,
            at: Some(at(0)),
        };
        for ms in (33..1000).step_by(33) {
            assert_eq!(blur.over(BlurRequest::Yes, Region::Frame, at(ms)), 0.0);
        }

        assert_eq!(blur.over(BlurRequest::Yes, Region::Head, at(1000)), 1.0);
    }

    #[test]
    fn more_lost_faces_than_there_are_layers_blur_the_whole_picture() {
        let layer = || StyledLayer {
            crop: whole_frame(&Picture::filled(Size::new(8, 8), [0; 4]), 8),
            opacity: 1.0,
        };
        let mut few = vec![layer(), layer()];
        let mut many: Vec<_> = (0..MAX_LAYERS).map(|_| layer()).collect();

        assert!(!make_room(&mut few, 4) && few.len() == 2);
        assert!(make_room(&mut many, 1) && many.is_empty());
    }

    #[test]
    fn the_cover_goes_when_a_face_is_back() {
        let mut blur = PrivacyBlur {
            opacity: 1.0,
            at: Some(at(0)),
        };

        assert!(blur.update(BlurRequest::No, at(100)) > 0.5);
        assert_eq!(blur.update(BlurRequest::No, at(400)), 0.0);
    }
}
