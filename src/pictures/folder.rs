//! The picture files of a folder, in natural order.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// File extensions of pictures.
const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];

/// Returns the pictures in `folder` without hidden files, with numbers in names in numeric order: 2
/// before 10.
pub fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && is_picture(&path) {
            files.push(path);
        }
    }
    files.sort_by(|a, b| natural_order(&name_of(a), &name_of(b)));
    Ok(files)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let hidden = name_of(path).starts_with('.');
    !hidden && ENDINGS.iter().any(|known| ending == *known)
}

/// Compares runs of digits by value, and all other text character by character.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (run_a, rest_a) = first_run(a);
        let (run_b, rest_b) = first_run(b);
        let order = match (run_a.is_empty(), run_b.is_empty()) {
            (true, true) => return Ordering::Equal,
            _ if starts_with_digit(run_a) && starts_with_digit(run_b) => {
                let (x, y) = (run_a.trim_start_matches('0'), run_b.trim_start_matches('0'));
                let by_value = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
                by_value.then_with(|| run_a.len().cmp(&run_b.len()))
            }
            _ => run_a.cmp(run_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Splits `text` after its longest prefix of only digits or only non-digits.
fn first_run(text: &str) -> (&str, &str) {
    let digits = starts_with_digit(text);
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_a_person_counts() {
        let mut names = [
            "b1", "10.jpg", "a", "0009.jpg", "2.jpg", "02.jpg", "img2x10", "img2x9",
        ];

        names.sort_by(|a, b| natural_order(a, b));

        assert_eq!(
            names,
            [
                "2.jpg", "02.jpg", "0009.jpg", "10.jpg", "a", "b1", "img2x9", "img2x10"
            ]
        );
    }
}
