//! [`Settings`]: every setting of the live picture, with unit, default and bounds.

use std::str::FromStr;

use serde::Serialize;

use crate::domain::frame::Size;
pub use crate::domain::knob::OutOfBounds;
use crate::domain::knob::{About, Knob, Scale, knob, parsed};
pub use crate::domain::region::Region;

fn refuse(value: &str, wanted: &'static str) -> OutOfBounds {
    OutOfBounds {
        value: value.to_owned(),
        wanted,
    }
}

knob! {
    /// Strength of the style: 0 is the photo, 1 the full style.
    Strength = About {
        label: "Strength",
        ends: None,
        low: 0.0,
        high: 1.0,
        default: 1.0,
        scale: Scale::Even,
        range: "0..1",
        wanted: "a strength from 0 to 1",
        help: "How much of the style is taken: 0 is the photo, 1 the full style, as without this unless the style says otherwise",
    }
}

impl Strength {
    /// The full style.
    pub const FULL: Self = Self(1.0);
}

knob! {
    /// Share of the second style: 0 is the first style, 1 the second.
    Mix = About {
        label: "Mix",
        ends: None,
        low: 0.0,
        high: 1.0,
        default: 0.5,
        scale: Scale::Even,
        range: "0..1",
        wanted: "a mix from 0 (the first style) to 1 (the second)",
        help: "The second style's share: 0 is the first style, 1 the second",
    }
}

knob! {
    /// How strongly the photo of the person guides the strokes: 0 is the painting, 1 the person.
    Likeness = About {
        label: "Likeness",
        ends: Some(["painting", "me"]),
        low: 0.0,
        high: 1.0,
        default: 0.5,
        scale: Scale::Even,
        range: "0..1",
        wanted: "a likeness from 0 (the painting) to 1 (me)",
        help: "How much the person rules the strokes: 0 is the painting, 1 me; 0.5 without this, unless the style says otherwise",
    }
}

knob! {
    /// How far the facial features bend towards the painted face's proportions: 0 is not at all, 1 fully.
    Shape = About {
        label: "Shape of the painting",
        ends: None,
        low: 0.0,
        high: 1.0,
        default: 0.0,
        scale: Scale::Even,
        range: "0..1",
        wanted: "a shape from 0 (mine) to 1 (the painting's)",
        help: "How far my features bend towards the painted face's proportions",
    }
}

knob! {
    /// Size of the strokes relative to the size that the network was trained for. At 0.5 strokes cost four
    /// times as much.
    Texture = About {
        label: "Stroke size",
        ends: Some(["fine", "coarse"]),
        low: 0.5,
        high: 2.0,
        default: 1.0,
        scale: Scale::Factor,
        range: "0.5..2",
        wanted: "a texture size from 0.5 (fine) to 2 (coarse)",
        help: "Size of the strokes: 0.5 is fine and slow, 2 coarse and fast",
    }
}

knob! {
    /// How quickly positions and strokes follow: 0 holds them for long, 1 not at all.
    Quickness = About {
        label: "Pace",
        ends: Some(["calm", "quick"]),
        low: 0.0,
        high: 1.0,
        default: 0.5,
        scale: Scale::Even,
        range: "0..1",
        wanted: "a quickness from 0 (calm) to 1 (quick)",
        help: "From 0 (calm) to 1 (quick)",
    }
}

/// The painting engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Patches of the reference picture, arranged after the network's plan.
    #[default]
    Brush,
    /// The network, which takes its style from the whole reference.
    Network,
}

impl Engine {
    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brush => "brush",
            Self::Network => "network",
        }
    }
}

impl FromStr for Engine {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        match text {
            "brush" => Ok(Self::Brush),
            "network" => Ok(Self::Network),
            "auto" | "portrait" => Err(refuse(text, "an engine any more: use brush")),
            "neural" => Err(refuse(text, "an engine any more: use network")),
            _ => Err(refuse(text, "brush or network")),
        }
    }
}

/// The colours of styled areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Colours {
    /// The style's colours.
    Style,
    /// The photo's own colours, with the style's brightness.
    Own,
}

/// The picture shown while no face is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenLost {
    /// A styled blur of the whole picture, so that a face that the tracker misses is never exposed.
    Blur,
    /// The plain picture.
    Camera,
}

/// The hardware that runs the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderChoice {
    /// CUDA if it actually runs, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// CUDA, or an error.
    Cuda,
}

/// A network that enlarges a picture four times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UpscaleNetwork {
    /// Real time on a CPU.
    Small,
    /// More faithful; for mid-range graphics cards.
    Medium,
    /// The most faithful.
    Full,
    /// The sharpest: it invents details that it cannot know.
    Gan,
}

impl UpscaleNetwork {
    /// The networks that ship, fastest first.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Full, Self::Gan];

    /// Its name on the command line and on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Full => "full",
            Self::Gan => "gan",
        }
    }

    /// Amount of work relative to [`UpscaleNetwork::Small`], which has 33,000 multiplications a pixel.
    pub const fn work(self) -> f32 {
        match self {
            Self::Small => 1.0,
            Self::Medium | Self::Gan => 10.5,
            Self::Full => 36.5,
        }
    }
}

