//! The house rules, checked: who may import whom, which crate comes in by which door, and how long
//! a file may grow.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files should fail"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A layer and all that it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("files", &[]),
    ("pictures", &["domain", "files"]),
    ("gpu", &["domain"]),
    ("inference", &["domain"]),
    ("catalogue", &["domain", "files", "pictures"]),
    (
        "stages",
        &["domain", "files", "pictures", "gpu", "inference"],
    ),
    (
        "pipeline",
        &[
            "domain",
            "files",
            "pictures",
            "gpu",
            "inference",
            "catalogue",
            "stages",
        ],
    ),
    ("ui", &["domain"]),
    (
        "app",
        &[
            "domain",
            "files",
            "pictures",
            "gpu",
            "catalogue",
            "pipeline",
            "stages",
            "ui",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "files",
            "pictures",
            "gpu",
            "inference",
            "catalogue",
            "stages",
            "pipeline",
            "app",
        ],
    ),
];

/// A third-party crate and the only places (path prefixes under `src/`) that may name it.
const DOORS: &[(&str, &[&str])] = &[
    ("nokhwa", &["stages/capture"]),
    ("v4l2r", &["stages/capture"]),
    ("zune_jpeg", &["stages/capture"]),
    ("ort", &["inference"]),
    ("wgpu", &["gpu", "stages/composite", "app"]),
    ("egui_wgpu", &["app"]),
    ("egui", &["ui", "app"]),
    ("eframe", &["app", "ui"]),
    ("openh264", &["stages/record", "stages/capture"]),
    ("muxide", &["stages/record", "stages/capture"]),
    ("png", &["pictures"]),
    ("clap", &["cli", "main.rs"]),
    ("clap_complete", &["cli", "main.rs"]),
];

const MAX_LINES: usize = 500;

/// One source file: its path under the package, and its text.
struct Source {
    path: String,
    text: String,
}

/// Every Rust file under `folder` of the package.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = rust_files(&root.join(folder));
    files
        .iter()
        .map(|file| {
            let parts = file.strip_prefix(root).unwrap().iter();
            let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
            Source {
                path: parts.join("/"),
                text: fs::read_to_string(file).unwrap(),
            }
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|ext| ext == "rs"))
        .collect()
}

