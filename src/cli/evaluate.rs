//! `vizard evaluate upscale`: super-resolution as papers measure it.
//!
//! The pictures of a folder are cut to multiples of four, shrunk to a quarter as MATLAB does, and
//! enlarged again by every network, by bicubic and by nearest pixels. PSNR and SSIM are those of the
//! brightness, whole numbers, four pixels left out at each border.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::options::NetworkArguments;
use crate::cli::output::{Failure, Output};
use crate::cli::upscale::threads;
use crate::domain::frame::{Picture, Size};
use crate::domain::settings::UpscaleNetwork;
use crate::domain::timing::Clock;
use crate::pictures::bicubic::{Scale, bicubic};
use crate::pictures::quality::{Brightness, Plane, psnr, ssim, ssim_daala};
use crate::pictures::{self, Limits, part};
use crate::pipeline::networks::UpscaleNetworks;
use crate::stages::upscale::{SCALE, UpscaleError, Upscaler, tiles};

/// Pixels left out at each border, the custom for ×4.
const BORDER: u32 = 4;

/// Arguments of `vizard evaluate`.
#[derive(Debug, Clone, Args)]
pub(super) struct EvaluateArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// PSNR and SSIM of enlarged pictures, beside nearest and bicubic
    Upscale(UpscaleArguments),
}

#[derive(Debug, Clone, Args)]
struct UpscaleArguments {
    /// A folder of pictures in high resolution, e.g. Set5
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// A network of ours (small, medium, full, gan), several times for several; without it, all
    #[arg(long, value_name = "NETWORK")]
    model: Vec<UpscaleNetwork>,
    /// Another network to compare with: RGB in 0..1, [1,3,h,w] to [1,3,4h,4w]
    #[arg(long, value_name = "FILE.onnx")]
    peer: Vec<PathBuf>,
    #[command(flatten)]
    networks: NetworkArguments,
}

/// One way of upscaling.
enum Way {
    Nearest,
    Bicubic,
    Ours(Upscaler),
    /// How far it looks is not known, so pictures are shown to it whole.
    Peer(Upscaler),
}

/// What one way made of one picture, or the mean of all.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Figures {
    psnr_db: f64,
    /// Window of 11 pixels, sigma 1.5.
    ssim: f64,
    /// As daala: the window grows with the picture.
    ssim_daala: f64,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct PictureFigures {
    picture: String,
    size: String,
    /// By the way's name.
    figures: BTreeMap<String, Figures>,
}

#[derive(Debug, Serialize)]
struct EvaluateReport {
    folder: PathBuf,
    /// The ways, in the order of the table.
    ways: Vec<String>,
    pictures: Vec<PictureFigures>,
    mean: BTreeMap<String, Figures>,
}

pub(super) fn run(arguments: &EvaluateArguments, output: Output) -> Result<(), Failure> {
    let What::Upscale(arguments) = &arguments.what;
    let folder = &arguments.folder;
    let files = pictures::files_in(folder)
        .map_err(|why| Failure::new(format!("{} cannot be read: {why}", folder.display())))?;
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{} holds no pictures; name a folder with PNG, JPEG, WebP, BMP or TIFF files",
            folder.display()
        )));
    }
    let mut ways = ways(arguments)?;
    let mut pictures = Vec::with_capacity(files.len());
    for (done, path) in files.iter().enumerate() {
        output.note(&format!(
            "{} of {}: {}",
            done + 1,
            files.len(),
            path.display()
        ));
        pictures.push(measure(&mut ways, path)?);
    }
    let names: Vec<String> = ways.into_iter().map(|(name, _)| name).collect();
    let mean = names
        .iter()
        .map(|name| (name.clone(), mean(&pictures, name)));
    let report = EvaluateReport {
        folder: folder.clone(),
        mean: mean.collect(),
        ways: names,
        pictures,
    };
    output.report(&report, &text(&report));
    Ok(())
}

fn ways(arguments: &UpscaleArguments) -> Result<Vec<(String, Way)>, Failure> {
    let networks = UpscaleNetworks::find(&arguments.networks.choice(), threads())?;
    let mut ways = vec![
        ("nearest".to_owned(), Way::Nearest),
        ("bicubic".to_owned(), Way::Bicubic),
    ];
    let ours: Vec<UpscaleNetwork> = if arguments.model.is_empty() {
        UpscaleNetwork::ALL.to_vec()
    } else {
        arguments.model.clone()
    };
    for enlarger in ours {
        let way = Way::Ours(networks.open(enlarger)?);
        ways.push((enlarger.name().to_owned(), way));
    }
    for path in &arguments.peer {
        let peer = networks.open_file(path)?;
        ways.push((peer.model().report().name.clone(), Way::Peer(peer)));
    }
    Ok(ways)
}

