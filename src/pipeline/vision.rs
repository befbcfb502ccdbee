//! Thread "vision": detect → track → landmarks → align → mask.

use std::sync::Arc;

use crate::domain::composition::StyledLayer;
use crate::domain::control::Part;
use crate::domain::face::{BoundingBox, Crop, Subject, TrackState, TrackedFace};
use crate::domain::fault;
use crate::domain::frame::Frame;
use crate::domain::geometry::{FramePx, Point};
use crate::domain::labels::Labels;
use crate::domain::lane::{LaneReceiver, LaneSender, Mode, Waited};
use crate::domain::settings::{Settings, WhenLost};
use crate::domain::shape::CropPoints;
use crate::pipeline::breadth::Breadth;
use crate::pipeline::perception::{FaceModels, FacePerception};
use crate::pipeline::shared::Shared;
use crate::pipeline::supervisor::{Begin, PATIENCE};
use crate::stages::align::{Aligner, whole_frame};

/// A crop to be styled.
#[derive(Debug)]
pub(super) struct FaceCrop {
    pub(super) subject: Subject,
    pub(super) crop: Crop,
    /// The face's points in the crop, if known.
    pub(super) points: Option<CropPoints>,
    /// Labels of skin, neck and hair in the crop, if known.
    pub(super) labels: Option<Labels>,
    /// Whether the face is seen in this very frame; always true for a whole frame.
    pub(super) seen: bool,
}

/// What was seen in one frame.
#[derive(Debug)]
pub(super) struct VisionOutput {
    pub(super) frame: Arc<Frame>,
    pub(super) faces: Vec<TrackedFace>,
    /// The whole frame if the region includes it, then one head per face; drawn in this order.
    pub(super) face_crops: Vec<FaceCrop>,
    /// Places of recently lost faces, to be blurred, while other faces are seen.
    pub(super) lost_faces: Vec<StyledLayer>,
    /// The settings that the crops were made with.
    pub(super) settings: Settings,
}

/// Owns everything that analyses frames.
pub(super) struct Vision {
    shared: Arc<Shared>,
    perception: FacePerception,
    aligner: Aligner,
    breadth: Breadth,
    /// Processing a file was aborted.
    failed: bool,
}

impl Vision {
    pub(super) fn new(
        shared: Arc<Shared>,
        networks: FaceModels,
        follow: Option<BoundingBox>,
    ) -> Self {
        let (timings, clock) = (shared.timings.clone(), shared.clock.clone());
        let perception = FacePerception::new(networks, follow, timings, clock);
        Self {
            shared,
            perception,
            aligner: Aligner::default(),
            breadth: Breadth::new(),
            failed: false,
        }
    }

    /// Forgets all faces, since the remembered state may be inconsistent.
    fn forget(&mut self) {
        self.perception.forget();
        self.aligner = Aligner::default();
    }

    /// Analyses frames until there are no more.
    pub(super) fn run(
        &mut self,
        begin: Begin,
        frames: &LaneReceiver<Arc<Frame>>,
        seen: &LaneSender<VisionOutput>,
    ) {
        if begin == Begin::Again {
            self.forget();
        }
        while !self.shared.stopping() {
            let frame = match frames.wait(PATIENCE) {
                Waited::Value(frame) => frame,
                Waited::TimedOut => continue,
                Waited::Closed => return,
            };
            fault::point(Part::Vision.thread());
            let found = self.look(&frame);
            if self.failed {
                return;
            }
            match seen.put(found) {
                Ok(stale) => {
                    self.shared
                        .update(|s| s.frames.dropped += u64::from(stale.is_some()));
                }
                Err(_) => return,
            }
        }
    }

