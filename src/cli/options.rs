//! What several commands understand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use etcetera::{BaseStrategy as _, choose_base_strategy};

use crate::catalogue::Catalogue;
use crate::cli::output::Failure;
use crate::cli::paths::Paths;
use crate::cli::retired::Retired;
use crate::domain::frame::Size;
use crate::domain::settings::{
    Colours, CropSide, Engine, Likeness, Mix, ProviderChoice, Quickness, Region, Settings, Shape,
    Strength, Texture, Upscale, WhenLost,
};
use crate::domain::style::{Style, StyleOverrides};
use crate::inference::runtime::Places;
use crate::inference::store::ModelStore;
use crate::pipeline::networks::NetworkChoice;

/// Understood by every command.
#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// Print JSON for machines
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say more on standard error; twice for still more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(super) verbose: u8,
}

/// What runs the networks.
#[derive(Debug, Clone, ValueEnum)]
pub(super) enum ProviderArgument {
    /// CUDA where it really runs, else the CPU
    Auto,
    /// The processor
    Cpu,
    /// An NVIDIA graphics card, or an error
    Cuda,
}

/// Where the networks come from.
#[derive(Debug, Clone, Args)]
pub(super) struct NetworkArguments {
    /// What runs the stylizer
    #[arg(long, value_enum, default_value = "auto")]
    provider: ProviderArgument,
    /// The ONNX Runtime library, or its folder
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,
    /// A folder of NAME.onnx and NAME.card.toml files in place of the built-in networks
    #[arg(long, value_name = "FOLDER")]
    models: Option<PathBuf>,
}

impl NetworkArguments {
    /// Adds the files that are read.
    pub(super) fn add_to(&self, paths: Paths) -> Paths {
        paths
            .read_if("--models", self.models.as_deref())
            .read_if("--onnxruntime", self.onnxruntime.as_deref())
    }

    pub(super) fn choice(&self) -> NetworkChoice {
        let provider = match self.provider {
            ProviderArgument::Auto => ProviderChoice::Auto,
            ProviderArgument::Cpu => ProviderChoice::Cpu,
            ProviderArgument::Cuda => ProviderChoice::Cuda,
        };
        let prefer_cuda = provider != ProviderChoice::Cpu;
        NetworkChoice {
            places: Places::of_this_process(self.onnxruntime.clone(), prefer_cuda),
            store: self
                .models
                .clone()
                .map_or(ModelStore::BuiltIn, ModelStore::Folder),
            provider,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WhenLostArgument {
    /// A styled blur of the whole picture
    Blur,
    /// The plain picture
    Bare,
}

/// Knobs that a style may bring along.
#[derive(Debug, Clone, Args)]
pub(super) struct StyleOverrideArguments {
    #[arg(long, value_name = Strength::ABOUT.range, help = Strength::ABOUT.help)]
    strength: Option<Strength>,
    /// Take the style's brightness only and keep the picture's own colours; `=false` takes the
    /// style's
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    keep_colours: Option<bool>,
    #[arg(long, value_name = Texture::ABOUT.range, help = Texture::ABOUT.help)]
    texture: Option<Texture>,
    #[arg(long, value_name = Likeness::ABOUT.range, help = Likeness::ABOUT.help)]
    likeness: Option<Likeness>,
}

impl StyleOverrideArguments {
    /// The knobs that were given.
    pub(super) fn overrides(&self) -> StyleOverrides {
        let colours = |own| if own { Colours::Own } else { Colours::Style };
        StyleOverrides {
            strength: self.strength,
            colours: self.keep_colours.map(colours),
            texture: self.texture,
            likeness: self.likeness,
        }
    }
}

/// What the picture looks like.
#[derive(Debug, Clone, Args)]
pub(super) struct PaintArguments {
    /// A style's name (see `vizard styles list`) or the path of any picture
    #[arg(long, value_name = "PICTURE|NAME")]
    pub(super) style: Option<String>,
    /// A second style that is mixed in
    #[arg(long, value_name = "PICTURE|NAME")]
    style_b: Option<String>,
    #[arg(long, value_name = Mix::ABOUT.range, help = Mix::ABOUT.help, default_value_t = Mix::DEFAULT,
          requires = "style_b")]
    mix: Mix,
    #[command(flatten)]
    overrides: StyleOverrideArguments,
    /// What is painted: face (the skin without the hair), head (face, hair, ears and neck) or frame
    /// (the whole picture, and the heads once more on top)
    #[arg(long, value_name = "face|head|frame", default_value = "frame")]
    region: Region,
    /// What is shown while no face is seen
    #[arg(long, value_enum, default_value = "blur")]
    when_lost: WhenLostArgument,
    /// Side of the face crop that the stylizer sees, in pixels: a multiple of 4 from 64 to 1024;
    /// 384 where frames must keep up with a camera, 576 in `render`
    #[arg(long, value_name = "PIXELS")]
    crop: Option<CropSide>,
    #[arg(long, value_name = Quickness::ABOUT.range, help = Quickness::ABOUT.help,
          default_value_t = Quickness::DEFAULT)]
    quickness: Quickness,
    /// Keep to one person, the largest face at the start, and ignore posters and visitors
    #[arg(long)]
    only_one: bool,
    /// What enlarges a styled face that is shown larger than it was made, if there is time: auto,
    /// off or a network (small, medium, full, gan)
    #[arg(long, value_name = "auto|off|NETWORK", default_value = "auto")]
    upscale: Upscale,
    /// What paints: brush (pieces of the reference itself) or network (the style of the whole
    /// reference)
    #[arg(long, value_name = "brush|network", default_value = "brush")]
    engine: Engine,
    #[arg(long, value_name = Shape::ABOUT.range, help = Shape::ABOUT.help, default_value_t = Shape::DEFAULT)]
    shape: Shape,
    #[command(flatten)]
    _retired: Retired,
}

