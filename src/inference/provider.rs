//! Which hardware really runs the networks, found by trying, never by asking.

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{CUDA, ExecutionProvider as _};
use ort::session::builder::SessionBuilder;
use serde::Serialize;

use crate::domain::settings::ProviderChoice;

/// What runs a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Provider {
    /// The processor.
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

/// Registers `provider`; the error is ONNX Runtime's own reason.
pub(super) fn register(provider: Provider, builder: &mut SessionBuilder) -> Result<(), String> {
    match provider {
        Provider::Cpu => Ok(()),
        // A head's window changes its size now and then; trying all algorithms anew each time would stop
        // the picture.
        Provider::Cuda => CUDA::default()
            .with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic)
            .register(builder)
            .map_err(|error| error.to_string()),
    }
}
