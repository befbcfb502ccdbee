//! The panels: egui functions that read a [`Scene`](scene::Scene) and return
//! [`UiAction`](action::UiAction)s. They hold no lock and call no stage.

// The user's actions.
pub mod action;

// The input of the panels.
pub mod scene;

// The whole window, and its state.
pub mod view;

// Colours, type and spacing.
pub mod theme;

// The keyboard.
pub mod keys;

// Messages about errors and saved files.
pub mod notices;

// The overlay for adding a picture.
pub mod add_style;

// Cards, switches, sliders and buttons in Vizard's style.
mod controls;

// The header: name, state, toggles.
mod header;

// The overlay that lists the keyboard shortcuts.
mod help;

// Small icons.
mod icons;

// The live picture with its messages.
mod picture_panel;

// The buttons to save a still and to record.
mod record_panel;

// The settings.
mod settings_panel;

// The reference and its face.
mod reference_panel;

// Speed, provider, counts.
mod stats_panel;

// The row of styles.
mod style_strip;