impl Way {
    fn enlarge(&mut self, small: &Picture) -> Result<Picture, UpscaleError> {
        match self {
            Self::Nearest => Ok(nearest(small)),
            Self::Bicubic => Ok(bicubic(small, Scale::Up(SCALE))),
            Self::Ours(upscaler) => tiles::enlarge_whole(upscaler, small),
            Self::Peer(upscaler) => upscaler.enlarge(small),
        }
    }
}

/// Every pixel as a square of four by four.
fn nearest(small: &Picture) -> Picture {
    let size = crate::stages::upscale::enlarged(small.size());
    let mut large = Picture::filled(size, [0, 0, 0, 255]);
    let row_bytes = (size.width as usize * 4).max(4);
    for (y, row) in (0..).zip(large.rgba_mut().chunks_exact_mut(row_bytes)) {
        for (x, pixel) in (0..).zip(row.as_chunks_mut::<4>().0) {
            *pixel = small.pixel_clamped(x / i64::from(SCALE), y / i64::from(SCALE));
        }
    }
    large
}

fn measure(ways: &mut [(String, Way)], path: &Path) -> Result<PictureFigures, Failure> {
    let clock = Clock::system();
    let limits = Limits::default();
    let whole = pictures::read(path, &limits)?;
    let brightness = if pictures::is_grey(path)? {
        Brightness::Grey
    } else {
        Brightness::Studio
    };
    let Size { width, height } = whole.size();
    let size = Size::new(width / SCALE * SCALE, height / SCALE * SCALE);
    if size.width.min(size.height) <= 2 * BORDER {
        let path = path.display();
        return Err(Failure::new(format!(
            "{path} is too small to be measured ({width}x{height}); use larger pictures"
        )));
    }
    let high = part(&whole, 0, 0, size);
    let small = bicubic(&high, Scale::Down(SCALE));
    let wanted = Plane::of(&high, brightness, BORDER);
    let mut figures = BTreeMap::new();
    for (name, way) in ways {
        let began = clock.now();
        let enlarged = way.enlarge(&small)?;
        let seconds = clock.now().since(began).as_secs_f64();
        let got = Plane::of(&enlarged, brightness, BORDER);
        let found = Figures {
            psnr_db: psnr(&wanted, &got),
            ssim: ssim(&wanted, &got),
            ssim_daala: ssim_daala(&wanted, &got),
            seconds,
        };
        figures.insert(name.clone(), found);
    }
    let name = path.file_stem().unwrap_or_default();
    Ok(PictureFigures {
        picture: name.to_string_lossy().into_owned(),
        size: size.to_string(),
        figures,
    })
}

fn mean(pictures: &[PictureFigures], way: &str) -> Figures {
    let mut sum = Figures::default();
    for figures in pictures.iter().filter_map(|p| p.figures.get(way)) {
        sum.psnr_db += figures.psnr_db;
        sum.ssim += figures.ssim;
        sum.ssim_daala += figures.ssim_daala;
        sum.seconds += figures.seconds;
    }
    let count = pictures.len().max(1) as f64;
    Figures {
        psnr_db: sum.psnr_db / count,
        ssim: sum.ssim / count,
        ssim_daala: sum.ssim_daala / count,
        seconds: sum.seconds / count,
    }
}

/// One of the figures.
type Pick = fn(&Figures) -> f64;

/// PSNR of each picture, then the means.
fn text(report: &EvaluateReport) -> String {
    let mut text = format!("{:<28}", "PSNR y, dB");
    // Writing to a string cannot fail.
    for way in &report.ways {
        write!(text, " {way:>14.14}").unwrap_or_default();
    }
    for picture in &report.pictures {
        write!(text, "\n{:<28.28}", picture.picture).unwrap_or_default();
        for way in &report.ways {
            let value = picture.figures.get(way).map_or(0.0, |f| f.psnr_db);
            write!(text, " {value:>14.2}").unwrap_or_default();
        }
    }
    let rows: [(&str, Pick, usize); 4] = [
        ("mean PSNR y, dB", |f| f.psnr_db, 2),
        ("mean SSIM, 11x11", |f| f.ssim, 4),
        ("mean SSIM, daala", |f| f.ssim_daala, 4),
        ("mean seconds a picture", |f| f.seconds, 2),
    ];
    for (what, pick, digits) in rows {
        write!(text, "\n{what:<28}").unwrap_or_default();
        for way in &report.ways {
            let value = report.mean.get(way).map_or(0.0, pick);
            write!(text, " {value:>14.digits$}").unwrap_or_default();
        }
    }
    text.push('\n');
    text
}
