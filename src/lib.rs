//! Vizard: your face, live, in the style of one picture.
//!
//! Rooms, from the ground up; each imports only rooms above it in this list (ADR 0001 and
//! `tests/architecture.rs` hold the exact rules). `ARCHITECTURE.md` tells a frame's journey.

// The words: plain values that every room shares.
pub mod domain;

// A tool: output files that appear whole or not at all.
pub mod files;

// A tool: picture files in and out, bounded and oriented.
pub mod pictures;

// A tool: wgpu without knowledge of faces.
pub mod gpu;

// A tool: ONNX Runtime without knowledge of faces.
pub mod inference;

// A tool: the styles that ship and those that the person added.
pub mod catalogue;

// The journey: one room a stage, in the order of a frame.
pub mod stages;

// The wiring: threads, lanes, and the order of the stages.
pub mod pipeline;

// The panels: egui functions from a snapshot to commands.
pub mod ui;

// The window: owns the panels, the GPU and the pipeline.
pub mod app;

// The command line: arguments in, text or JSON out.
pub mod cli;
