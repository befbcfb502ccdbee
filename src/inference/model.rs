//! [`Model`]: one network in ONNX Runtime, checked against its card before it may run.

use std::fmt::Write as _;

use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{TensorElementType, TensorRef, ValueType};
use thiserror::Error;

use crate::domain::settings::ProviderChoice;
use crate::inference::card::TensorCard;
use crate::inference::provider::{Provider, candidates, register};
use crate::inference::runtime::Runtime;
use crate::inference::store::ModelFile;

/// A network could not be opened or run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelError {
    /// No provider accepted it.
    #[error("the model {name} cannot be opened: {why}")]
    NotOpened {
        /// The network.
        name: String,
        /// The error of each provider.
        why: String,
    },
    /// The graph does not match its card.
    #[error(
        "the model {name} does not match its card: {why}. Restore the file and its card together."
    )]
    CardMismatch {
        /// The network.
        name: String,
        /// The difference.
        why: String,
    },
    /// A run failed.
    #[error("the model {name} failed on {provider}: {why}")]
    RunFailed {
        /// The network.
        name: String,
        /// The provider that ran it.
        provider: Provider,
        /// ONNX Runtime's error.
        why: String,
    },
}

/// One input of a run: elements in row-major order of `shape`.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Axes.
    shape: &'a [usize],
    /// As many elements as the product of the axes.
    elements: Elements<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Elements<'a> {
    Floats(&'a [f32]),
    Bytes(&'a [u8]),
}

impl<'a> Input<'a> {
    /// Creates an input of `f32`.
    pub fn floats(shape: &'a [usize], elements: &'a [f32]) -> Self {
        let elements = Elements::Floats(elements);
        Self { shape, elements }
    }

    /// Creates an input of `u8`.
    pub fn bytes(shape: &'a [usize], elements: &'a [u8]) -> Self {
        let elements = Elements::Bytes(elements);
        Self { shape, elements }
    }

    /// The tensor, without a copy.
    fn value(&self) -> ort::Result<SessionInputValue<'a>> {
        Ok(match self.elements {
            Elements::Floats(data) => TensorRef::from_array_view((self.shape, data))?.into(),
            Elements::Bytes(data) => TensorRef::from_array_view((self.shape, data))?.into(),
        })
    }
}

/// One output of a run, borrowed from the session.
#[derive(Debug, Clone)]
pub struct Output<'a> {
    /// Axes.
    pub shape: Vec<usize>,
    /// Elements in row-major order.
    pub data: &'a [f32],
}

/// A network's entry in reports.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ModelReport {
    /// Its name.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// The provider that runs it.
    pub provider: Provider,
}

/// One open network.
#[derive(Debug)]
pub struct Model {
    session: Session,
    report: ModelReport,
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// Why a better provider was not used.
    note: Option<String>,
}

impl Model {
    /// Opens `file` on the first provider of `choice` that accepts it, with `threads` threads.
    pub fn open(
        runtime: &Runtime,
        file: &ModelFile,
        choice: ProviderChoice,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let model = Self::open_unchecked(runtime, file, choice, threads)?;
        model.check_against_card(file)?;
        Ok(model)
    }

    /// Like [`Model::open`], for a third-party network: only the card's name and hash are used.
    pub fn open_unchecked(
        runtime: &Runtime,
        file: &ModelFile,
        choice: ProviderChoice,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let mut refusals = String::new();
        for &provider in candidates(choice) {
            match session_on(runtime, file, provider, threads) {
                Ok(session) => {
                    return Ok(Self {
                        inputs: session
                            .inputs()
                            .iter()
                            .map(|i| i.name().to_owned())
                            .collect(),
                        outputs: session
                            .outputs()
                            .iter()
                            .map(|o| o.name().to_owned())
                            .collect(),
                        session,
                        report: ModelReport {
                            name: file.card.name.clone(),
                            sha256: file.card.sha256.clone(),
                            provider,
                        },
                        note: (!refusals.is_empty()).then_some(refusals),
                    });
                }
                Err(why) => {
                    let gap = if refusals.is_empty() { "" } else { "; " };
                    // Writing to a string cannot fail.
                    write!(refusals, "{gap}{provider}: {why}").unwrap_or_default();
                }
            }
        }
        Err(ModelError::NotOpened {
            name: file.card.name.clone(),
            why: refusals,
        })
    }

