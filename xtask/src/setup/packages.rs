//! Debian packages: which are missing, and apt to bring them.

use std::io::{IsTerminal as _, stdin};
use std::process::Command;

use crate::failure::Failure;
use crate::shell;

/// One Debian package and what it is for.
#[derive(Debug, Clone, Copy)]
struct Package {
    name: &'static str,
    /// A program that it brings. Found on the `PATH`, it counts, whoever put it there.
    program: Option<&'static str>,
    /// Nothing can be built without it.
    vital: bool,
}

const fn library(name: &'static str) -> Package {
    Package {
        name,
        program: None,
        vital: false,
    }
}

const fn program(name: &'static str, program: &'static str) -> Package {
    Package {
        name,
        program: Some(program),
        vital: false,
    }
}

const fn vital(package: Package) -> Package {
    Package {
        vital: true,
        ..package
    }
}

/// Cameras are read through V4L2, whose bindings libclang makes; nasm doubles the speed of the
/// video encoder.
const BUILD: [Package; 5] = [
    vital(program("build-essential", "cc")),
    vital(library("libclang-dev")),
    program("clang", "clang"),
    program("pkg-config", "pkg-config"),
    program("nasm", "nasm"),
];

/// All libraries are opened while the program runs, so a missing one shows only then.
const RUN: [Package; 10] = [
    library("libvulkan1"),
    library("mesa-vulkan-drivers"),
    library("libegl1"),
    library("libgl1-mesa-dri"),
    library("libxkbcommon-x11-0"),
    library("libx11-xcb1"),
    library("libxcursor1"),
    library("libxi6"),
    library("libxrandr2"),
    program("ffmpeg", "ffmpeg"),
];

/// A display without a screen, hands for it, and eyes for what a process asks of the system.
const TESTS: [Package; 7] = [
    program("xvfb", "Xvfb"),
    program("xauth", "xauth"),
    program("xdotool", "xdotool"),
    program("xclip", "xclip"),
    program("imagemagick", "convert"),
    program("strace", "strace"),
    program("util-linux", "unshare"),
];

/// Installs what is missing. Where that cannot be done it says so, and goes on if a build can
/// still work.
pub(super) fn ensure(tests: bool) -> Result<(), Failure> {
    let wanted = BUILD.iter().chain(&RUN);
    let wanted: Vec<&Package> = if tests {
        wanted.chain(&TESTS).collect()
    } else {
        wanted.collect()
    };
    let by_program = |package: &&Package| package.program.and_then(shell::find).is_none();
    let wanted: Vec<&Package> = wanted.into_iter().filter(by_program).collect();
    let names: Vec<&str> = wanted.iter().map(|package| package.name).collect();
    let Some(listing) = dpkg_listing(&names) else {
        println!(
            "note: this system has no dpkg, so these could not be checked (Debian's names): {}.",
            names.join(" ")
        );
        return Ok(());
    };
    let missing = missing(&names, &listing);
    if missing.is_empty() {
        return Ok(());
    }
    let Err(failure) = install(&missing) else {
        return Ok(());
    };
    let vital = |name: &&str| wanted.iter().any(|p| p.vital && p.name == *name);
    if missing.iter().any(vital) {
        let mut text = failure.to_string();
        if missing.contains(&"libclang-dev") {
            text += " Only cameras need libclang-dev: `cargo build --no-default-features` does \
                     without.";
        }
        return Err(Failure::new(text));
    }
    println!("note: {failure} Going on without.");
    Ok(())
}

