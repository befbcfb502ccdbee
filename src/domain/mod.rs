//! The vocabulary of Vizard: plain values that every other module shares. It imports no other module.

// Points, rectangles and transforms, typed by coordinate space.
pub mod geometry;

// One picture of a camera or clip, and when it was taken.
pub mod frame;

// Data about faces: detections, tracks, regions, crops.
pub mod face;

// Setting a face's points by hand.
pub mod fit;

// Converts 68 landmarks to and from the convention used in files.
mod file_points;

// 68 facial landmarks: shape, expression, pose.
pub mod shape;

// Segmentation of a crop into skin, neck and hair.
pub mod labels;

// Styles and the codes that select them.
pub mod style;

// A frame with its layers.
pub mod composition;

// Clocks and stage timings.
pub mod timing;

// Bounded channel between threads: newest wins, or every value counts.
pub mod lane;

// Five facial landmarks.
pub mod keypoints;

// One description of each numeric setting.
pub mod knob;

// Named threads, and caught panics.
pub mod thread;

// Deliberate panics, for tests.
pub mod fault;

// How much of the picture is painted.
pub mod region;

// Every setting, with unit, default and bounds.
pub mod settings;

// Commands from the window to the pipeline, and the pipeline's status.
pub mod control;
