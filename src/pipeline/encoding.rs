//! Thread "encode": makes style codes while the old style stays on the screen.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::catalogue::Catalogue;
use crate::domain::control::{EngineStatus, Part, Reference};
use crate::domain::fault;
use crate::domain::frame::Picture;
use crate::domain::settings::{Engine, Mix};
use crate::domain::shape::FaceShape;
use crate::domain::style::{Style, StyleCode};
use crate::pipeline::PipelineError;
use crate::pipeline::reference::ReferenceReader;
use crate::pipeline::shared::Shared;
use crate::pipeline::vision::PATIENCE;
use crate::stages::stylize::StylizeError;
use crate::stages::stylize::backdrop::Backdrop;
use crate::stages::stylize::portrait::Portrait;

/// What is wished for.
#[derive(Debug)]
pub(super) enum Wish {
    /// This style.
    First(Arc<Style>),
    /// This style mixed in, or none.
    Second(Option<Arc<Style>>),
    /// The first style's face lies here.
    Fit(Box<FaceShape>),
}

/// The codes in use.
#[derive(Debug)]
struct Codes {
    first: Arc<StyleCode>,
    /// The first style, its reference, and its face made ready to paint with.
    style: Option<Arc<Style>>,
    reference: Option<Reference>,
    portrait: Option<Arc<Portrait>>,
    /// The reference made ready to hang behind heads, once it was asked for.
    backdrop: Option<Arc<Backdrop>>,
    second: Option<Arc<StyleCode>>,
}

/// The encoder and the newest codes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Encoding {
    reader: Arc<Mutex<ReferenceReader>>,
    codes: Arc<Mutex<Codes>>,
    /// Where codes are kept with their styles.
    catalogue: Option<Catalogue>,
}

impl Encoding {
    /// Makes the first codes.
    pub(super) fn start(
        reader: ReferenceReader,
        catalogue: Option<Catalogue>,
        first: &Arc<Style>,
        second: Option<&Style>,
    ) -> Result<Self, PipelineError> {
        let nothing = Codes {
            first: Arc::new(StyleCode(Vec::new())),
            style: None,
            reference: None,
            portrait: None,
            backdrop: None,
            second: None,
        };
        let encoding = Self {
            reader: Arc::new(Mutex::new(reader)),
            codes: Arc::new(Mutex::new(nothing)),
            catalogue,
        };
        let code = |style: &Style| {
            let style_id = style.id.to_string();
            encoding.of(style).map_err(|why| PipelineError::Style {
                style: style_id,
                why,
            })
        };
        let (reference, portrait) = encoding.portrait_of(first);
        let codes = Codes {
            first: code(first)?,
            style: Some(Arc::clone(first)),
            reference: Some(reference),
            portrait,
            backdrop: None,
            second: second.map(code).transpose()?,
        };
        encoding.change(|empty| *empty = codes);
        Ok(encoding)
    }

    /// The code that is shown: the first style's, with the second's share of `mix` in it. A blend
    /// of a hundred numbers, so that turning the mix costs no network.
    pub(super) fn code(&self, mix: Mix) -> StyleCode {
        let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        match &codes.second {
            Some(second) => codes.first.blended(second, mix.get()),
            None => codes.first.as_ref().clone(),
        }
    }

    /// The first style's face, made ready to paint with, where `wished` takes it.
    pub(super) fn portrait(&self, wished: Engine) -> Option<Arc<Portrait>> {
        let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let face = codes.reference.as_ref()?.face.as_ref();
        let taken = EngineStatus::of(wished, face) == EngineStatus::Portrait;
        codes.portrait.clone().filter(|_| taken)
    }

    /// The first style's reference to hang behind heads. Made when it is first asked for, which takes
    /// about as long as three frames.
    pub(super) fn backdrop(&self) -> Option<Arc<Backdrop>> {
        let (style, shape) = {
            let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(backdrop) = &codes.backdrop {
                return Some(Arc::clone(backdrop));
            }
            let face = codes.reference.as_ref().and_then(|r| r.face.as_ref());
            (codes.style.clone()?, face.map(|face| face.shape))
        };
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let made = Arc::new(reader.backdrop(&style.picture, shape.as_ref()));
        drop(reader);
        self.change(|codes| {
            let still = codes
                .style
                .as_ref()
                .is_some_and(|now| Arc::ptr_eq(now, &style));
            codes.backdrop = still.then(|| Arc::clone(&made));
        });
        Some(made)
    }

    /// The first style's reference, as the window shows it.
    pub(super) fn reference(&self) -> Option<Reference> {
        let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.reference.clone()
    }

