//! Every shader, checked without a GPU: it is listed, it is valid, and its structs lie in memory
//! as the Rust ones do.

use std::collections::BTreeSet;
use std::fs;
use std::mem::offset_of;
use std::path::Path;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use vizard::gpu::shaders::{ALL, COMPOSITE, Shader, WINDOW};
use vizard::gpu::uniforms::{CompositeUniforms, Layer, WindowUniforms};

/// The parsed shader; panics with naga's own drawing of the place.
fn parsed(shader: &Shader) -> naga::Module {
    let source = shader.source();
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|error| panic!("{}.wgsl: {}", shader.name, error.emit_to_string(&source)));
    // No capabilities beyond the base: OpenGL adapters have none.
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}.wgsl: {}", shader.name, error.emit_to_string(&source)));
    module
}

/// `(member, offset)` of every member, then `("", size)`.
fn layout(module: &naga::Module, name: &str) -> Vec<(String, usize)> {
    let found = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some(name));
    let Some((_, naga::Type { inner, .. })) = found else {
        panic!("no struct {name}");
    };
    let naga::TypeInner::Struct { members, span } = inner else {
        panic!("{name} is no struct");
    };
    members
        .iter()
        .map(|m| (m.name.clone().unwrap_or_default(), m.offset as usize))
        .chain([(String::new(), *span as usize)])
        .collect()
}

/// The same of a Rust struct.
macro_rules! rust_layout {
    ($type:ty: $($member:ident),+) => {
        vec![
            $((stringify!($member).to_owned(), offset_of!($type, $member)),)+
            (String::new(), size_of::<$type>()),
        ]
    };
}

#[test]
fn every_shader_is_valid() {
    for shader in ALL {
        let module = parsed(shader);

        let names: Vec<_> = module.entry_points.iter().map(|e| &*e.name).collect();
        assert_eq!(names, ["vs_main", "fs_main"], "{}", shader.name);
    }
}

#[test]
fn every_shader_file_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "wgsl"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();

    let listed = ALL.iter().map(|shader| shader.name.to_owned()).collect();

    assert_eq!(files, listed);
}

#[test]
fn composite_uniforms_lie_as_the_shader_reads_them() {
    let module = parsed(&COMPOSITE);

    assert_eq!(
        layout(&module, "Layer"),
        rust_layout!(Layer: crop_from_frame_x, crop_from_frame_y, size, opacity, padding)
    );
    assert_eq!(
        layout(&module, "CompositeUniforms"),
        rust_layout!(CompositeUniforms: layers, count, padding_x, padding_y, padding_z)
    );
}

#[test]
fn window_uniforms_lie_as_the_shader_reads_them() {
    let module = parsed(&WINDOW);

    assert_eq!(
        layout(&module, "WindowUniforms"),
        rust_layout!(WindowUniforms: points, padding)
    );
}
