//! Which licences the dependencies have: each must allow one of those that `deny.toml` lists. Where `cargo-deny` is
//! installed, it checks the rest of that file, too.

use std::process::Command;

use crate::check::{cargo, run};
use crate::failure::Failure;
use crate::places::Places;

/// Checks all that is built for Linux.
pub(crate) fn check(places: &Places) -> Result<(), Failure> {
    let file = places.root.join("deny.toml");
    let rules = std::fs::read_to_string(&file)
        .map_err(|why| Failure::new(format!("{} cannot be read: {why}.", file.display())))?;
    let mut tree = cargo(
        places,
        "tree --workspace --all-features --locked --prefix none --target x86_64-unknown-linux-gnu",
    );
    let output = tree
        .args(["--format", "{p}|{l}"])
        .output()
        .map_err(|why| Failure::new(format!("cargo tree did not start: {why}.")))?;
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || listed.is_empty() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::new(format!("cargo tree failed. {why}")));
    }
    let refused = refused(&listed, &rules);
    if !refused.is_empty() {
        return Err(Failure::new(format!(
            "deny.toml does not allow the licences of: {}.",
            refused.join(", ")
        )));
    }
    let has_deny = Command::new("cargo-deny").arg("--version").output().is_ok();
    if has_deny {
        run(cargo(places, "deny check"))?;
    }
    Ok(())
}

/// The dependencies of a tree, `NAME vVERSION ...|LICENCE` a line, that the rules do not allow.
fn refused(tree: &str, rules: &str) -> Vec<String> {
    let mut refused: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_once('|'))
        .filter_map(|(package, licence)| {
            let name = package.split(' ').next().unwrap_or_default();
            let licence = licence.trim_end_matches(" (*)").trim();
            let allowed = allowed(name, rules);
            (!satisfied(licence, &allowed)).then(|| format!("{name} ({licence})"))
        })
        .collect();
    refused.sort();
    refused.dedup();
    refused
}

/// What `name` may have: the licences of everybody, and its exceptions.
fn allowed(name: &str, rules: &str) -> Vec<String> {
    let quoted = |text: &str| -> Vec<String> {
        let parts = text.split('"').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    let common = rules.split_once("\nallow = [").map_or("", |(_, rest)| rest);
    let mut allowed = quoted(common.split(']').next().unwrap_or_default());
    let own = rules.lines().filter(|line| line.contains("{ crate = "));
    for words in own.map(quoted) {
        if words.first().is_some_and(|first| first == name) {
            allowed.extend_from_slice(&words[1..]);
        }
    }
    allowed
}

/// Whether an SPDX expression without nesting beyond one level of brackets holds with these licences.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace('/', " OR ");
    if let Some((before, rest)) = flat.split_once('(')
        && let Some((inner, after)) = rest.split_once(')')
    {
        let word = if satisfied(inner, allowed) {
            allowed.first().map_or("", String::as_str)
        } else {
            "none"
        };
        return satisfied(&format!("{before}{word}{after}"), allowed);
    }
    let is_allowed = |licence: &str| {
        let base = licence.split(" WITH ").next().unwrap_or_default().trim();
        allowed.iter().any(|allowed| allowed == base)
    };
    flat.split(" OR ")
        .any(|part| part.split(" AND ").all(is_allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "[licenses]\nallow = [\n    \"MIT\",\n    \"Apache-2.0\",\n]\nexceptions = [\n    \
                         { crate = \"fonts\", allow = [\"OFL-1.1\"] },\n]\n";

    #[test]
    fn one_of_several_licences_is_enough_but_all_of_a_sum_are_needed() {
        let allowed = allowed("any", RULES);

        assert!(satisfied("GPL-3.0 OR MIT", &allowed));
        assert!(satisfied("MIT/Apache-2.0", &allowed));
        assert!(satisfied("Apache-2.0 WITH LLVM-exception", &allowed));
        assert!(satisfied("(MIT OR GPL-3.0) AND Apache-2.0", &allowed));
        assert!(!satisfied("MIT AND GPL-3.0", &allowed));
        assert!(!satisfied("", &allowed));
    }

    #[test]
    fn what_is_not_allowed_is_named_once_and_exceptions_hold_for_their_crate() {
        let tree = "a v1 (path)|MIT\nfonts v2|MIT AND OFL-1.1\nbad v1|MPL-2.0\nbad v1|MPL-2.0 (*)\n\
                    other v1|OFL-1.1";

        assert_eq!(refused(tree, RULES), ["bad (MPL-2.0)", "other (OFL-1.1)"]);
    }
}
