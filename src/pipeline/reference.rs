//! [`ReferenceReader`]: a reference picture → its style code, with the face in it counted more.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::domain::face::View;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Rect, Transform};
use crate::domain::style::{KnownCode, Style, StyleCode};
use crate::pictures::warp::{Outside, Warper};
use crate::stages::detect::FaceDetector;
use crate::stages::stylize::{StyleEncoder, StylizeError};

/// A face in a reference counts from this score on.
const SURE: f32 = 0.6;

/// The cut-out around a reference's face over the face's longer side: head, hair and some neck, as
/// in a stylized crop.
const SURROUNDINGS: f32 = 1.9;

/// Side of that cut-out, pixels: what the encoder looks at.
const SIDE: u32 = 256;

/// The face's share of the code.
const FACE_SHARE: f32 = 0.5;

/// Up to this length, pixels, the detector sees small faces in the whole picture.
const WHOLE_AT_ONCE: u32 = 800;

/// Codes that are remembered, so that switching back costs nothing.
const REMEMBERED: usize = 64;

/// Owns the encoder, and a detector that looks for faces in references.
pub(super) struct ReferenceReader {
    encoder: Box<dyn StyleEncoder>,
    detector: Option<FaceDetector>,
    networks: String,
    /// The newest last.
    remembered: Vec<(u64, StyleCode)>,
}

impl ReferenceReader {
    pub(super) fn new(encoder: Box<dyn StyleEncoder>, detector: Option<FaceDetector>) -> Self {
        let reports = encoder.models().into_iter();
        let reports = reports.chain(detector.iter().map(|d| d.model().report().clone()));
        let hashes: Vec<String> = reports.map(|report| report.sha256).collect();
        Self {
            encoder,
            detector,
            networks: hashes.join("+"),
            remembered: Vec::new(),
        }
    }

    /// The code of a style: the one that is kept with it if these very networks made it, the one
    /// that is remembered, or a new one.
    pub(super) fn code(&mut self, style: &Style) -> Result<StyleCode, StylizeError> {
        if let Some(code) = style.code_of(&self.networks) {
            return Ok(code.clone());
        }
        let print = fingerprint(&style.picture);
        if let Some((_, code)) = self.remembered.iter().find(|(known, _)| *known == print) {
            return Ok(code.clone());
        }
        let code = self.read(&style.picture)?;
        if self.remembered.len() >= REMEMBERED {
            self.remembered.remove(0);
        }
        self.remembered.push((print, code.clone()));
        Ok(code)
    }

    /// `code` with the hashes of the networks that made it.
    pub(super) fn known(&self, code: &StyleCode) -> KnownCode {
        KnownCode {
            networks: self.networks.clone(),
            code: code.clone(),
        }
    }

    /// The code of a photo as it is, for weaker strengths.
    pub(super) fn photo(&mut self, photo: &Picture) -> Result<StyleCode, StylizeError> {
        self.encoder.encode(photo)
    }

    /// The code of the whole picture, blended with that of its largest face.
    fn read(&mut self, picture: &Picture) -> Result<StyleCode, StylizeError> {
        let whole = self.encoder.encode(picture)?;
        let Some(place) = self.face_in(picture) else {
            return Ok(whole);
        };
        let face = self.encoder.encode(&cut(picture, &place))?;
        Ok(whole.blended(&face, FACE_SHARE))
    }

    /// The surroundings of the largest face, looked for in the picture as it is, for faces that
    /// nearly fill it in a smaller one, and for small ones in its parts.
    fn face_in(&mut self, picture: &Picture) -> Option<Rect<FramePx>> {
        let detector = self.detector.as_mut()?;
        let Size { width, height } = picture.size();
        let all = Rect::new(0.0, 0.0, width as f32, height as f32);
        let views = [View::Whole, View::Around(all)].into_iter();
        let mut sizes: Vec<Rect<FramePx>> = Vec::new();
        let parts = if width.max(height) > WHOLE_AT_ONCE {
            4
        } else {
            0
        };
        for view in views.chain((0..parts).map(View::Part)) {
            // A detector that fails costs the face's share, not the style.
            let found = detector.detect(picture, view).unwrap_or_default();
            let sure = found.into_iter().filter(|face| face.score.0 >= SURE);
            sizes.extend(sure.map(|face| face.bounds));
        }
        let larger = |a: &Rect<FramePx>, b: &Rect<FramePx>| a.area().total_cmp(&b.area());
        let face = sizes.into_iter().max_by(larger)?;
        let side = SURROUNDINGS * face.width.max(face.height);
        let side = side.min(all.width).min(all.height);
        let within =
            |middle: f32, length: f32| (middle - side / 2.0).clamp(0.0, (length - side).max(0.0));
        let middle = face.centre();
        let (x, y) = (within(middle.x, all.width), within(middle.y, all.height));
        Some(Rect::new(x, y, side, side))
    }
}

/// A square of `picture`, as the encoder looks at it.
fn cut(picture: &Picture, place: &Rect<FramePx>) -> Picture {
    let scale = place.width / SIDE as f32;
    let map = Transform::<FramePx, CropPx>::scale_then_move(scale, scale, place.x, place.y);
    let mut square = Picture::filled(Size::new(SIDE, SIDE), [0, 0, 0, 255]);
    Warper::default().warp(picture, &map, Outside::Edge, &mut square);
    square
}

/// Tells pictures apart; about a millisecond for 512×512 pixels.
fn fingerprint(picture: &Picture) -> u64 {
    let mut hasher = DefaultHasher::new();
    picture.size().hash(&mut hasher);
    picture.rgba().hash(&mut hasher);
    hasher.finish()
}
