//! [`ModelCard`]: what a network is, what it takes and gives, and what it was trained on.
//!
//! `training/` writes it, this file reads it; the two meet nowhere else.

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
    /// What the network does, in one sentence.
    pub task: String,
    /// Licence of the weights.
    pub license: String,
    /// Day of training, `YYYY-MM-DD`.
    pub date: String,
    /// The command that trains it.
    pub training: String,
    /// Number of weights.
    pub parameters: u64,
    /// What it takes, in order.
    pub inputs: Vec<TensorCard>,
    /// What it gives, in order.
    pub outputs: Vec<TensorCard>,
    /// The networks that it learnt from.
    #[serde(default)]
    pub teachers: Vec<SourceCard>,
    /// The sets that it learnt from, with their rights.
    pub data: Vec<SourceCard>,
    /// What was measured.
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
    /// Least and greatest value.
    #[serde(default)]
    pub range: Option<[f64; 2]>,
    /// What it holds.
    #[serde(default)]
    pub meaning: String,
}

/// One axis of a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Axis {
    /// So many elements.
    Fixed(i64),
    /// Any number of elements.
    Free(String),
}

/// Something that a network learnt from.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SourceCard {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// What its source says of rights (data).
    #[serde(default)]
    pub rights: Option<String>,
    /// Its licence (networks).
    #[serde(default)]
    pub license: Option<String>,
}

/// One measured figure.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct MetricCard {
    /// What was measured.
    pub name: String,
    /// The figure.
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
    /// Which card.
    pub name: String,
    /// What the reader says.
    pub why: String,
}

impl ModelCard {
    /// The card of a network of which only the name and the file are known.
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

    /// Reads the card called `name` from its text.
    pub fn parse(name: &str, text: &str) -> Result<Self, CardError> {
        toml::from_str(text).map_err(|error| CardError {
            name: name.to_owned(),
            why: error.message().to_owned(),
        })
    }
}

impl TensorCard {
    /// Whether a graph's axes (`-1` where free) are those of the card.
    pub fn allows(&self, axes: &[i64]) -> bool {
        self.shape.len() == axes.len()
            && self.shape.iter().zip(axes).all(|(card, graph)| match card {
                Axis::Fixed(n) => n == graph || *graph < 0,
                Axis::Free(_) => *graph < 0,
            })
    }
}