impl FromStr for UpscaleNetwork {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        let known = Self::ALL.into_iter().find(|e| e.name() == text);
        known.ok_or_else(|| refuse(text, "a network that enlarges, such as small"))
    }
}

/// What enlarges a styled face that is shown larger than it was painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Upscale {
    /// The best network that fits into the time left; `small` when every frame of a file is rendered.
    Auto,
    /// None: the compositor stretches the face.
    Off,
    /// This network, if it fits into the time left.
    By(UpscaleNetwork),
}

impl FromStr for Upscale {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            name => name.parse().map(Self::By).map_err(|_unknown: OutOfBounds| {
                refuse(name, "auto, off or a network such as small")
            }),
        }
    }
}

/// Side of the square that a head is cut out as, in pixels: a multiple of 4 in `[64, 1024]`. The stylizer
/// gets its visible part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CropSide(u32);

impl CropSide {
    /// The default: 384.
    pub const DEFAULT: Self = Self(384);

    /// Without a deadline: 576.
    pub const FINE: Self = Self(576);

    /// The number of pixels.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl FromStr for CropSide {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        match text.parse::<u32>() {
            Ok(side) if (64..=1024).contains(&side) && side % 4 == 0 => Ok(Self(side)),
            _ => Err(refuse(text, "a multiple of 4 from 64 to 1024")),
        }
    }
}

impl FromStr for Size {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        let wanted = "a size such as 1280x720, each side from 16 to 8192";
        let parse = |side: &str| side.parse().ok().filter(|n| (16..=8192).contains(n));
        let sides = text
            .split_once(['x', 'X'])
            .map(|(w, h)| (parse(w), parse(h)));
        match sides {
            Some((Some(width), Some(height))) => Ok(Self::new(width, height)),
            _ => Err(refuse(text, wanted)),
        }
    }
}

/// Every setting that can change while the picture runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Settings {
    /// Strength of the style.
    pub strength: Strength,
    /// The second style's share, if there is a second style.
    pub mix: Mix,
    /// The colours of styled areas.
    pub colours: Colours,
    /// Size of the strokes.
    pub texture: Texture,
    /// The painted part of the picture.
    pub region: Region,
    /// The picture shown while no face is seen.
    pub when_lost: WhenLost,
    /// Side of a face's crop, in pixels.
    pub crop_side: CropSide,
    /// How quickly positions and strokes follow.
    pub quickness: Quickness,
    /// Whether only one person is tracked.
    pub only_one: bool,
    /// What enlarges a styled face that is shown larger than it was painted.
    pub upscale: Upscale,
    /// The painting engine.
    pub engine: Engine,
    /// How strongly the photo of the person guides the strokes.
    pub likeness: Likeness,
    /// How far the facial features bend towards the painted face's proportions.
    pub shape: Shape,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strength: Strength::FULL,
            mix: Mix::DEFAULT,
            colours: Colours::Style,
            texture: Texture::DEFAULT,
            region: Region::Frame,
            when_lost: WhenLost::Blur,
            crop_side: CropSide::DEFAULT,
            quickness: Quickness::DEFAULT,
            only_one: false,
            upscale: Upscale::Auto,
            engine: Engine::Brush,
            likeness: Likeness::DEFAULT,
            shape: Shape::DEFAULT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strength_outside_its_bounds_is_refused_with_the_bounds() {
        let error = "1.5".parse::<Strength>().unwrap_err();

        assert_eq!(error.to_string(), "1.5 is not a strength from 0 to 1");
    }

    #[test]
    fn sizes_are_read_and_silly_ones_refused() {
        assert_eq!("1280x720".parse(), Ok(Size::new(1280, 720)));
        for silly in ["", "x", "1280", "0x0", "1280x720x3", "99999x99999", "-4x8"] {
            assert!(silly.parse::<Size>().is_err(), "{silly}");
        }
    }

    #[test]
    fn a_network_that_enlarges_is_chosen_by_name() {
        assert_eq!("off".parse(), Ok(Upscale::Off));
        assert_eq!("small".parse(), Ok(Upscale::By(UpscaleNetwork::Small)));
        let error = "huge".parse::<Upscale>().unwrap_err();
        assert!(error.to_string().contains("auto, off or a network"));
    }

    #[test]
    fn an_engine_that_is_gone_is_refused_with_the_one_in_its_place() {
        assert_eq!("network".parse(), Ok(Engine::Network));
        for (gone, wanted) in [
            ("auto", "brush"),
            ("portrait", "brush"),
            ("neural", "network"),
        ] {
            let error = gone.parse::<Engine>().unwrap_err().to_string();
            let sentence = format!("{gone} is not an engine any more: use {wanted}");
            assert_eq!(error, sentence);
        }
    }

    #[test]
    fn a_strength_that_is_no_number_becomes_full() {
        assert_eq!(Strength::clamped(f32::NAN), Strength::FULL);
    }
}
