//! ONNX Runtime: out of the official Python wheels, into the user's data folder.
//!
//! The wheels are pinned by their SHA-256, which pip checks. The tags are fixed too, so that every
//! machine gets the same file, whatever Python it has.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::failure::Failure;
use crate::places::Places;
use crate::setup::python;
use crate::shell;

/// The release that the program is tested with.
const VERSION: &str = "1.31.1";

/// The requirement and the SHA-256 of one wheel.
type Wheel = (&'static str, &'static str);

/// Processor, and the wheel for the CPU.
const CPU: [(&str, Wheel); 2] = [
    (
        "x86_64",
        (
            "onnxruntime==1.31.1",
            "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536",
        ),
    ),
    (
        "aarch64",
        (
            "onnxruntime==1.31.1",
            "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc",
        ),
    ),
];

/// ONNX Runtime for NVIDIA GPUs and what it opens, for `x86_64`. CUDA is the oldest 13, because
/// that one runs with every driver that knows CUDA 13. No library says where its neighbours lie,
/// so the program must open those of CUDA and cuDNN by path before ONNX Runtime asks for them.
const CUDA: [Wheel; 8] = [
    (
        "onnxruntime-gpu==1.31.1",
        "05d548956197b9d01f59b625de740e0d6be3593f874e241a12dc0362650ecdf7",
    ),
    (
        "nvidia-cuda-runtime==13.0.96",
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    ),
    (
        "nvidia-cuda-nvrtc==13.0.88",
        "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575",
    ),
    (
        "nvidia-nvjitlink==13.0.88",
        "13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b",
    ),
    (
        "nvidia-cublas==13.1.2.11",
        "e1ad7b57879088bc79e31cc172891a64332f76ae733084d4aaaaa65499b9b3de",
    ),
    (
        "nvidia-cufft==12.0.0.61",
        "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3",
    ),
    (
        "nvidia-curand==10.4.0.35",
        "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc",
    ),
    (
        "nvidia-cudnn-cu13==9.28.1.4",
        "a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec",
    ),
];

/// Written last into a finished folder: the requirements, then the size and name of every file.
const STAMP: &str = "installed.txt";

/// Installs ONNX Runtime for the CPU, unless it is there or the user named another one.
pub(super) fn ensure(places: &Places) -> Result<(), Failure> {
    let named = env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    if named.is_some_and(|path| path.is_file()) {
        return Ok(());
    }
    let processor = env::consts::ARCH;
    let wheel = CPU
        .iter()
        .find(|(name, _)| *name == processor && cfg!(target_os = "linux"))
        .map(|(_, wheel)| *wheel);
    let Some(wheel) = wheel else {
        return Err(Failure::new(format!(
            "no ONNX Runtime is pinned for {} on {processor}. Get release {VERSION} and name its \
             library in ORT_DYLIB_PATH.",
            env::consts::OS
        )));
    };
    install(places, VERSION, &requirements(&[wheel]))
}

/// Installs ONNX Runtime for NVIDIA GPUs, with CUDA and cuDNN.
pub(super) fn ensure_cuda(places: &Places) -> Result<(), Failure> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failure::new(format!(
            "ONNX Runtime for NVIDIA GPUs is pinned for Linux on x86_64 only, and this is {} on {}.",
            env::consts::OS,
            env::consts::ARCH
        )));
    }
    install(places, &format!("{VERSION}-cuda"), &requirements(&CUDA))
}

/// The text of pip's requirements file.
fn requirements(wheels: &[Wheel]) -> String {
    lines(
        wheels
            .iter()
            .map(|(requirement, hash)| format!("{requirement} --hash=sha256:{hash}")),
    )
}

/// Brings the folder `name` into the state that `requirements` asks for.
fn install(places: &Places, name: &str, requirements: &str) -> Result<(), Failure> {
    let home = places.data.join("onnxruntime");
    let folder = home.join(name);
    if is_complete(&folder, requirements) {
        return Ok(());
    }
    println!("Fetching ONNX Runtime {name} to {}.", folder.display());
    let python = python::with_pip()?;
    let downloads = places.cache.join(format!("onnxruntime-{name}"));
    // Nobody may find a half-filled folder, so it gets its name when it is whole.
    let unfinished = home.join(format!(".{name}-{}", std::process::id()));
    let done = download(python, requirements, &downloads)
        .and_then(|()| unpack(python, &downloads, &unfinished))
        .and_then(|()| {
            finish(&unfinished, &folder, requirements).map_err(|why| {
                Failure::because(&format!("put ONNX Runtime into {}", folder.display()), why)
            })
        });
    for rest in [downloads, unfinished] {
        if let Err(why) = remove(&rest) {
            println!("note: {} stays: {why}.", rest.display());
        }
    }
    done
}

