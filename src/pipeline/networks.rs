//! [`Networks`]: opens and checks every network of the pipeline.

use std::path::Path;

use thiserror::Error;

use crate::domain::settings::{ProviderChoice, UpscaleNetwork};
use crate::inference::model::{Model, ModelError, ModelReport};
use crate::inference::runtime::{Places, Runtime, RuntimeError};
use crate::inference::store::{ModelFile, ModelStore, StoreError};
use crate::pipeline::perception::FaceModels;
use crate::pipeline::reference_face::ReferenceFaceFinder;
use crate::stages::detect::FaceDetector;
use crate::stages::landmarks::LandmarkFinder;
use crate::stages::mask::MaskFinder;
use crate::stages::stylize::neural::{NeuralEncoder, NeuralStylizer};
use crate::stages::stylize::{StyleEncoder, Stylizer};
use crate::stages::track::matcher::SiameseMatcher;
use crate::stages::track::regress::NetworkRegressor;
use crate::stages::upscale::Upscaler;

/// A network could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworksError {
    /// ONNX Runtime is not usable.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A file is missing or wrong.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A network could not be opened.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Where the networks are found, and what runs them.
#[derive(Debug, Clone)]
pub struct NetworkChoice {
    /// Places to search for ONNX Runtime.
    pub places: Places,
    /// Where the network files are.
    pub store: ModelStore,
    /// The requested execution provider of the stylizer. The face networks take about a millisecond and
    /// always run on the CPU, because the transfer to and from a graphics card costs more (ADR 0003).
    pub provider: ProviderChoice,
}

/// The open networks.
pub struct Networks {
    /// Find and track faces.
    pub face_models: FaceModels,
    /// Makes style codes.
    pub encoder: Box<dyn StyleEncoder>,
    /// Finds the faces of references, on the encoder's thread.
    pub reference_eyes: ReferenceFaceFinder,
    /// The stylizer.
    pub stylizer: Box<dyn Stylizer>,
    /// Enlarge heads that are shown larger than they were painted; opened on first use.
    pub upscalers: UpscaleNetworks,
    /// Name, hash and provider of each network.
    pub reports: Vec<ModelReport>,
    /// Why the stylizer does not run on a better provider, as a plain sentence.
    pub provider_note: Option<String>,
}

/// The upscaling networks, opened on demand.
#[derive(Debug, Clone)]
pub struct UpscaleNetworks {
    runtime: Runtime,
    choice: NetworkChoice,
    threads: usize,
}

impl UpscaleNetworks {
    /// Loads ONNX Runtime; the networks will use `threads` threads.
    pub fn find(choice: &NetworkChoice, threads: usize) -> Result<Self, NetworksError> {
        Ok(Self {
            runtime: Runtime::load(&choice.places)?,
            choice: choice.clone(),
            threads,
        })
    }

    /// Opens one of the networks that ship.
    pub fn open(&self, enlarger: UpscaleNetwork) -> Result<Upscaler, NetworksError> {
        let name = match enlarger {
            UpscaleNetwork::Small => "superres_small",
            UpscaleNetwork::Medium => "superres_medium",
            UpscaleNetwork::Full => "superres_full",
            UpscaleNetwork::Gan => "superres_gan",
        };
        let (choice, provider) = (&self.choice, self.choice.provider);
        let model = opened(&self.runtime, choice, name, provider, self.threads)?;
        Ok(Upscaler::new(model))
    }

    /// Opens any network with one input and one output, without a card.
    pub fn open_file(&self, path: &Path) -> Result<Upscaler, NetworksError> {
        let (provider, threads) = (self.choice.provider, self.threads);
        let file = ModelFile::without_card(path)?;
        let model = Model::open_unchecked(&self.runtime, &file, provider, threads)?;
        Ok(Upscaler::new(model))
    }
}

impl std::fmt::Debug for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Networks")
            .field("reports", &self.reports)
            .finish_non_exhaustive()
    }
}

/// Number of threads for the stylizer's network: half of the cores, since capture, perception, compositor
/// and window need the others.
fn stylizer_threads() -> usize {
    const MOST: usize = 8;
    std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).clamp(1, MOST))
}