    /// Adds `why` a better provider was not used.
    #[must_use]
    pub fn noting(mut self, why: String) -> Self {
        self.note = Some(why);
        self
    }

    /// Name, hash and provider.
    pub fn report(&self) -> &ModelReport {
        &self.report
    }

    /// Why a better provider was not used, in ONNX Runtime's words.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Runs the network on `inputs`, in the graph's order, and passes the outputs, in the graph's order, to
    /// `read`. No copy is made on either side.
    pub fn run<T>(
        &mut self,
        inputs: &[Input<'_>],
        read: impl FnOnce(&[Output<'_>]) -> T,
    ) -> Result<T, ModelError> {
        let (name, provider) = (self.report.name.clone(), self.report.provider);
        let failed = |error: ort::Error| ModelError::RunFailed {
            name: name.clone(),
            provider,
            why: error.to_string(),
        };
        let mut values = Vec::with_capacity(inputs.len());
        for (input, input_name) in inputs.iter().zip(&self.inputs) {
            values.push((input_name.as_str(), input.value().map_err(failed)?));
        }
        let results = self.session.run(values).map_err(failed)?;
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for output_name in &self.outputs {
            let Some(value) = results.get(output_name) else {
                continue;
            };
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(failed)?;
            outputs.push(Output {
                shape: shape.iter().map(|&n| n as usize).collect(),
                data,
            });
        }
        Ok(read(&outputs))
    }

    fn check_against_card(&self, file: &ModelFile) -> Result<(), ModelError> {
        let sides = [
            ("input", self.session.inputs(), &file.card.inputs),
            ("output", self.session.outputs(), &file.card.outputs),
        ];
        for (side, graph, cards) in sides {
            if graph.len() != cards.len() {
                let why = format!("it has {} {side}s, its card {}", graph.len(), cards.len());
                return Err(ModelError::CardMismatch {
                    name: file.card.name.clone(),
                    why,
                });
            }
            for (outlet, card) in graph.iter().zip(cards) {
                mismatch(outlet.name(), outlet.dtype(), card).map_or(Ok(()), |why| {
                    let why = format!("{side} {why}");
                    Err(ModelError::CardMismatch {
                        name: file.card.name.clone(),
                        why,
                    })
                })?;
            }
        }
        Ok(())
    }
}

/// The difference between a tensor of the graph and its card, if any.
fn mismatch(name: &str, dtype: &ValueType, card: &TensorCard) -> Option<String> {
    if name != card.name {
        return Some(format!("{name} is called {} on the card", card.name));
    }
    match dtype {
        ValueType::Tensor { ty, shape, .. } => {
            let told = match ty {
                TensorElementType::Float32 => "f32",
                TensorElementType::Uint8 => "u8",
                _ => "",
            };
            (told != card.dtype || !card.allows(shape)).then(|| {
                format!(
                    "{name} is {ty:?} {:?}, on the card {} {:?}",
                    &shape[..],
                    card.dtype,
                    card.shape
                )
            })
        }
        other => Some(format!("{name} is no tensor but {other:?}")),
    }
}

fn session_on(
    runtime: &Runtime,
    file: &ModelFile,
    provider: Provider,
    threads: usize,
) -> Result<Session, String> {
    fn words<E: std::fmt::Display>(error: E) -> String {
        error.to_string()
    }
    let builder = Session::builder(runtime.environment()).map_err(words)?;
    let mut builder = builder
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(words)?
        .with_intra_threads(threads)
        .map_err(words)?
        // A spinning pool would occupy the other stages' cores.
        .with_config_entry("session.intra_op.allow_spinning", "0")
        .map_err(words)?;
    register(provider, &mut builder)?;
    builder.commit_from_memory(&file.onnx).map_err(words)
}
