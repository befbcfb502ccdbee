//! The words of Vizard: plain values that every other room shares. Imports nothing of ours.

// Points, rectangles and transforms that know their space.
pub mod geometry;

// One picture of a camera or clip, and when it was taken.
pub mod frame;

// What is known about faces: detections, tracks, regions, crops.
pub mod face;

// Setting a face's points by hand.
pub mod fit;

// How files of 68 points lie where ours do not.
mod file_points;

// 68 points of a face: shape, expression, pose.
pub mod shape;

// Where a crop shows skin, neck and hair.
pub mod labels;

// Styles and the codes that choose them.
pub mod style;

// A frame with what is drawn on it.
pub mod composition;

// Clocks and stage timings.
pub mod timing;

// Bounded hand-over between threads: newest wins, or every value counts.
pub mod lane;

// Five points of a face.
pub mod keypoints;

// One description of each setting that is a number.
pub mod knob;

// Threads with names, and panics that are caught.
pub mod thread;

// Panics on purpose, for tests.
pub mod fault;

// How much of the picture is painted.
pub mod region;

// Every knob, with unit, default and bounds.
pub mod settings;

// What the window asks of the pipeline, and what it is told.
pub mod control;
