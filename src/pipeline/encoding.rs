//! Thread "encode": prepares styles while the previous ones stay on the screen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::catalogue::Catalogue;
use crate::domain::control::{Part, Reference};
use crate::domain::fault;
use crate::domain::settings::{Mix, Texture};
use crate::domain::shape::Landmarks68;
use crate::domain::style::{Style, StyleCode};
use crate::pipeline::error::PipelineError;
use crate::pipeline::reference::ReferenceReader;
use crate::pipeline::shared::Shared;
use crate::pipeline::supervisor::PATIENCE;
use crate::stages::stylize::StylizeError;
use crate::stages::stylize::brush::Exemplar;

/// A request to the encoder thread.
#[derive(Debug)]
pub(super) enum StyleRequest {
    /// Use this style as the first.
    First(Arc<Style>),
    /// Mix in this style; `None` ends the mixing.
    Second(Option<Arc<Style>>),
    /// Use these points as the face of the first style's reference.
    Fit(Box<Landmarks68>),
}

/// A style with everything derived from it.
#[derive(Debug, Clone)]
struct Ready {
    style: Arc<Style>,
    code: Arc<StyleCode>,
    reference: Reference,
    exemplar: Arc<Exemplar>,
    /// The stroke size that the exemplar was made for.
    stroke: Texture,
}

/// The active styles.
#[derive(Debug)]
struct InUse {
    first: Ready,
    second: Option<Ready>,
}

/// The style code and the exemplars that crops are painted with.
#[derive(Debug, Clone)]
pub(super) struct Originals {
    /// The code of the style, or of the mixed styles.
    pub(super) code: StyleCode,
    /// The exemplar of the first style's reference.
    pub(super) first: Arc<Exemplar>,
    /// The exemplar of the second style's reference, if one is mixed in.
    pub(super) second: Option<Arc<Exemplar>>,
}

/// A handle to the active styles for other threads. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Styles(Arc<Mutex<InUse>>);

impl Styles {
    fn lock(&self) -> MutexGuard<'_, InUse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the originals for `mix`. The code is a blend that contains the second style's share: it has
    /// about a hundred numbers, so changing the mix runs no network.
    pub(super) fn originals(&self, mix: Mix) -> Originals {
        let in_use = self.lock();
        let (first, second) = (&in_use.first, in_use.second.as_ref());
        let code = match second {
            Some(second) => first.code.blended(&second.code, mix.get()),
            None => first.code.as_ref().clone(),
        };
        Originals {
            code,
            first: Arc::clone(&first.exemplar),
            second: second.map(|second| Arc::clone(&second.exemplar)),
        }
    }

    /// The first style's reference, as the window shows it.
    pub(super) fn reference(&self) -> Reference {
        self.lock().first.reference.clone()
    }
}

/// Prepares styles.
struct Maker {
    reader: ReferenceReader,
    /// Stores codes with their styles.
    catalogue: Option<Catalogue>,
}

impl Maker {
    fn ready(&mut self, style: &Arc<Style>, stroke: Texture) -> Result<Ready, StylizeError> {
        let code = self.code(style)?;
        Ok(self.read(style, code, stroke))
    }

    /// Prepares a style whose code is known.
    fn read(&mut self, style: &Arc<Style>, code: Arc<StyleCode>, stroke: Texture) -> Ready {
        let (reference, exemplar) = self.reader.read(style, stroke);
        Ready {
            style: Arc::clone(style),
            code,
            reference,
            exemplar,
            stroke,
        }
    }

    /// Returns the code of a style: the stored one, or a new one, which is then stored.
    fn code(&mut self, style: &Style) -> Result<Arc<StyleCode>, StylizeError> {
        let code = self.reader.code(style)?;
        let known = self.reader.known(&code);
        if let Some(catalogue) = &self.catalogue
            && style.code_of(&known.networks).is_none()
            && let Err(error) = catalogue.keep_code(style, known)
        {
            // The style still works; its code is recomputed at the next start.
            tracing::warn!(%error, style = %style.id, "a code is not kept");
        }
        Ok(Arc::new(code))
    }
}

/// Owns the active styles and what prepares them.
pub(super) struct Encoding {
    maker: Maker,
    styles: Styles,
}

