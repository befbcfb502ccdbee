//! One picture painted after another: `cargo run --release --example paint_picture -- PICTURE STYLE_PICTURE OUT.png`

use std::error::Error;
use std::path::Path;

use vizard::domain::settings::Settings;
use vizard::inference::runtime::forbid_telemetry;
use vizard::painter::Painter;
use vizard::pictures::{Limits, read, write_png};

fn main() -> Result<(), Box<dyn Error>> {
    forbid_telemetry();
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [picture, style, out] = paths.as_slice() else {
        return Err("give a picture, a style picture and a PNG to write".into());
    };
    let mut painter = Painter::open(Path::new(style), Settings::default())?;
    let painted = painter.paint(read(Path::new(picture), &Limits::default())?)?;
    Ok(write_png(Path::new(out), &painted)?)
}
