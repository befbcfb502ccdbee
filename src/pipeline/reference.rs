//! [`ReferenceReader`]: a reference picture → its style code, its face, and its exemplar.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::domain::control::Reference;
use crate::domain::frame::Picture;
use crate::domain::settings::Texture;
use crate::domain::shape::Landmarks68;
use crate::domain::style::{KnownCode, Style, StyleCode};
use crate::pictures::within;
use crate::pipeline::reference_face::ReferenceFaceFinder;
use crate::stages::stylize::brush::{Exemplar, ExemplarFace};
use crate::stages::stylize::{StyleEncoder, StylizeError};

/// Longest side of a reference's preview, pixels.
const PREVIEW: u32 = 480;

/// Number of cached codes; a cached code makes switching back free.
const CODES: usize = 64;

/// Number of cached exemplars.
const EXEMPLARS: usize = 6;

/// A reference that was read for strokes of one size.
struct Known {
    /// Fingerprint of the picture.
    print: u64,
    /// The face set by the user.
    fit: Option<Landmarks68>,
    stroke: Texture,
    reference: Reference,
    face: Option<ExemplarFace>,
    exemplar: Arc<Exemplar>,
}

/// Owns the encoder and the reference face finder.
pub(super) struct ReferenceReader {
    encoder: Box<dyn StyleEncoder>,
    face_finder: ReferenceFaceFinder,
    networks: String,
    /// Newest last.
    codes: Vec<(u64, StyleCode)>,
    /// Most recently requested last.
    known: Vec<Known>,
}

impl ReferenceReader {
    pub(super) fn new(encoder: Box<dyn StyleEncoder>, face_finder: ReferenceFaceFinder) -> Self {
        let reports = encoder.models().into_iter();
        let hashes: Vec<String> = reports.map(|report| report.sha256).collect();
        Self {
            encoder,
            face_finder,
            networks: hashes.join("+"),
            codes: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Returns the code of a style: the stored one if these very networks made it, a cached one, or a new
    /// one.
    pub(super) fn code(&mut self, style: &Style) -> Result<StyleCode, StylizeError> {
        if let Some(code) = style.code_of(&self.networks) {
            return Ok(code.clone());
        }
        let print = fingerprint(&style.picture);
        if let Some((_, code)) = self.codes.iter().find(|(known, _)| *known == print) {
            return Ok(code.clone());
        }
        let code = self.encoder.encode(&style.picture)?;
        if self.codes.len() >= CODES {
            self.codes.remove(0);
        }
        self.codes.push((print, code.clone()));
        Ok(code)
    }

    /// `code` with the hashes of the networks that made it.
    pub(super) fn known(&self, code: &StyleCode) -> KnownCode {
        KnownCode {
            networks: self.networks.clone(),
            code: code.clone(),
        }
    }

    /// Returns what the window shows of a style's reference, and its exemplar for this stroke size: cached
    /// or newly made.
    pub(super) fn read(&mut self, style: &Style, stroke: Texture) -> (Reference, Arc<Exemplar>) {
        let print = fingerprint(&style.picture);
        let same = |known: &Known| known.print == print && known.fit == style.fit;
        let again = |known: &Known| same(known) && known.stroke == stroke;
        let known = if let Some(at) = self.known.iter().position(again) {
            self.known.remove(at)
        } else {
            let looked_at = self.known.iter().find(|known| same(known));
            let (reference, face) = match looked_at {
                Some(known) => (known.reference.clone(), known.face.clone()),
                None => self.look_at(style),
            };
            let exemplar = Exemplar::new(&style.picture, face.as_ref(), stroke);
            Known {
                print,
                fit: style.fit,
                stroke,
                reference,
                face,
                exemplar: Arc::new(exemplar),
            }
        };
        let read = (known.reference.clone(), Arc::clone(&known.exemplar));
        if self.known.len() >= EXEMPLARS {
            self.known.remove(0);
        }
        self.known.push(known);
        read
    }

    /// Finds the face in a reference.
    fn look_at(&mut self, style: &Style) -> (Reference, Option<ExemplarFace>) {
        let reference = Reference {
            preview: Arc::new(within(Picture::clone(&style.picture), PREVIEW)),
            size: style.picture.size(),
            face: self.face_finder.face_of(style),
        };
        let face = reference.used_face().map(|face| ExemplarFace {
            shape: face.shape,
            labels: self.face_finder.labels(&style.picture, &face.shape),
        });
        (reference, face)
    }
}

/// Distinguishes pictures; takes about a millisecond for 512×512 pixels.
fn fingerprint(picture: &Picture) -> u64 {
    let mut hasher = DefaultHasher::new();
    picture.size().hash(&mut hasher);
    picture.rgba().hash(&mut hasher);
    hasher.finish()
}