    fn portrait_of(&self, style: &Style) -> (Reference, Option<Arc<Portrait>>) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.portrait(style)
    }

    /// As it stands in a frame of the photo itself; `None` where `wait` is false and the encoder
    /// is at work.
    pub(super) fn photo(
        &self,
        picture: &Picture,
        wait: bool,
    ) -> Option<Result<StyleCode, StylizeError>> {
        let mut reader = if wait {
            self.reader.lock().unwrap_or_else(PoisonError::into_inner)
        } else {
            self.reader.try_lock().ok()?
        };
        Some(reader.photo(picture))
    }

    /// The code of a style: the one that was kept with it, or a new one, which is kept.
    fn of(&self, style: &Style) -> Result<Arc<StyleCode>, StylizeError> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let code = reader.code(style)?;
        let known = reader.known(&code);
        drop(reader);
        if let Some(catalogue) = &self.catalogue
            && style.code_of(&known.networks).is_none()
            && let Err(error) = catalogue.keep_code(style, known)
        {
            // The style works all the same; its code is made anew next time.
            tracing::warn!(%error, style = %style.id, "a code is not kept");
        }
        Ok(Arc::new(code))
    }

    fn change(&self, change: impl FnOnce(&mut Codes)) {
        change(&mut self.codes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn grant_first(&self, shared: &Shared, style: &Arc<Style>) {
        match self.of(style) {
            Ok(code) => {
                let (reference, portrait) = self.portrait_of(style);
                self.change(|codes| {
                    (codes.first, codes.portrait, codes.backdrop) = (code, portrait, None);
                    codes.style = Some(Arc::clone(style));
                    codes.reference = Some(reference.clone());
                });
                shared.update(|status| {
                    status.style.reference = Some(reference);
                    status.style.shown = Some(style.id.clone());
                    status.style.preparing.take_if(|wished| *wished == style.id);
                    status.style.trouble = None;
                });
            }
            Err(error) => refuse(shared, style, &error),
        }
    }

    /// Sets the face of the first style by hand, and keeps that with a style of the person's own.
    fn grant_fit(&self, shared: &Shared, shape: &FaceShape) {
        let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(style) = codes.style.clone() else {
            return;
        };
        drop(codes);
        if let Some(catalogue) = &self.catalogue
            && let Err(error) = catalogue.keep_fit(&style, shape)
        {
            shared.trouble(format!("the place of the face is not kept: {error}"));
        }
        let fitted = Arc::new(Style {
            fit: Some(*shape),
            ..Style::clone(&style)
        });
        let (reference, portrait) = self.portrait_of(&fitted);
        self.change(|codes| {
            (codes.style, codes.portrait, codes.backdrop) = (Some(fitted), portrait, None);
            codes.reference = Some(reference.clone());
        });
        shared.update(|status| status.style.reference = Some(reference));
    }

    fn grant_second(&self, shared: &Shared, style: Option<&Style>) {
        match style.map(|style| self.of(style)).transpose() {
            Ok(code) => {
                self.change(|codes| codes.second = code);
                shared.update(|status| status.style.second = style.map(|style| style.id.clone()));
            }
            Err(error) => {
                if let Some(style) = style {
                    refuse(shared, style, &error);
                }
            }
        }
    }
}

fn refuse(shared: &Shared, style: &Style, error: &StylizeError) {
    shared.update(|status| {
        status.style.preparing = None;
        status.style.trouble = Some(format!("{} cannot be used: {error}", style.title));
    });
}

/// Makes the codes of the wished styles, the newest of each place, until there are no more wishes.
pub(super) fn run(shared: &Shared, encoding: &Encoding, wishes: &Receiver<Wish>) {
    while !shared.stopping() {
        let wish = match wishes.recv_timeout(PATIENCE) {
            Ok(wish) => wish,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        fault::point(Part::Encode.thread());
        let (mut first, mut second, mut fit) = (None, None, None);
        for wish in std::iter::once(wish).chain(wishes.try_iter()) {
            match wish {
                Wish::First(style) => (first, fit) = (Some(style), None),
                Wish::Second(style) => second = Some(style),
                Wish::Fit(shape) => fit = Some(shape),
            }
        }
        shared.timings.measure(&shared.clock, "encode", || {
            if let Some(style) = first {
                encoding.grant_first(shared, &style);
            }
            if let Some(style) = second {
                encoding.grant_second(shared, style.as_deref());
            }
            if let Some(shape) = fit {
                encoding.grant_fit(shared, &shape);
            }
        });
        shared.wake();
    }
}