impl PaintArguments {
    /// Adds the files that are read.
    pub(super) fn add_to(&self, paths: Paths, catalogue: &Catalogue) -> Paths {
        let styles = [("--style", &self.style), ("--style-b", &self.style_b)];
        styles.into_iter().fold(paths, |paths, (option, name)| {
            style_files(paths, option, name.as_deref(), catalogue)
        })
    }

    /// The knobs that were given, else those that suit `style`, else the usual ones.
    pub(super) fn settings(&self, style: &Style) -> Settings {
        let settings = Settings {
            mix: self.mix,
            region: self.region,
            when_lost: match self.when_lost {
                WhenLostArgument::Blur => WhenLost::Blur,
                WhenLostArgument::Bare => WhenLost::Camera,
            },
            crop_side: self.crop_side(),
            quickness: self.quickness,
            only_one: self.only_one,
            upscale: self.upscale,
            engine: self.engine,
            shape: self.shape,
            ..Settings::default()
        };
        self.overrides.overrides().on(style.look.on(settings))
    }

    /// The knobs for a clip, which no camera hurries: the face is made finer.
    pub(super) fn settings_without_haste(&self, style: &Style) -> Settings {
        let crop_side = self.crop.unwrap_or(CropSide::FINE);
        Settings {
            crop_side,
            ..self.settings(style)
        }
    }

    /// Side of the face crop.
    pub(super) fn crop_side(&self) -> CropSide {
        self.crop.unwrap_or(CropSide::DEFAULT)
    }

    /// The second style, where one was named.
    pub(super) fn second(&self, catalogue: &Catalogue) -> Result<Option<Arc<Style>>, Failure> {
        let name = self.style_b.as_deref();
        let style = name.map(|name| catalogue.find(name)).transpose()?;
        Ok(style.map(Arc::new))
    }

    /// The style that was named, else the first of the catalogue.
    pub(super) fn style(&self, catalogue: &Catalogue) -> Result<Arc<Style>, Failure> {
        let first = || catalogue.list().into_iter().next().map(|entry| entry.id.0);
        let name = self.style.clone().or_else(first);
        let name =
            name.ok_or_else(|| Failure::new("no style is installed; give --style PICTURE"))?;
        Ok(Arc::new(catalogue.find(&name)?))
    }
}

/// The size and speed of the source's frames.
#[derive(Debug, Clone, Args)]
pub(super) struct ShapeArguments {
    /// Size of the frames: asked of a camera; frames of a file are shrunk to fit into it
    #[arg(long, value_name = "WxH")]
    pub(super) size: Option<Size>,
    /// Frames a second: asked of a camera; of a file, frames are left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=240))]
    pub(super) fps: Option<u32>,
}

/// The user's data folder of this program, e.g. `~/.local/share/vizard`.
fn data_folder() -> Option<PathBuf> {
    let folders = choose_base_strategy().ok()?;
    Some(folders.data_dir().join("vizard"))
}

/// Adds the files that the style `name` may be read from.
pub(super) fn style_files(
    paths: Paths,
    option: &'static str,
    name: Option<&str>,
    catalogue: &Catalogue,
) -> Paths {
    let Some(name) = name else {
        return paths;
    };
    let files = catalogue.files_of(name);
    let paths = paths.read(option, Path::new(name));
    files
        .iter()
        .fold(paths, |paths, file| paths.read(option, file))
}

/// The styles that ship and the person's own.
pub(super) fn catalogue() -> Catalogue {
    Catalogue::new(data_folder().map(|folder| folder.join("styles")))
}
