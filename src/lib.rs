//! Vizard: your face, live, in the style of one picture.
//!
//! The modules, from the lowest layer up; each imports only modules above it in this list (ADR 0001 and
//! `tests/architecture.rs` hold the exact rules). `ARCHITECTURE.md` follows a frame through them.

// Vocabulary: plain values that every module shares.
pub mod domain;

// Tool: output files that appear whole or not at all.
pub mod files;

// Tool: reads and writes picture files, bounded and oriented.
pub mod pictures;

// Tool: wgpu without knowledge of faces.
pub mod gpu;

// Tool: ONNX Runtime without knowledge of faces.
pub mod inference;

// Tool: the styles that ship and those that the user added.
pub mod catalogue;

// Stages: one module each, in the order of a frame.
pub mod stages;

// Wiring: threads, lanes, and the order of the stages.
pub mod pipeline;

// Three calls that paint pictures, for other programs.
pub mod painter;

// Panels: egui functions from a snapshot to commands.
#[cfg(feature = "window")]
pub mod ui;

// Window: owns the panels, the GPU and the pipeline.
#[cfg(feature = "window")]
pub mod app;

// Command line: arguments in, text or JSON out.
#[cfg(feature = "cli")]
pub mod cli;