impl Source {
    /// The text without comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default())
    }

    /// `["stages", "track", "one_euro"]` of `src/stages/track/one_euro.rs`.
    fn home(&self) -> Vec<&str> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inside.split('/').collect()
    }

    /// Every `crate::a::b` as `["a", "b"]`.
    fn imports(&self) -> Vec<Vec<&str>> {
        self.code()
            .flat_map(|line| line.split("crate::").skip(1))
            .map(|rest| {
                let end = rest.find(|c: char| !(is_word(c) || c == ':'));
                rest[..end.unwrap_or(rest.len())].split("::").collect()
            })
            .collect()
    }

    /// Every path after `crate::`, those in braces one by one.
    fn named_paths(&self) -> Vec<String> {
        let code: Vec<&str> = self.code().collect();
        let code = code.join("\n");
        let mut paths = Vec::new();
        for rest in code.split("crate::").skip(1) {
            let end = rest.find(|c: char| !(is_word(c) || c == ':'));
            let (path, rest) = rest.split_at(end.unwrap_or(rest.len()));
            let Some(group) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
                paths.push(path.to_owned());
                continue;
            };
            let inner = group.0.split(',').map(str::trim);
            paths.extend(
                inner
                    .filter(|name| !name.is_empty())
                    .map(|name| format!("{path}{name}")),
            );
        }
        paths
    }

    /// Whether the code names the crate `name` (`name::…`, not `other::name` or `other_name::…`).
    fn names_crate(&self, name: &str) -> bool {
        let path = format!("{name}::");
        self.code().any(|line| {
            line.match_indices(&path).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| is_word(c) || c == ':')
            })
        })
    }

    /// What this file imports against the rules.
    fn broken_imports(&self) -> Vec<String> {
        let home = self.home();
        let Some((layer, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == home[0]) else {
            return Vec::new(); // main.rs and lib.rs
        };
        let mut broken = Vec::new();
        if self.text.contains("super::super") {
            broken.push(format!("{}: super::super hides where it goes", self.path));
        }
        for import in self.imports() {
            let same_layer = import[0] == *layer;
            let another_stage = *layer == "stages" && same_layer && import.get(1) != home.get(1);
            if another_stage || !(same_layer || allowed.contains(&import[0])) {
                broken.push(format!("{}: crate::{}", self.path, import.join("::")));
            }
        }
        broken
    }

    /// The crates that this file names but that have their door elsewhere.
    fn broken_doors(&self) -> Vec<String> {
        let inside = self.path.trim_start_matches("src/");
        let is_door = |door: &&str| inside == *door || inside.starts_with(&format!("{door}/"));
        DOORS
            .iter()
            .filter(|(name, doors)| self.names_crate(name) && !doors.iter().any(is_door))
            .map(|(name, doors)| format!("{}: {name}, which belongs in {doors:?}", self.path))
            .collect()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn source(path: &str, text: &str) -> Source {
    Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// Files and the files that each imports, tests left out, by module paths such as `stages::track`.
fn import_graph(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let module = |source: &Source| {
        source
            .home()
            .join("::")
            .trim_end_matches("::mod")
            .to_owned()
    };
    let known: BTreeSet<String> = sources.iter().map(module).collect();
    let file_of = |path: &[&str]| {
        (1..=path.len())
            .rev()
            .map(|length| path[..length].join("::"))
            .find(|path| known.contains(path))
    };
    let mut graph = BTreeMap::new();
    for source in sources {
        let own = module(source);
        let tests = source.text.find("\n#[cfg(test)]\nmod ");
        let text = &source.text[..tests.unwrap_or(source.text.len())];
        let imports: BTreeSet<String> = self::source(&source.path, text)
            .named_paths()
            .iter()
            .filter_map(|path| file_of(&path.split("::").collect::<Vec<_>>()))
            .filter(|other| *other != own)
            .collect();
        if !own.ends_with("tests") {
            graph.insert(own, imports);
        }
    }
    graph
}

/// Files that import each other, directly or through others.
fn cycles(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reached = |from: &String| {
        let (mut found, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(file) = next.pop() {
            for import in graph.get(file).into_iter().flatten() {
                if found.insert(import) {
                    next.push(import);
                }
            }
        }
        found
    };
    let files = graph.keys();
    files
        .filter(|file| reached(file).contains(file))
        .cloned()
        .collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let found = cycles(&import_graph(&sources("src")));

    assert!(found.is_empty(), "in a circle: {}", found.join(", "));
}

#[test]
fn a_circle_is_found_also_through_braces_and_not_in_tests() {
    let a = source("src/domain/a.rs", "use crate::domain::{b, c::C};");
    let b = source("src/domain/b.rs", "fn f() -> crate::domain::d::D {}");
    let d = source("src/domain/d.rs", "use crate::domain::{\n    a::A,\n};");
    let c = source(
        "src/domain/c.rs",
        "\n#[cfg(test)]\nmod tests { use crate::domain::a::A; }",
    );
    let found = cycles(&import_graph(&[a, b, c, d]));

    assert_eq!(found, ["domain::a", "domain::b", "domain::d"]);
}

#[test]
fn imports_run_downwards_and_stages_do_not_know_each_other() {
    let broken: Vec<_> = sources("src")
        .iter()
        .flat_map(Source::broken_imports)
        .collect();

    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn each_third_party_crate_has_its_door() {
    let broken: Vec<_> = sources("src")
        .iter()
        .flat_map(Source::broken_doors)
        .collect();

    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_layer_has_its_rule() {
    let layers: Vec<_> = sources("src")
        .iter()
        .filter(|source| source.home().len() > 1)
        .map(|source| source.home()[0].to_owned())
        .collect();

    for layer in layers {
        let known = MAY_IMPORT.iter().any(|(name, _)| *name == layer);
        assert!(known, "src/{layer} stands in no rule");
    }
}

#[test]
fn no_file_outgrows_its_room_and_each_says_what_it_is() {
    for folder in ["src", "tests", "benches", "examples", "xtask/src"] {
        for Source { path, text } in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= MAX_LINES, "{path}: {lines} lines; split it");
            assert!(text.starts_with("//! "), "{path}: does not begin with //!");
        }
    }
}

#[test]
fn the_rules_catch_what_they_forbid() {
    let upwards = source("src/domain/face.rs", "use crate::gpu::Gpu;");
    let sideways = source(
        "src/stages/align/mod.rs",
        "use crate::stages::track::Track;",
    );
    let nested = source("src/ui/mod.rs", "use crate::{app::App};");
    let wrong_door = source("src/pipeline/mod.rs", "fn f() -> ort::Result<()> {}");
    for bad in [&upwards, &sideways, &nested] {
        assert_eq!(bad.broken_imports().len(), 1, "{}", bad.path);
    }
    assert_eq!(wrong_door.broken_doors().len(), 1);

    let good = source(
        "src/stages/align/mod.rs",
        "// ort::x\nuse crate::stages::align::warp;",
    );
    let alike = source("src/cli/mod.rs", "use report::port::Port; x.sort::<u8>();");
    assert!(good.broken_imports().is_empty() && good.broken_doors().is_empty());
    assert!(alike.broken_doors().is_empty());
}
