//! Where the face of a reference is found, if a painter made it longer or broader than people are.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::Path;
use std::process::Command;

use image::imageops::{FilterType, resize};

/// The 68 points of `vizard styles face`, pixels.
fn points_in(picture: &Path, folder: &Path) -> Vec<[f32; 2]> {
    let told = folder.join("points.txt");
    let run = Command::new(env!("CARGO_BIN_EXE_vizard"))
        .args(["styles", "face"])
        .arg(picture)
        .arg("--output")
        .arg(&told)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let text = std::fs::read_to_string(told).unwrap();
    let point = |line: &str| {
        let mut numbers = line.split_whitespace().map(|n| n.parse().unwrap());
        [numbers.next().unwrap(), numbers.next().unwrap()]
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(point).collect()
}

#[test]
fn a_face_that_is_stretched_is_found_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/styles/oil_portrait.jpg");
    let painted = image::open(&portrait).unwrap().to_rgb8();
    let there = points_in(&portrait, folder.path());
    let width = (there[0][0] - there[16][0]).hypot(there[0][1] - there[16][1]);

    for stretch in [0.75, 1.25, 1.4] {
        let high = (painted.height() as f32 * stretch).round() as u32;
        let stretched = folder.path().join("stretched.png");
        resize(&painted, painted.width(), high, FilterType::CatmullRom)
            .save(&stretched)
            .unwrap();

        let found = points_in(&stretched, folder.path());

        assert_eq!(found.len(), there.len());
        let pairs = found.iter().zip(&there);
        let off = pairs.map(|(f, t)| (f[0] - t[0]).hypot(f[1] / stretch - t[1]));
        let mean = off.sum::<f32>() / there.len() as f32 / width;
        assert!(mean < 0.012, "{stretch}: {mean} widths off");
    }
}