/// Lets pip fetch the wheels into `downloads`, and check their hashes.
fn download(python: &str, requirements: &str, downloads: &Path) -> Result<(), Failure> {
    let list = downloads.join("requirements.txt");
    fs::create_dir_all(downloads)
        .and_then(|()| fs::write(&list, requirements))
        .map_err(|why| Failure::because(&format!("write {}", list.display()), why))?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--disable-pip-version-check"])
        .args(["--no-cache-dir", "--no-deps", "--only-binary=:all:"])
        .args(["--require-hashes", "--python-version", "3.12"])
        .args(["--implementation", "cp", "--abi", "cp312"]);
    for platform in ["manylinux_2_28", "manylinux_2_27", "manylinux2014"] {
        pip.arg("--platform")
            .arg(format!("{platform}_{}", env::consts::ARCH));
    }
    pip.arg("--requirement").arg(&list);
    pip.arg("--dest").arg(downloads);
    shell::run(&mut pip).map_err(|_why| {
        Failure::new(
            "ONNX Runtime could not be fetched; pip's message above says why. Call this again when \
             the network is there, or name a library that you have in ORT_DYLIB_PATH.",
        )
    })
}

/// Copies libraries and licences out of the wheels in `downloads` into the new folder `target`.
fn unpack(python: &str, downloads: &Path, target: &Path) -> Result<(), Failure> {
    let wheels = remove(target)
        .and_then(|()| fs::create_dir_all(target))
        .and_then(|()| files_in(downloads))
        .map_err(|why| Failure::because(&format!("make {}", target.display()), why))?;
    let wheels = wheels.into_iter().map(|(name, _)| name);
    let wheels = wheels.filter(|name| {
        Path::new(name)
            .extension()
            .is_some_and(|kind| kind == "whl")
    });
    let mut script = Command::new(python);
    script.args(["-c", include_str!("unpack.py")]).arg(target);
    script.args(wheels.map(|name| downloads.join(name)));
    let unpacked = shell::succeeds(&mut script);
    if unpacked {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the wheels of ONNX Runtime could not be unpacked into {}. Is the disk full?",
        target.display()
    )))
}

/// Stamps `unfinished` and moves it to `folder`, in place of whatever is there.
fn finish(unfinished: &Path, folder: &Path, requirements: &str) -> io::Result<()> {
    let files = files_in(unfinished)?;
    fs::write(unfinished.join(STAMP), stamp(requirements, &files))?;
    remove(folder)?;
    fs::rename(unfinished, folder)
}

/// Whether `folder` holds exactly what an installation of `requirements` left there.
fn is_complete(folder: &Path, requirements: &str) -> bool {
    let (Ok(written), Ok(mut files)) = (fs::read_to_string(folder.join(STAMP)), files_in(folder))
    else {
        return false;
    };
    files.retain(|(name, _)| name != STAMP);
    !files.is_empty() && written == stamp(requirements, &files)
}

fn stamp(requirements: &str, files: &[(String, u64)]) -> String {
    let files = files.iter().map(|(name, size)| format!("{size} {name}"));
    format!("{requirements}{}", lines(files))
}

/// Every line with its end.
fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// Names and sizes in bytes of the files in `folder`, by name.
fn files_in(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, entry.metadata()?.len()))
        })
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Removes a folder with all it holds; one that is not there is fine.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A finished installation of `requirements` in a folder of the test's own.
    fn installed(test: &str, requirements: &str) -> io::Result<PathBuf> {
        let home = env::temp_dir().join(format!("vizard-xtask-{}-{test}", std::process::id()));
        let unfinished = home.join(".new");
        fs::create_dir_all(&unfinished)?;
        fs::write(unfinished.join("libonnxruntime.so.1.31.1"), b"library")?;
        let folder = home.join("1.31.1");
        finish(&unfinished, &folder, requirements)?;
        Ok(folder)
    }

    #[test]
    fn an_installation_is_complete_until_a_file_shrinks_or_the_pins_change() {
        let folder = installed("complete", "a==1\n").unwrap();

        assert!(is_complete(&folder, "a==1\n"));
        assert!(!is_complete(&folder, "a==2\n"));
        fs::write(folder.join("libonnxruntime.so.1.31.1"), b"lib").unwrap();
        assert!(!is_complete(&folder, "a==1\n"));
        remove(folder.parent().unwrap()).unwrap();
    }

    #[test]
    fn an_empty_or_missing_folder_is_not_complete() {
        let folder = env::temp_dir().join("vizard-xtask-nowhere");

        assert!(!is_complete(&folder, ""));
    }

    #[test]
    fn every_requirement_is_pinned_to_a_version_and_a_whole_hash() {
        let cpu = CPU.iter().map(|(_, wheel)| wheel);
        for (requirement, hash) in cpu.chain(&CUDA) {
            assert!(requirement.contains("=="), "{requirement}");
            assert_eq!(hash.len(), 64, "{requirement}");
            assert!(hash.bytes().all(|b| b.is_ascii_hexdigit()), "{requirement}");
        }
    }

    #[test]
    fn the_requirements_are_lines_that_pip_reads() {
        let text = requirements(&[("a==1", "00"), ("b==2", "11")]);

        assert_eq!(text, "a==1 --hash=sha256:00\nb==2 --hash=sha256:11\n");
    }
}
