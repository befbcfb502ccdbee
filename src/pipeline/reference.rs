//! [`ReferenceReader`]: a reference picture → its style code, and its face made ready to paint with.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::domain::control::Reference;
use crate::domain::frame::Picture;
use crate::domain::shape::FaceShape;
use crate::domain::style::{KnownCode, Style, StyleCode};
use crate::pictures::within;
use crate::pipeline::reference_face::ReferenceEyes;
use crate::stages::stylize::backdrop::Backdrop;
use crate::stages::stylize::portrait::Portrait;
use crate::stages::stylize::{StyleEncoder, StylizeError};

/// Longest side of what the window shows of a reference, pixels.
const PREVIEW: u32 = 480;

/// Codes that are remembered, so that switching back costs nothing.
const REMEMBERED: usize = 64;

/// Owns the encoder, and the eyes that look for faces in references.
pub(super) struct ReferenceReader {
    encoder: Box<dyn StyleEncoder>,
    eyes: ReferenceEyes,
    networks: String,
    /// The newest last.
    remembered: Vec<(u64, StyleCode)>,
}

impl ReferenceReader {
    pub(super) fn new(encoder: Box<dyn StyleEncoder>, eyes: ReferenceEyes) -> Self {
        let reports = encoder.models().into_iter();
        let hashes: Vec<String> = reports.map(|report| report.sha256).collect();
        Self {
            encoder,
            eyes,
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
        let code = self.encoder.encode(&style.picture)?;
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

    /// The reference made ready to paint faces with, where it shows one, and what the window shows of
    /// it.
    pub(super) fn portrait(&mut self, style: &Style) -> (Reference, Option<Arc<Portrait>>) {
        let found = self.eyes.face_of(style).and_then(|face| {
            let skin = self.eyes.skin(&style.picture, &face.shape);
            match Portrait::prepare(&style.picture, &face.shape, skin.as_ref()) {
                Ok(portrait) => Some((face, Arc::new(portrait))),
                Err(error) => {
                    tracing::debug!(%error, style = %style.id, "no portrait");
                    None
                }
            }
        });
        let (face, portrait) = found.unzip();
        let reference = Reference {
            preview: Arc::new(within(Picture::clone(&style.picture), PREVIEW)),
            size: style.picture.size(),
            face,
        };
        (reference, portrait)
    }

    /// The reference made ready to hang behind heads, without the face painted at `shape`.
    pub(super) fn backdrop(&mut self, picture: &Picture, shape: Option<&FaceShape>) -> Backdrop {
        let head = shape.and_then(|shape| self.eyes.head(picture, shape));
        let (head, face) = head.unzip();
        Backdrop::prepare(picture, head.as_ref(), face)
    }
}

/// Tells pictures apart; about a millisecond for 512×512 pixels.
fn fingerprint(picture: &Picture) -> u64 {
    let mut hasher = DefaultHasher::new();
    picture.size().hash(&mut hasher);
    picture.rgba().hash(&mut hasher);
    hasher.finish()
}
