//! Files that are truncated, have wrong lengths or are damaged: each gives an answer, without a
//! panic and without much memory.

use std::sync::atomic::{AtomicU64, Ordering};

use ::flatgeobuf::GeometryType;

use super::tests::*;
use super::*;

#[test]
fn a_file_without_features_is_served_and_one_without_index_is_not() {
    assert_eq!(read(&points(0, true)).unwrap().rows(), 0);
    assert_eq!(read(&points(0, false)).unwrap().rows(), 0);
    for count in [1, 2, 16, 17, 300] {
        assert_eq!(read(&points(count, true)).unwrap().rows(), count as u32);
    }
    let refused = read(&points(3, false)).map(|_| ()).unwrap_err();
    assert!(refused.what.contains("index") && refused.hint.unwrap().contains("SPATIAL_INDEX"));
    let mut unknown = points(0, false);
    unknown.extend_from_slice(&[0; 40]);
    assert!(fault(&unknown).contains("index"));
}

#[test]
fn other_files_and_other_versions_are_named() {
    let mut bytes = points(3, true);
    bytes[3] = 2;
    assert!(fault(&bytes).contains("version 2"));
    assert!(fault(b"PK\x03\x04 something").contains("does not begin"));
    assert!(fault(b"").contains("first 8 bytes"));
}

#[test]
fn every_truncation_is_an_error_and_a_look_sees_it() {
    let bytes = points(20, true);
    let sidecar = Sidecar::default();
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        assert!(look(&mut Input::of_bytes(cut.to_vec()), &sidecar).is_err(), "cut at {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(fault(&longer).contains("1 bytes follow"));
}

/// Replaces a field of a header, which is found by its value.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    let mut changed = bytes.to_vec();
    changed[at..at + to.len()].copy_from_slice(to);
    changed
}

#[test]
fn lying_counts_and_sizes_are_found() {
    let bytes = points(77, true);
    for lie in [0u64, 1, 76, 78, 1 << 32, 1 << 60, u64::MAX] {
        let lying = replace(&bytes, &77u64.to_le_bytes(), &lie.to_le_bytes());
        assert!(read(&lying).is_err(), "{lie} features");
    }
    for size in [0u32, 3, 1 << 20, u32::MAX] {
        let mut lying = bytes.clone();
        lying[8..12].copy_from_slice(&size.to_le_bytes());
        assert!(read(&lying).is_err(), "a header of {size} bytes");
    }
    let header = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let first = 12 + header + (77 + 5 + 1) * 40;
    for size in [0u32, 3, 1 << 20, u32::MAX] {
        let mut lying = bytes.clone();
        lying[first..first + 4].copy_from_slice(&size.to_le_bytes());
        let what = fault(&lying);
        assert!(what.contains("feature 1 of 77"), "a feature of {size} bytes: {what}");
    }
    let unknown_column = replace(&bytes, "größer".as_bytes(), b"\xff\xffabcdef");
    assert_eq!(read(&unknown_column).unwrap().rows(), 77);
}

/// Returns pseudo-random numbers (splitmix64), so that each run makes the same mutations.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[test]
fn random_damage_is_an_answer_never_a_panic() {
    let originals = [
        points(40, true),
        every_column(),
        mixed(&[
            "MULTIPOLYGON(((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1)),((20 20,30 20,30 30,20 20)))",
            "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))",
        ]),
        collection(),
    ];
    let (mut state, refused) = (1, AtomicU64::new(0));
    for round in 0..20_000usize {
        let mut bytes = originals[round % originals.len()].clone();
        for _ in 0..=next(&mut state) % 8 {
            let at = next(&mut state) as usize % bytes.len();
            let value = next(&mut state).to_le_bytes();
            // Replace one byte, or a whole length, offset or number by an extreme value.
            match value[1] % 4 {
                0 => bytes[at] = value[0],
                1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][value[0] as usize % 5],
                2 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
                _ => bytes[at] ^= 1 << (value[0] % 8),
            }
        }
        match read(&bytes) {
            Err(_) => drop(refused.fetch_add(1, Ordering::Relaxed)),
            Ok(builder) => drop(builder.finish(jiff::Timestamp::UNIX_EPOCH)),
        }
    }
    let refused = refused.into_inner();
    assert!((2_000..20_000).contains(&refused), "{refused} of 20,000 refused");
}

#[test]
fn deep_nesting_is_refused() {
    fn nested(depth: usize) -> Vec<u8> {
        use ::flatgeobuf::{Feature, FeatureArgs, Geometry, GeometryArgs};
        let mut builder = flatbuffers::FlatBufferBuilder::new();
        let xy = builder.create_vector(&[1.0f64, 2.0]);
        let args = GeometryArgs { xy: Some(xy), type_: GeometryType::Point, ..Default::default() };
        let mut geometry = Geometry::create(&mut builder, &args);
        for _ in 0..depth {
            // Each level contains the level below twice, so few bytes describe 2^depth points.
            let parts = builder.create_vector(&[geometry, geometry]);
            let args = GeometryArgs {
                parts: Some(parts),
                type_: GeometryType::GeometryCollection,
                ..Default::default()
            };
            geometry = Geometry::create(&mut builder, &args);
        }
        let feature =
            Feature::create(&mut builder, &FeatureArgs { geometry: Some(geometry), ..Default::default() });
        builder.finish_size_prefixed(feature, None);
        builder.finished_data().to_vec()
    }
    for depth in [33, 100, 10_000] {
        let bytes = nested(depth);
        let feature =
            ::flatgeobuf::size_prefixed_root_as_feature_with_opts(&header::verifier(bytes.len()), &bytes);
        assert!(feature.is_err(), "{depth} levels of doubled tables");
    }
    let bytes = nested(2);
    let feature = ::flatgeobuf::size_prefixed_root_as_feature(&bytes).unwrap();
    let mut shape = crate::geo::Shape::default();
    let kind = GeometryType::Unknown;
    assert!(geometry::read(&feature.geometry().unwrap(), kind, bytes.len(), &mut shape).is_ok());
    assert_eq!((shape.xy.len(), shape.members.len()), (4, 4));
    // The same tables in a feature whose stated size is smaller than its vertices.
    let too_many = geometry::read(&feature.geometry().unwrap(), kind, 40, &mut crate::geo::Shape::default());
    assert!(too_many.unwrap_err().what.contains("more vertices"));
}

#[test]
fn any_edits_of_a_file_are_an_answer() {
    let original = every_column();
    bolero::check!().with_test_time(crate::fuzz_time()).for_each(|edits: &[u8]| {
        let mut bytes = original.clone();
        for edit in edits.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % bytes.len();
            bytes[at] = edit[2];
        }
        if let Ok(builder) = read(&bytes) {
            drop(builder.finish(jiff::Timestamp::UNIX_EPOCH));
        }
    });
}
