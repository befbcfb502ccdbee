//! [`ModelStore`]: the source of the networks: built into the program, or a folder that replaces them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::inference::card::{CardError, ModelCard};

/// Names of the networks that ship, in the order in which a frame passes them.
pub const NAMES: [&str; 14] = [
    "face_detect",
    "face_track",
    "object_seek",
    "face_landmarks",
    "face_mask",
    "style_encoder",
    "style_transfer",
    "style_transfer_int8",
    "superres_small",
    "superres_small_int8",
    "superres_medium",
    "superres_medium_int8",
    "superres_full",
    "superres_gan",
];

/// One network's bytes and card.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// Its description.
    pub card: ModelCard,
    /// The ONNX file.
    pub onnx: std::borrow::Cow<'static, [u8]>,
}

impl ModelFile {
    /// Reads a third-party network, with a card that holds only its name and hash.
    pub fn without_card(path: &Path) -> Result<Self, StoreError> {
        let onnx = std::fs::read(path).map_err(|error| StoreError::NoSuchNetwork {
            path: path.to_path_buf(),
            why: error.to_string(),
        })?;
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            card: ModelCard::bare(&name.to_string_lossy(), sha256_hex(&onnx)),
            onnx: onnx.into(),
        })
    }
}

/// A network's file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The card is broken.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A file is missing or unreadable.
    #[error("the model file {path} cannot be read: {why}. Restore it, or leave --models out.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        why: String,
    },
    /// A named file is missing or unreadable.
    #[error("the network {path} cannot be read: {why}. Name an ONNX file.")]
    NoSuchNetwork {
        /// The file.
        path: PathBuf,
        /// The system's error.
        why: String,
    },
    /// The file does not match its card.
    #[error(
        "the model {name} is damaged or was swapped: its SHA-256 is {found}, its card says \
         {expected}. Restore the file and its card together."
    )]
    WrongHash {
        /// The network.
        name: String,
        /// The hash in the card.
        expected: String,
        /// The hash of the file.
        found: String,
    },
}

/// The source of the networks.
#[derive(Debug, Clone)]
pub enum ModelStore {
    /// Built into the program.
    BuiltIn,
    /// A folder with `NAME.onnx` and `NAME.card.toml` for each.
    Folder(PathBuf),
}

macro_rules! built_in {
    ($name:literal) => {
        (
            include_str!(concat!("../../models/", $name, ".card.toml")),
            include_bytes!(concat!("../../models/", $name, ".onnx")).as_slice(),
        )
    };
}

fn built_in(name: &str) -> Option<(&'static str, &'static [u8])> {
    Some(match name {
        "face_detect" => built_in!("face_detect"),
        "face_track" => built_in!("face_track"),
        "object_seek" => built_in!("object_seek"),
        "face_landmarks" => built_in!("face_landmarks"),
        "face_mask" => built_in!("face_mask"),
        "style_encoder" => built_in!("style_encoder"),
        "style_transfer" => built_in!("style_transfer"),
        "style_transfer_int8" => built_in!("style_transfer_int8"),
        "superres_small" => built_in!("superres_small"),
        "superres_small_int8" => built_in!("superres_small_int8"),
        "superres_medium" => built_in!("superres_medium"),
        "superres_medium_int8" => built_in!("superres_medium_int8"),
        "superres_full" => built_in!("superres_full"),
        "superres_gan" => built_in!("superres_gan"),
        _ => return None,
    })
}

/// SHA-256 as lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            write!(hex, "{byte:02x}").unwrap_or_default();
            hex
        })
}

/// The name of a network's 8-bit variant.
fn int8_variant_of(name: &str) -> String {
    format!("{name}_int8")
}

impl ModelStore {
    /// The fastest variant on a CPU of the network called `name`: its 8-bit variant if there is one, else
    /// the network itself. A folder may omit the variant.
    pub fn for_processor(&self, name: &str) -> Result<ModelFile, StoreError> {
        let variant = int8_variant_of(name);
        let ships = NAMES.contains(&variant.as_str());
        let there = match self {
            Self::BuiltIn => ships,
            Self::Folder(folder) => ships && folder.join(format!("{variant}.card.toml")).exists(),
        };
        self.get(if there { &variant } else { name })
    }

    /// The network called `name`, with its hash checked against its card.
    pub fn get(&self, name: &str) -> Result<ModelFile, StoreError> {
        let file = match self {
            Self::BuiltIn => {
                let (card, onnx) = built_in(name).ok_or_else(|| StoreError::Unreadable {
                    path: PathBuf::from(name),
                    why: "no such network ships".into(),
                })?;
                ModelFile {
                    card: ModelCard::parse(name, card)?,
                    onnx: onnx.into(),
                }
            }
            Self::Folder(folder) => read_from(folder, name)?,
        };
        let found = sha256_hex(&file.onnx);
        if found == file.card.sha256 {
            Ok(file)
        } else {
            let (name, expected) = (name.to_owned(), file.card.sha256);
            Err(StoreError::WrongHash {
                name,
                expected,
                found,
            })
        }
    }
}

fn read_from(folder: &Path, name: &str) -> Result<ModelFile, StoreError> {
    let unreadable = |path: &Path, error: &std::io::Error| StoreError::Unreadable {
        path: path.to_path_buf(),
        why: error.to_string(),
    };
    let card_path = folder.join(format!("{name}.card.toml"));
    let text = std::fs::read_to_string(&card_path).map_err(|e| unreadable(&card_path, &e))?;
    let card = ModelCard::parse(name, &text)?;
    let onnx_path = folder.join(&card.file);
    let onnx = std::fs::read(&onnx_path).map_err(|e| unreadable(&onnx_path, &e))?;
    Ok(ModelFile {
        card,
        onnx: onnx.into(),
    })
}
