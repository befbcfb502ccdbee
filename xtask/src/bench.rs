//! `cargo xtask bench`: builds for speed, measures the demo three times, appends the medians to `bench-history.tsv`
//! (kept out of git), and prints the change since the line before.

use std::fs;
use std::process::Command;

use crate::failure::Failure;
use crate::places::Places;
use crate::shell;

/// What is measured: the first word of a line of `vizard bench`, whose second word is the figure.
const FIGURES: [(&str, &str); 2] = [
    ("throughput", "styled frames a second"),
    ("capture→picture", "ms from capture to picture, median"),
];

/// How often it is measured; medians count.
const RUNS: usize = 3;

/// Measures, notes, compares.
pub(crate) fn run(places: &Places) -> Result<(), Failure> {
    let mut build = shell::cargo();
    build
        .args(["build", "--release", "--package", "vizard"])
        .current_dir(&places.root);
    shell::run(&mut build)?;
    let program = places.built("release").join("vizard");
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let mut bench = Command::new(&program);
        bench.args(["bench", "--region", "head"]);
        let told = shell::answer(&mut bench)
            .ok_or_else(|| Failure::new(format!("{} did not start.", program.display())))?;
        runs.push(figures(&told).ok_or_else(|| {
            Failure::new("`vizard bench` printed no figures. Run it by hand to see why.".to_owned())
        })?);
    }
    let now = medians(&runs);
    let history = places.root.join("bench-history.tsv");
    let mut text = fs::read_to_string(&history).unwrap_or_default();
    let before = text.lines().last().and_then(read_line);
    for (i, (_, unit)) in FIGURES.iter().enumerate() {
        let ratio = before.map_or_else(
            || "the first time".to_owned(),
            |before| format!("{:.2} of the time before", now[i] / before[i]),
        );
        println!("{:8.1} {unit}: {ratio}", now[i]);
    }
    let mut git = Command::new("git");
    git.args(["rev-parse", "--short", "HEAD"])
        .current_dir(&places.root);
    let commit = shell::answer(&mut git).unwrap_or_default();
    let line = format!("{}\t{}\t{}\n", commit.trim(), now[0], now[1]);
    text += &line;
    fs::write(&history, text)
        .map_err(|why| Failure::because(&format!("write {}", history.display()), why))
}

/// The figures in what `vizard bench` prints.
fn figures(told: &str) -> Option<[f32; 2]> {
    let figure = |name: &str| {
        let line = told.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some([figure(FIGURES[0].0)?, figure(FIGURES[1].0)?])
}

/// The figures of a line of the history.
fn read_line(line: &str) -> Option<[f32; 2]> {
    let mut words = line.split('\t').skip(1);
    let mut next = || words.next()?.parse().ok();
    Some([next()?, next()?])
}

fn medians(runs: &[[f32; 2]]) -> [f32; 2] {
    [0, 1].map(|i| {
        let mut values: Vec<f32> = runs.iter().map(|run| run[i]).collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_bench_prints_and_from_the_history() {
        let told = "Measuring…\nthroughput        30.2 styled frames a second\n\
                    capture→picture   71.7 ms median, 104.6 ms p95\n";

        assert_eq!(figures(told), Some([30.2, 71.7]));
        assert_eq!(figures("nothing"), None);
        assert_eq!(read_line("abc1234\t30.2\t71.7"), Some([30.2, 71.7]));
        let [fps, ms] = medians(&[[1.0, 6.0], [3.0, 4.0], [2.0, 5.0]]);
        assert!((fps - 2.0).abs() < 1e-6 && (ms - 5.0).abs() < 1e-6);
    }
}