impl Encoding {
    /// Prepares the first styles for the given stroke size.
    pub(super) fn start(
        reader: ReferenceReader,
        catalogue: Option<Catalogue>,
        (first, second): (&Arc<Style>, Option<&Arc<Style>>),
        stroke: Texture,
    ) -> Result<Self, PipelineError> {
        let mut maker = Maker { reader, catalogue };
        let mut ready = |style: &Arc<Style>| {
            maker
                .ready(style, stroke)
                .map_err(|why| PipelineError::Style {
                    style: style.id.to_string(),
                    why,
                })
        };
        let in_use = InUse {
            first: ready(first)?,
            second: second.map(ready).transpose()?,
        };
        Ok(Self {
            maker,
            styles: Styles(Arc::new(Mutex::new(in_use))),
        })
    }

    /// The active styles.
    pub(super) fn styles(&self) -> &Styles {
        &self.styles
    }

    /// Carries out the newest request of each kind until the channel closes, and follows the stroke size.
    pub(super) fn run(&mut self, shared: &Shared, wishes: &Receiver<StyleRequest>) {
        while !shared.stopping() {
            match wishes.recv_timeout(PATIENCE) {
                Ok(wish) => {
                    fault::point(Part::Encode.thread());
                    self.serve(shared, std::iter::once(wish).chain(wishes.try_iter()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.follow_stroke(shared);
        }
    }

    fn serve(&mut self, shared: &Shared, wishes: impl Iterator<Item = StyleRequest>) {
        let (mut first, mut second, mut fit) = (None, None, None);
        for wish in wishes {
            match wish {
                StyleRequest::First(style) => (first, fit) = (Some(style), None),
                StyleRequest::Second(style) => second = Some(style),
                StyleRequest::Fit(shape) => fit = Some(shape),
            }
        }
        shared.timings.measure(&shared.clock, "encode", || {
            if let Some(style) = first {
                self.load_first(shared, &style);
            }
            if let Some(style) = second {
                self.load_second(shared, style.as_ref());
            }
            if let Some(shape) = fit {
                self.apply_fit(shared, &shape);
            }
        });
        shared.wake();
    }

    fn load_first(&mut self, shared: &Shared, style: &Arc<Style>) {
        match self.maker.ready(style, shared.settings().texture) {
            Ok(ready) => {
                let reference = ready.reference.clone();
                self.styles.lock().first = ready;
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

    fn load_second(&mut self, shared: &Shared, style: Option<&Arc<Style>>) {
        let stroke = shared.settings().texture;
        let ready = style.map(|style| self.maker.ready(style, stroke));
        match ready.transpose() {
            Ok(ready) => {
                self.styles.lock().second = ready;
                shared.update(|status| status.style.second = style.map(|style| style.id.clone()));
            }
            Err(error) => {
                if let Some(style) = style {
                    refuse(shared, style, &error);
                }
            }
        }
    }

    /// Applies a face set by hand to the first style, and stores it if the style is one of the user's own.
    fn apply_fit(&mut self, shared: &Shared, shape: &Landmarks68) {
        let before = self.styles.lock().first.clone();
        if let Some(catalogue) = &self.maker.catalogue
            && let Err(error) = catalogue.keep_fit(&before.style, shape)
        {
            shared.trouble(format!("the place of the face is not kept: {error}"));
        }
        let fitted = Arc::new(Style {
            fit: Some(*shape),
            ..Style::clone(&before.style)
        });
        let stroke = shared.settings().texture;
        let ready = self.maker.read(&fitted, before.code, stroke);
        let reference = ready.reference.clone();
        self.styles.lock().first = ready;
        shared.update(|status| status.style.reference = Some(reference));
    }

    /// Rebuilds the exemplars when the stroke size changed; the old ones stay in use until then.
    fn follow_stroke(&mut self, shared: &Shared) {
        let stroke = shared.settings().texture;
        let old = |ready: &Ready| ready.stroke != stroke;
        let (first, second) = {
            let in_use = self.styles.lock();
            let second = in_use.second.as_ref().filter(|ready| old(ready)).cloned();
            (
                Some(&in_use.first).filter(|ready| old(ready)).cloned(),
                second,
            )
        };
        let mut again = |ready: Ready| {
            shared.timings.measure(&shared.clock, "encode", || {
                self.maker.read(&ready.style, ready.code, stroke)
            })
        };
        // No other thread changes the active styles.
        if let Some(ready) = first.map(&mut again) {
            self.styles.lock().first = ready;
        }
        if let Some(ready) = second.map(&mut again) {
            self.styles.lock().second = Some(ready);
        }
    }
}

fn refuse(shared: &Shared, style: &Style, error: &StylizeError) {
    shared.update(|status| {
        status.style.preparing = None;
        status.style.trouble = Some(format!("{} cannot be used: {error}", style.title));
    });
}
