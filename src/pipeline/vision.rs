//! Thread "vision": detect → track → align.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::face::{BoundingBox, Crop, TrackedFace};
use crate::domain::frame::Frame;
use crate::domain::lane::{LaneReceiver, LaneSender, Waited};
use crate::domain::settings::{Region, Settings};
use crate::pipeline::eyes::Eyes;
use crate::pipeline::networks::EyeNetworks;
use crate::pipeline::shared::Shared;
use crate::stages::align::{Aligner, whole_frame};

/// How long the thread waits before it looks whether it should stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// Longest side of a wholly styled frame over the face crop's side: about the same work a frame.
const FRAME_OVER_CROP: f32 = 1.75;

/// What was seen in one frame.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) frame: Arc<Frame>,
    pub(super) faces: Vec<TrackedFace>,
    /// One head a face, or the whole frame, as the region asks.
    pub(super) crops: Vec<Crop>,
    /// The knobs that the crops were made with.
    pub(super) settings: Settings,
}

/// Owns everything that looks at frames.
pub(super) struct Vision {
    shared: Arc<Shared>,
    eyes: Eyes,
    aligner: Aligner,
}

impl Vision {
    pub(super) fn new(
        shared: Arc<Shared>,
        (detector, regressor): EyeNetworks,
        follow: Option<BoundingBox>,
    ) -> Self {
        let (timings, clock) = (shared.timings.clone(), shared.clock.clone());
        let eyes = Eyes::new(detector, regressor, follow, timings, clock);
        Self {
            shared,
            eyes,
            aligner: Aligner::default(),
        }
    }

    /// Looks at frames until there are no more.
    pub(super) fn run(&mut self, frames: &LaneReceiver<Arc<Frame>>, seen: &LaneSender<Seen>) {
        while !self.shared.stopping() {
            let frame = match frames.wait(PATIENCE) {
                Waited::Value(frame) => frame,
                Waited::TimedOut => continue,
                Waited::Closed => return,
            };
            let found = self.look(&frame);
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
        let settings = self.shared.settings();
        self.eyes.set_quickness(settings.quickness);
        let faces = self.eyes.look(frame).unwrap_or_else(|error| {
            self.shared
                .trouble(format!("the face tracker failed: {error}"));
            Vec::new()
        });
        let shared = Arc::clone(&self.shared);
        let crops = shared.timings.measure(&shared.clock, "align", || {
            self.cut(frame, &faces, &settings)
        });
        Seen {
            frame: Arc::clone(frame),
            faces,
            crops,
            settings,
        }
    }

    fn cut(&mut self, frame: &Frame, faces: &[TrackedFace], settings: &Settings) -> Vec<Crop> {
        let side = settings.crop_side.get();
        match settings.region {
            Region::Frame => {
                let longest = (side as f32 * FRAME_OVER_CROP) as u32;
                vec![whole_frame(&frame.picture, longest)]
            }
            Region::Face => {
                let heads = faces
                    .iter()
                    .map(|face| self.aligner.head(&frame.picture, face, side));
                heads.filter_map(Result::ok).collect()
            }
        }
    }
}
