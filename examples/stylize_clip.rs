//! The pipeline without a window: a clip in, styled pictures out.
//!
//! `cargo run --release --example stylize_clip -- CLIP STYLE_PICTURE FOLDER`
#![expect(
    clippy::print_stdout,
    reason = "an example talks to the person who runs it"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vizard::catalogue::Catalogue;
use vizard::domain::frame::Picture;
use vizard::domain::lane::{Mode, Waited};
use vizard::domain::settings::{ProviderChoice, Settings};
use vizard::domain::timing::Clock;
use vizard::inference::runtime::{Places, forbid_telemetry};
use vizard::inference::store::ModelStore;
use vizard::pictures::write_png;
use vizard::pipeline::networks::{NetworkChoice, Networks};
use vizard::pipeline::{Pipeline, Start};
use vizard::stages::capture::{FileOptions, open_file};
use vizard::stages::composite::cpu::CpuCompositor;

fn main() -> Result<(), Box<dyn Error>> {
    forbid_telemetry();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [clip, style, folder] = arguments.as_slice() else {
        return Err("give a clip, a style picture and a folder".into());
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let pipeline = Pipeline::start(Start {
        source: open_file(Path::new(clip), &FileOptions::default())?,
        mode: Mode::Every,
        networks: Networks::open(&NetworkChoice {
            places: Places::of_this_process(None, true),
            store: ModelStore::BuiltIn,
            provider: ProviderChoice::Auto,
        })?,
        style: Arc::new(Catalogue::from_path(Path::new(style))?),
        second: None,
        catalogue: None,
        settings: Settings::default(),
        follow: None,
        clock: Clock::system(),
        wake: Arc::new(|| ()),
    })?;
    let mut compositor = CpuCompositor::default();
    loop {
        match pipeline.wait_composition(Duration::from_secs(1)) {
            Waited::Value(composition) => {
                let mut canvas = Picture::clone(&composition.frame.picture);
                compositor.compose(&composition, &mut canvas);
                let name = format!("frame_{:06}.png", composition.frame.id.0);
                write_png(&folder.join(name), &canvas)?;
            }
            Waited::TimedOut => {}
            Waited::Closed => break,
        }
    }
    let report = pipeline.stop();
    if let Some(why) = report.failure {
        return Err(why.into());
    }
    println!("{} frames styled", report.frames.styled);
    Ok(())
}
