//! The hardware that actually runs the networks, found by a trial rather than a query.

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{CUDA, ExecutionProvider as _};
use ort::session::builder::SessionBuilder;
use serde::Serialize;

use crate::domain::settings::ProviderChoice;

/// An execution provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Provider {
    /// The CPU.
    #[serde(rename = "CPU")]
    Cpu,
    /// An NVIDIA graphics card.
    #[serde(rename = "CUDA")]
    Cuda,
}

impl std::fmt::Display for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
        })
    }
}

/// The providers to try for a choice, best first.
pub(super) fn candidates(choice: ProviderChoice) -> &'static [Provider] {
    match choice {
        ProviderChoice::Auto => &[Provider::Cuda, Provider::Cpu],
        ProviderChoice::Cpu => &[Provider::Cpu],
        ProviderChoice::Cuda => &[Provider::Cuda],
    }
}

/// Registers `provider`; the error is ONNX Runtime's own.
pub(super) fn register(provider: Provider, builder: &mut SessionBuilder) -> Result<(), String> {
    match provider {
        Provider::Cpu => Ok(()),
        // The size of a head's crop changes now and then; a new search over all algorithms each time would
        // stall the picture.
        Provider::Cuda => CUDA::default()
            .with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic)
            .register(builder)
            .map_err(|error| error.to_string()),
    }
}
