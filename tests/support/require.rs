//! What a test needs of the machine. `VIZARD_REQUIRE=ffmpeg,display,...` makes a test fail for what is missing;
//! without it the test is skipped, and says so. `cargo xtask test` names all that it sets up.

/// Says that `need` is missing here; fails where it is required.
#[expect(
    clippy::print_stdout,
    reason = "a skipped test says why it was skipped"
)]
pub(crate) fn missing(need: &str, why: &str) {
    let required = std::env::var("VIZARD_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|name| name == need),
        "{need} is required by VIZARD_REQUIRE, and {why}"
    );
    println!("skipped: {why}");
}