/// Installs the packages `names` through apt.
pub(super) fn install(names: &[&str]) -> Result<(), Failure> {
    let by_hand = format!("apt-get install {}", names.join(" "));
    let Some(rights) = Rights::find() else {
        return Err(Failure::new(format!(
            "these packages are missing, and this user may not install them: {}. \
             As root, run `{by_hand}`.",
            names.join(" ")
        )));
    };
    println!("Installing packages: {}.", names.join(" "));
    // Without lists, as on a fresh machine, nothing can be installed; old lists may still do.
    if let Err(failure) = shell::run(rights.apt_get().arg("update").arg("--quiet")) {
        println!("note: {failure} Trying with the package lists that are here.");
    }
    let mut apt_get = rights.apt_get();
    apt_get.args(["install", "--yes", "--quiet", "--no-install-recommends"]);
    shell::run(apt_get.args(names)).map_err(|failure| {
        Failure::new(format!(
            "{failure} See apt's message above, or as root run `{by_hand}`."
        ))
    })
}

/// How this user may call apt-get.
#[derive(Debug, Clone, Copy)]
enum Rights {
    Root,
    /// sudo, which may ask for a password.
    Sudo,
    /// sudo where nobody could type a password.
    SilentSudo,
}

impl Rights {
    fn find() -> Option<Self> {
        shell::find("apt-get")?;
        let user = shell::answer(Command::new("id").arg("-u"))?;
        if user.trim() == "0" {
            return Some(Self::Root);
        }
        shell::find("sudo")?;
        if stdin().is_terminal() {
            return Some(Self::Sudo);
        }
        shell::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Self::SilentSudo)
    }

    fn apt_get(self) -> Command {
        let words: &[&str] = match self {
            Self::Root => &["env"],
            Self::Sudo => &["sudo", "env"],
            Self::SilentSudo => &["sudo", "-n", "env"],
        };
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    }
}

/// Lines `name TAB status` for those of `names` that dpkg knows; `None` where there is no dpkg.
fn dpkg_listing(names: &[&str]) -> Option<String> {
    let format = "--showformat=${Package}\\t${db:Status-Status}\\n";
    shell::answer(
        Command::new("dpkg-query")
            .args(["--show", format, "libclang-*-dev"])
            .args(names),
    )
}

/// Those of `wanted` that the dpkg listing does not show as installed.
fn missing<'a>(wanted: &[&'a str], listing: &str) -> Vec<&'a str> {
    let installed: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.strip_suffix("\tinstalled"))
        .collect();
    let is_missing = |name: &&str| !installed.iter().any(|package| serves(package, name));
    wanted.iter().copied().filter(is_missing).collect()
}

/// Whether `package` is `wanted`, or the numbered package behind it: `libclang-16-dev` holds what
/// `libclang-dev` merely asks for.
fn serves(package: &str, wanted: &str) -> bool {
    let number = package
        .strip_prefix("libclang-")
        .and_then(|rest| rest.strip_suffix("-dev"));
    let is_numbered_libclang = number.is_some_and(|n| n.parse::<u32>().is_ok());
    package == wanted || (wanted == "libclang-dev" && is_numbered_libclang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_there_only_if_dpkg_calls_it_installed() {
        let listing = "nasm\tinstalled\nxvfb\tconfig-files\nffmpeg\tnot-installed\n";

        let missing = missing(&["nasm", "xvfb", "ffmpeg", "xclip"], listing);

        assert_eq!(missing, ["xvfb", "ffmpeg", "xclip"]);
    }

    #[test]
    fn a_package_of_two_architectures_is_there_if_one_is() {
        let listing = "libegl1\tnot-installed\nlibegl1\tinstalled\n";

        assert!(missing(&["libegl1"], listing).is_empty());
    }

    #[test]
    fn a_numbered_libclang_serves_but_its_headers_alone_do_not() {
        let numbered = "libclang-16-dev\tinstalled\n";
        let headers = "libclang-common-16-dev\tinstalled\n";

        assert!(missing(&["libclang-dev"], numbered).is_empty());
        assert_eq!(missing(&["libclang-dev"], headers), ["libclang-dev"]);
    }

    #[test]
    fn no_package_is_listed_twice() {
        let mut names: Vec<&str> = BUILD
            .iter()
            .chain(&RUN)
            .chain(&TESTS)
            .map(|package| package.name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), count);
    }
}
