//! ONNX Runtime without knowledge of faces: finds the library, opens networks, runs them.

// Finds the library, and loads it once.
pub mod runtime;

// The committed description of a network.
pub mod card;

// The networks that ship, or a folder that replaces them.
pub mod store;

// One network, checked against its card.
pub mod model;

// The hardware that actually runs a network.
pub mod provider;

// The only place that converts pixels to tensors of floats and back.
pub mod tensor;