    /// Returns faces and crops of one frame. If a network fails, only the faces are lost, never the
    /// picture: without faces the picture is covered.
    fn look(&mut self, frame: &Arc<Frame>) -> VisionOutput {
        let mut settings = self.shared.settings();
        let took = (self.shared.mode == Mode::Newest).then(|| self.shared.painting_took());
        let size = frame.picture.size();
        let (region, longest) = self.breadth.of(&settings, size, took);
        self.shared.paints(settings.region, region);
        settings.region = region;
        self.perception.set_quickness(settings.quickness.get());
        self.perception.set_only_one(settings.only_one);
        let faces = self.perception.look(frame).unwrap_or_else(|error| {
            let why = format!("the face tracker failed: {error}");
            self.failed |= self.shared.stage_failed(why);
            Vec::new()
        });
        let (tracking, steadiness) = (self.perception.state(), self.perception.steadiness());
        self.shared.update(|status| {
            status.tracking = tracking;
            status.steadiness = steadiness.or(status.steadiness);
        });
        let shared = Arc::clone(&self.shared);
        let mut face_crops = shared.timings.measure(&shared.clock, "align", || {
            self.face_crop(frame, &faces, &settings, longest)
        });
        self.mask(&mut face_crops, &settings);
        let lost_faces = self.lost_faces(frame, &faces, &settings);
        VisionOutput {
            frame: Arc::clone(frame),
            faces,
            face_crops,
            lost_faces,
            settings,
        }
    }

    /// Masks the heads that are seen; a head that is only held keeps the whole shape.
    fn mask(&mut self, face_crops: &mut [FaceCrop], settings: &Settings) {
        for head in face_crops.iter_mut().filter(|face_crop| face_crop.seen) {
            let Subject::Face(whose) = head.subject else {
                continue;
            };
            let extent = settings.region.mask_extent();
            match self.perception.mask(&mut head.crop, extent, whose) {
                Ok(labels) => head.labels = labels,
                Err(error) => {
                    let why = format!("the face's mask failed: {error}");
                    self.failed |= self.shared.stage_failed(why);
                }
            }
        }
    }

    /// Keeps the last place of a lost face covered for a while, so that it is not exposed while others are
    /// seen. With no face seen, the whole picture is covered and nothing more is needed.
    fn lost_faces(
        &mut self,
        frame: &Frame,
        faces: &[TrackedFace],
        settings: &Settings,
    ) -> Vec<StyledLayer> {
        let somebody = faces.iter().any(|face| face.state == TrackState::Locked);
        let bare = !settings.region.is_everything() && settings.when_lost == WhenLost::Blur;
        if !(somebody && bare) {
            return Vec::new();
        }
        let side = settings.crop_side.get();
        let layer = |(face, opacity): (TrackedFace, f32)| {
            let crop = self.aligner.head(&frame.picture, &face, side).ok()?;
            Some(StyledLayer { crop, opacity })
        };
        self.perception
            .lost_faces(frame.shown_at)
            .into_iter()
            .filter_map(layer)
            .collect()
    }

    /// The whole frame, if it is painted, with its longest side as given; then one head per face.
    fn face_crop(
        &mut self,
        frame: &Frame,
        faces: &[TrackedFace],
        settings: &Settings,
        longest: u32,
    ) -> Vec<FaceCrop> {
        let side = settings.crop_side.get();
        let mut face_crops = Vec::with_capacity(faces.len() + 1);
        if settings.region.is_everything() {
            face_crops.push(FaceCrop {
                subject: Subject::Frame,
                crop: whole_frame(&frame.picture, longest),
                points: None,
                labels: None,
                seen: true,
            });
        }
        let head = |face: &TrackedFace| {
            let crop = self.aligner.head(&frame.picture, face, side).ok()?;
            let points = points_in(&crop, face);
            Some(FaceCrop {
                subject: Subject::Face(face.id),
                crop,
                points,
                labels: None,
                seen: face.state == TrackState::Locked,
            })
        };
        face_crops.extend(faces.iter().filter_map(head));
        face_crops
    }
}

/// The face's points in crop pixels.
fn points_in(crop: &Crop, face: &TrackedFace) -> Option<CropPoints> {
    let crop_from_frame = crop.frame_from_crop.inverse()?;
    let in_crop = |point: Point<FramePx>| {
        let point = crop_from_frame * point;
        [point.x, point.y]
    };
    face.shape.map(|shape| shape.0.map(in_crop))
}
