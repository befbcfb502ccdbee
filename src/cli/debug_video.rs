//! [`DebugVideo`]: what the tracker sees, drawn over the frames: box, points, the mask's outline,
//! state and id of every face.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::output::Failure;
use crate::domain::face::{Crop, TrackState, TrackedFace};
use crate::domain::frame::{Frame, Picture};
use crate::domain::geometry::Point;
use crate::domain::region::MaskExtent;
use crate::pictures::draw::{dot, frame_of, text};
use crate::pipeline::perception::{FacePerception, report_of};
use crate::stages::align::Aligner;
use crate::stages::record::{RecordOptions, Recorder, UntilFinished};

/// Side of the head crops whose masks are drawn, pixels.
const CROP: u32 = 256;

/// Inks of the ids, in turn.
const INKS: [[u8; 3]; 4] = [[255, 196, 0], [0, 214, 255], [255, 92, 168], [126, 255, 92]];
const HELD_INK: [u8; 3] = [255, 72, 48];
const MASK_INK: [u8; 3] = [255, 255, 255];

/// A clip that is being drawn.
#[derive(Debug)]
pub(super) struct DebugVideo {
    path: PathBuf,
    recorder: Option<Recorder>,
    aligner: Aligner,
}

impl DebugVideo {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            recorder: None,
            aligner: Aligner::default(),
        }
    }

    /// Draws and writes one frame.
    pub(super) fn draw(
        &mut self,
        frame: &Frame,
        faces: &[TrackedFace],
        perception: &mut FacePerception,
    ) -> Result<(), Failure> {
        let mut canvas = Picture::clone(&frame.picture);
        let scale = (frame.size().height / 360).max(1);
        for face in faces {
            self.draw_face(&mut canvas, frame, face, perception, scale)?;
        }
        let state = format!("{:?}", perception.state()).to_uppercase();
        text(&mut canvas, (6, 6), &state, scale, [255, 255, 255]);
        let recorder = if let Some(recorder) = &mut self.recorder {
            recorder
        } else {
            let options = RecordOptions {
                until_finished: UntilFinished::AsPart,
                ..RecordOptions::default()
            };
            let started = Recorder::start(&self.path, canvas.size(), options)?;
            self.recorder.insert(started)
        };
        recorder.push(&canvas, frame.shown_at)?;
        Ok(())
    }

    fn draw_face(
        &mut self,
        canvas: &mut Picture,
        frame: &Frame,
        face: &TrackedFace,
        perception: &mut FacePerception,
        scale: u32,
    ) -> Result<(), Failure> {
        let locked = face.state == TrackState::Locked;
        let ink = if locked {
            INKS[face.id.0 as usize % INKS.len()]
        } else {
            HELD_INK
        };
        if locked
            && let Ok(mut crop) = self.aligner.head(&frame.picture, face, CROP)
            && perception
                .mask(&mut crop, MaskExtent::Face, face.id)?
                .is_some()
        {
            outline(canvas, &crop);
        }
        frame_of(canvas, &face.bounds, scale, ink);
        let five = face.landmarks.to_array();
        let points = face.shape.as_ref().map_or(&five[..], |shape| &shape.0[..]);
        for point in points {
            dot(canvas, *point, scale as f32 * 0.9, ink);
        }
        let mut words = format!("{} {:?} {:.2}", face.id.0, face.state, face.score.0);
        if let Some(pose) = report_of(face).pose {
            let (yaw, pitch, roll) = (pose.yaw, pose.pitch, pose.roll);
            // Writing to a string cannot fail.
            write!(words, " Y{yaw:+.0} P{pitch:+.0} R{roll:+.0}").unwrap_or_default();
        }
        let at = (
            face.bounds.x as i64,
            face.bounds.y as i64 - 9 * i64::from(scale),
        );
        text(canvas, at, &words.to_uppercase(), scale, ink);
        Ok(())
    }

    /// Closes a clip that is not finished; gives where it lies.
    pub(super) fn leave(self) -> Option<PathBuf> {
        Some(self.recorder?.leave().ok()?.path)
    }

    /// Closes the clip and puts it in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if let Some(recorder) = self.recorder {
            recorder.finish()?;
        }
        Ok(())
    }
}

/// Dots where the crop's mask passes one half.
fn outline(canvas: &mut Picture, crop: &Crop) {
    let side = i64::from(crop.picture.size().width);
    let inside = |x: i64, y: i64| crop.picture.pixel_clamped(x, y)[3] >= 128;
    for y in 0..side {
        for x in 0..side {
            if inside(x, y) != inside(x + 1, y) || inside(x, y) != inside(x, y + 1) {
                let at = crop.frame_from_crop * Point::new(x as f32 + 1.0, y as f32 + 1.0);
                dot(canvas, at, 0.8, MASK_INK);
            }
        }
    }
}
