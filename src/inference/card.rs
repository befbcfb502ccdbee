//! [`ModelCard`]: describes a network, its inputs and outputs, and its training data.
//!
//! `training/` writes it, this file reads it; they share nothing else.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The committed description of one network (`models/NAME.card.toml`).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct ModelCard {
    /// Unique name, e.g. `face_detect`.
    pub name: String,
    /// The network's file, beside the card.
    pub file: String,
    /// SHA-256 of that file, lower-case hex.
    pub sha256: String,
    /// The network's task, in one sentence.
    pub task: String,
    /// Licence of the weights.
    pub license: String,
    /// Day of training, `YYYY-MM-DD`.
    pub date: String,
    /// The command that trains it.
    pub training: String,
    /// Number of weights.
    pub parameters: u64,
    /// Input tensors, in order.
    pub inputs: Vec<TensorCard>,
    /// Output tensors, in order.
    pub outputs: Vec<TensorCard>,
    /// The networks that it learnt from.
    #[serde(default)]
    pub teachers: Vec<SourceCard>,
    /// The data sets that it was trained on, with their rights.
    pub data: Vec<SourceCard>,
    /// Measured results.
    pub metrics: Vec<MetricCard>,
}

/// One tensor of a network.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct TensorCard {
    /// Its name in the graph.
    pub name: String,
    /// Its axes: a number, or the name of a free axis.
    pub shape: Vec<Axis>,
    /// Element type: `f32` or `u8`.
    pub dtype: String,
    /// Order of the axes, e.g. `NCHW`.
    #[serde(default)]
    pub layout: Option<String>,
    /// Minimum and maximum value.
    #[serde(default)]
    pub range: Option<[f64; 2]>,
    /// Meaning of its values.
    #[serde(default)]
    pub meaning: String,
}

/// One axis of a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Axis {
    /// A fixed number of elements.
    Fixed(i64),
    /// Any number of elements.
    Free(String),
}

/// A data set or network that a network learnt from.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SourceCard {
    /// Its name.
    pub name: String,
    /// Its origin.
    pub source: String,
    /// Rights as stated by its source (data).
    #[serde(default)]
    pub rights: Option<String>,
    /// Its licence (networks).
    #[serde(default)]
    pub license: Option<String>,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct MetricCard {
    /// The measured quantity.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    #[serde(default)]
    pub unit: String,
    /// The command that measures it.
    #[serde(default)]
    pub command: String,
}

/// The card is not readable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the model card {name} is not readable: {why}. Restore it from the release.")]
pub struct CardError {
    /// Name of the card.
    pub name: String,
    /// The parser's error.
    pub why: String,
}

impl ModelCard {
    /// A card for a network of which only the name and the file are known.
    pub(super) fn bare(name: &str, sha256: String) -> Self {
        Self {
            name: name.to_owned(),
            file: String::new(),
            sha256,
            task: String::new(),
            license: String::new(),
            date: String::new(),
            training: String::new(),
            parameters: 0,
            inputs: Vec::new(),
            outputs: Vec::new(),
            teachers: Vec::new(),
            data: Vec::new(),
            metrics: Vec::new(),
        }
    }

    /// Parses the text of the card called `name`.
    pub fn parse(name: &str, text: &str) -> Result<Self, CardError> {
        toml::from_str(text).map_err(|error| CardError {
            name: name.to_owned(),
            why: error.message().to_owned(),
        })
    }
}

impl TensorCard {
    /// Whether a graph's axes (`-1` if free) match those of the card.
    pub fn allows(&self, axes: &[i64]) -> bool {
        self.shape.len() == axes.len()
            && self.shape.iter().zip(axes).all(|(card, graph)| match card {
                Axis::Fixed(n) => n == graph || *graph < 0,
                Axis::Free(_) => *graph < 0,
            })
    }
}
