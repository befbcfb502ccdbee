//! Thread "vision": detect → track → landmarks → align → mask.

use std::sync::Arc;
use std::time::Duration;

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
use crate::pipeline::eyes::{EyeNetworks, Eyes};
use crate::pipeline::shared::Shared;
use crate::pipeline::supervisor::Begin;
use crate::stages::align::{Aligner, whole_frame};

/// How long the thread waits before it looks whether it should stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// A cut-out that is to be styled.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) subject: Subject,
    pub(super) crop: Crop,
    /// The face's points in the crop, where they are known.
    pub(super) points: Option<CropPoints>,
    /// Where the crop shows skin, neck and hair, where that is known.
    pub(super) labels: Option<Labels>,
    /// Whether the face is seen in this very frame; a whole frame always is.
    pub(super) seen: bool,
}

/// What was seen in one frame.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) frame: Arc<Frame>,
    pub(super) faces: Vec<TrackedFace>,
    /// The whole frame, if the region asks for it, then one head a face; drawn in this order.
    pub(super) cuts: Vec<Cut>,
    /// The places of faces that were lost a moment ago while others are seen, to be blurred.
    pub(super) ghosts: Vec<StyledLayer>,
    /// The knobs that the crops were made with.
    pub(super) settings: Settings,
}

/// Owns everything that looks at frames.
pub(super) struct Vision {
    shared: Arc<Shared>,
    eyes: Eyes,
    aligner: Aligner,
    breadth: Breadth,
    /// A file is given up.
    failed: bool,
}

impl Vision {
    pub(super) fn new(
        shared: Arc<Shared>,
        networks: EyeNetworks,
        follow: Option<BoundingBox>,
    ) -> Self {
        let (timings, clock) = (shared.timings.clone(), shared.clock.clone());
        let eyes = Eyes::new(networks, follow, timings, clock);
        Self {
            shared,
            eyes,
            aligner: Aligner::default(),
            breadth: Breadth::new(),
            failed: false,
        }
    }

    /// Forgets everybody, since what is remembered may be half changed.
    fn forget(&mut self) {
        self.eyes.forget();
        self.aligner = Aligner::default();
    }

    /// Looks at frames until there are no more.
    pub(super) fn run(
        &mut self,
        begin: Begin,
        frames: &LaneReceiver<Arc<Frame>>,
        seen: &LaneSender<Seen>,
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

    /// Faces and crops of one frame. A failing network costs the faces, never the picture: without
    /// faces the picture is covered.
    fn look(&mut self, frame: &Arc<Frame>) -> Seen {
        let mut settings = self.shared.settings();
        let took = (self.shared.mode == Mode::Newest).then(|| self.shared.painting_took());
        let size = frame.picture.size();
        let (region, longest) = self.breadth.of(&settings, size, took);
        self.shared.paints(settings.region, region);
        settings.region = region;
        self.eyes.set_quickness(settings.quickness);
        self.eyes.set_only_one(settings.only_one);
        let faces = self.eyes.look(frame).unwrap_or_else(|error| {
            let why = format!("the face tracker failed: {error}");
            self.failed |= self.shared.stage_failed(why);
            Vec::new()
        });
        let (tracking, steadiness) = (self.eyes.state(), self.eyes.steadiness());
        self.shared.update(|status| {
            status.tracking = tracking;
            status.steadiness = steadiness.or(status.steadiness);
        });
        let shared = Arc::clone(&self.shared);
        let mut cuts = shared.timings.measure(&shared.clock, "align", || {
            self.cut(frame, &faces, &settings, longest)
        });
        self.mask(&mut cuts, &settings);
        let ghosts = self.ghosts(frame, &faces, &settings);
        Seen {
            frame: Arc::clone(frame),
            faces,
            cuts,
            ghosts,
            settings,
        }
    }

    /// Masks the heads that are seen; one that is only held keeps the whole shape.
    fn mask(&mut self, cuts: &mut [Cut], settings: &Settings) {
        for head in cuts.iter_mut().filter(|cut| cut.seen) {
            let Subject::Face(whose) = head.subject else {
                continue;
            };
            let cover = settings.region.cover();
            match self.eyes.mask(&mut head.crop, cover, whose) {
                Ok(labels) => head.labels = labels,
                Err(error) => {
                    let why = format!("the face's mask failed: {error}");
                    self.failed |= self.shared.stage_failed(why);
                }
            }
        }
    }

    /// One lost face of several must not turn bare: its last place stays covered for a while. With
    /// nobody seen the whole picture is covered, and nothing more is needed.
    fn ghosts(
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
        self.eyes
            .ghosts(frame.shown_at)
            .into_iter()
            .filter_map(layer)
            .collect()
    }

    /// The whole frame, if it is painted, with its longest side as given; then one head a face.
    fn cut(
        &mut self,
        frame: &Frame,
        faces: &[TrackedFace],
        settings: &Settings,
        longest: u32,
    ) -> Vec<Cut> {
        let side = settings.crop_side.get();
        let mut cuts = Vec::with_capacity(faces.len() + 1);
        if settings.region.is_everything() {
            cuts.push(Cut {
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
            Some(Cut {
                subject: Subject::Face(face.id),
                crop,
                points,
                labels: None,
                seen: face.state == TrackState::Locked,
            })
        };
        cuts.extend(faces.iter().filter_map(head));
        cuts
    }
}

/// The face's points in pixels of the crop.
fn points_in(crop: &Crop, face: &TrackedFace) -> Option<CropPoints> {
    let crop_from_frame = crop.frame_from_crop.inverse()?;
    let in_crop = |point: Point<FramePx>| {
        let point = crop_from_frame * point;
        [point.x, point.y]
    };
    face.shape.map(|shape| shape.0.map(in_crop))
}
