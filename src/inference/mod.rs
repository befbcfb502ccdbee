//! ONNX Runtime without knowledge of faces: finding the library, opening networks, running them.

// Where the library lies, and loading it once.
pub mod runtime;

// The committed description of a network.
pub mod card;

// The networks that ship, or a folder that replaces them.
pub mod store;

// One network, checked against its card.
pub mod model;

// Which hardware really runs a network.
pub mod provider;

// The only place where pixels become tensors of floats and back.
pub mod tensor;
