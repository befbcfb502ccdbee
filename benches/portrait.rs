//! Painting a face of a 512×512 crop: by the CPU, one thread, and by the best graphics adapter, with
//! what goes there and comes back. Left out where no adapter computes.
#![expect(clippy::print_stdout, reason = "a measurement says what was measured")]

#[path = "../tests/sitter/mod.rs"]
mod sitter;

use std::hint::black_box;

use criterion::Criterion;
use sitter::{marks, picture, portrait, skin};
use vizard::domain::frame::Size;
use vizard::domain::settings::PainterChoice;
use vizard::stages::stylize::portrait::Painter;
use vizard::stages::stylize::portrait::paint::{Memory, Sitting};
use vizard::stages::stylize::portrait::painter::Commission;

const CROP: Size = Size::new(512, 512);

fn paint(criterion: &mut Criterion) {
    let (photo, portrait, skin) = (picture(CROP, 40), portrait(3), skin());
    let face = marks([256.0, 266.0], 154.0, 0.1);
    let mut memory = Memory::default();
    criterion.bench_function("portrait: look at the face", |bencher| {
        bencher.iter(|| {
            black_box(Sitting::begin(
                &photo,
                (&face, None),
                &portrait,
                &mut memory,
            ))
        });
    });
    let Some(sitting) = Sitting::begin(&photo, (&face, None), &portrait, &mut memory) else {
        return;
    };
    let commission = Commission {
        sitting: &sitting,
        photo: &photo,
        portrait: &portrait,
        likeness: 1.0,
        skin: Some(&skin),
    };
    for (name, choice) in [
        ("portrait: paint, CPU", PainterChoice::Cpu),
        ("portrait: paint, GPU", PainterChoice::Gpu),
    ] {
        let mut painter = match Painter::open(choice) {
            Ok(painter) => painter,
            Err(error) => {
                println!("{name} is left out: {error}");
                continue;
            }
        };
        let mut crop = picture(CROP, 90);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| painter.paint(black_box(&commission), black_box(&mut crop)));
        });
        println!("{name}: {:?}", painter.status());
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    paint(&mut criterion);
    criterion.final_summary();
}