/// Opens the network called `name`: on a graphics card the network itself, on the CPU its 8-bit variant if
/// there is one.
fn opened(
    runtime: &Runtime,
    choice: &NetworkChoice,
    name: &str,
    provider: ProviderChoice,
    threads: usize,
) -> Result<Model, NetworksError> {
    let on_processor = || -> Result<Model, NetworksError> {
        let file = choice.store.for_processor(name)?;
        Ok(Model::open(runtime, &file, ProviderChoice::Cpu, threads)?)
    };
    if provider == ProviderChoice::Cpu {
        return on_processor();
    }
    let file = choice.store.get(name)?;
    match Model::open(runtime, &file, ProviderChoice::Cuda, threads) {
        Err(ModelError::NotOpened { why, .. }) if provider == ProviderChoice::Auto => {
            Ok(on_processor()?.noting(why))
        }
        opened => Ok(opened?),
    }
}

impl Networks {
    /// Loads ONNX Runtime and opens every network.
    pub fn open(choice: &NetworkChoice) -> Result<Self, NetworksError> {
        let runtime = Runtime::load(&choice.places)?;
        let face_models = face_models_on(&runtime, choice)?;
        let on_cpu = |name| opened(&runtime, choice, name, ProviderChoice::Cpu, 1);
        let reference_eyes = ReferenceFaceFinder {
            detector: FaceDetector::new(on_cpu("face_detect")?),
            landmarks: LandmarkFinder::new(on_cpu("face_landmarks")?),
            mask: MaskFinder::new(on_cpu("face_mask")?),
        };
        let encoder = on_cpu("style_encoder")?;
        let threads = stylizer_threads();
        let transfer = opened(&runtime, choice, "style_transfer", choice.provider, threads)?;
        let reports = [
            face_models.detector.model(),
            face_models.regressor.model(),
            face_models.matcher.model(),
            face_models.landmarks.model(),
            face_models.mask.model(),
            &encoder,
            &transfer,
        ]
        .map(|m| m.report().clone())
        .to_vec();
        let provider_note = transfer
            .note()
            .filter(|_| choice.provider == ProviderChoice::Auto)
            .map(|why| format!("CUDA does not run here. {}", first_line(why)));
        Ok(Self {
            face_models,
            encoder: Box::new(NeuralEncoder::new(encoder)),
            reference_eyes,
            stylizer: Box::new(NeuralStylizer::new(transfer)),
            upscalers: UpscaleNetworks {
                runtime,
                choice: choice.clone(),
                threads,
            },
            reports,
            provider_note,
        })
    }

    /// Opens the networks that find the faces of references.
    pub fn open_reference_face_finder(
        choice: &NetworkChoice,
    ) -> Result<ReferenceFaceFinder, NetworksError> {
        let models = Self::open_face_models(choice)?;
        Ok(ReferenceFaceFinder {
            detector: models.detector,
            landmarks: models.landmarks,
            mask: models.mask,
        })
    }

    /// Loads ONNX Runtime and opens the networks that find and track faces.
    pub fn open_face_models(choice: &NetworkChoice) -> Result<FaceModels, NetworksError> {
        let runtime = Runtime::load(&choice.places)?;
        face_models_on(&runtime, choice)
    }
}

fn face_models_on(runtime: &Runtime, choice: &NetworkChoice) -> Result<FaceModels, NetworksError> {
    let eye = |name| opened(runtime, choice, name, ProviderChoice::Cpu, 1);
    Ok(FaceModels {
        detector: FaceDetector::new(eye("face_detect")?),
        regressor: NetworkRegressor::new(eye("face_track")?),
        matcher: SiameseMatcher::new(eye("object_seek")?),
        landmarks: LandmarkFinder::new(eye("face_landmarks")?),
        mask: MaskFinder::new(eye("face_mask")?),
    })
}

/// Returns the first line of a provider's reason, without the provider's name.
fn first_line(why: &str) -> &str {
    let line = why.lines().next().unwrap_or_default();
    line.strip_prefix("CUDA: ").unwrap_or(line)
}
