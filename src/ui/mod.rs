//! The panels: egui functions that read a [`Scene`](scene::Scene) and return
//! [`UiAction`](action::UiAction)s. They hold no lock and call no stage.

// What the person asked for.
pub mod action;

// What the panels read.
pub mod scene;

// Everything in the window, and the little that it remembers.
pub mod view;

// Colours, type and spacing.
pub mod theme;

// The keyboard.
pub mod keys;

// The plain lines about troubles and saved files.
pub mod notices;

// The overlay that takes a new picture.
pub mod add_style;

// Cards, switches, sliders and buttons in the house's look.
mod controls;

// The line at the top: name, state, toggles.
mod header;

// The overlay that lists the keys.
mod help;

// Small drawings.
mod icons;

// The live picture with its lines.
mod picture_panel;

// Record and status.
mod record_panel;

// The knobs.
mod settings_panel;

// The reference and its face.
mod reference_panel;

// Speed, provider, counts.
mod stats_panel;

// The row of styles.
mod style_strip;
