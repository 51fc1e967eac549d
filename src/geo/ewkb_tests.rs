//! Tests of [`super`]: bytes as PostGIS 3.3 writes them, hostile bytes, and random ones.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use proptest::prelude::*;

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn shape_of(bytes: &[u8]) -> (Shape, Header) {
    let mut shape = Shape::default();
    let header = read(bytes, &mut shape).unwrap();
    (shape, header)
}

fn roles(shape: &Shape) -> Vec<(Role, u32)> {
    shape.parts.iter().map(|part| (part.role, part.end)).collect()
}

fn failure(bytes: &[u8]) -> Error {
    let mut shape = Shape::default();
    let error = read(bytes, &mut shape).unwrap_err();
    assert_eq!(shape, Shape::default(), "a failure leaves nothing behind");
    assert_eq!(error.kind, Kind::Invalid);
    error
}

/// A geometry with an EWKB head: little-endian, type with flags, then 32-bit counts and vertices.
fn wkb(code: u32, body: &[u8]) -> Vec<u8> {
    [&[1][..], &code.to_le_bytes(), body].concat()
}

fn counted(items: &[Vec<u8>]) -> Vec<u8> {
    [&(items.len() as u32).to_le_bytes()[..], &items.concat()].concat()
}

fn vertices(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn line(points: &[[f64; 2]]) -> Vec<u8> {
    let items: Vec<_> = points.iter().map(|point| vertices(point)).collect();
    counted(&items)
}

const COLLECTION_ZM: &str = "01070000e0e61000000400000001010000c0000000000000f03f0000000000000040000000000000\
    0840000000000000104001040000c00200000001010000c0000000000000f03f000000000000f03f000000000000f03f00000000\
    0000f03f01010000c0000000000000004000000000000000400000000000000040000000000000004001070000c0010000000102\
    0000c0020000000000000000000000000000000000000000000000000000000000000000000000000000000000f03f0000000000\
    00f03f000000000000f03f000000000000f03f01030000c000000000";

/// The same by ST_AsBinary(…, 'XDR'): ISO type codes, big-endian.
const COLLECTION_ZM_ISO: &str = "0000000bbf000000040000000bb93ff000000000000040000000000000004008000000000000\
    40100000000000000000000bbc000000020000000bb93ff00000000000003ff00000000000003ff00000000000003ff000000000\
    00000000000bb940000000000000004000000000000000400000000000000040000000000000000000000bbf000000010000000b\
    ba0000000200000000000000000000000000000000000000000000000000000000000000003ff00000000000003ff00000000000\
    003ff00000000000003ff00000000000000000000bbb00000000";

#[test]
fn a_collection_is_flat_whichever_dialect_it_is_written_in() {
    let (shape, header) = shape_of(&bytes(COLLECTION_ZM));
    assert_eq!(header, Header { srid: Some(4326), had_m: true, ..Header::default() });
    assert_eq!(shape.kind, Some(GeometryType::GeometryCollection));
    assert_eq!(shape.xy, [[1.0, 2.0], [1.0, 1.0], [2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]);
    assert_eq!(shape.z, [3.0, 1.0, 2.0, 0.0, 1.0]);
    assert_eq!(roles(&shape), [(Role::Points, 1), (Role::Points, 3), (Role::Line, 5)]);
    // The empty polygon is gone, the line of the inner collection is a member of the outer one.
    let member = |kind| Member { kind, parts: 1 };
    use GeometryType::*;
    assert_eq!(shape.members, [member(Point), member(MultiPoint), member(LineString)]);

    let (iso, header) = shape_of(&bytes(COLLECTION_ZM_ISO));
    assert_eq!(iso, shape);
    assert_eq!(header.srid, None);
}

#[test]
fn a_curve_polygon_keeps_its_control_points() {
    let hex = "002000000a000064e800000002000000000900000002000000000800000005000000000000000000000000000000004000\
        000000000000000000000000000040000000000000003ff0000000000000400000000000000040080000000000004010000000000000\
        400800000000000000000000020000000440100000000000004008000000000000401000000000000040140000000000003ff0000000\
        0000004010000000000000000000000000000000000000000000000000000008000000053ffb3333333333333ff00000000000003ff6\
        6666666666663fd999999999999a3ff999999999999a3fd999999999999a3ff999999999999a3fe00000000000003ffb333333333333\
        3ff0000000000000";
    let (shape, header) = shape_of(&bytes(hex));
    assert_eq!(header, Header { srid: Some(25832), had_curves: true, ..Header::default() });
    assert_eq!(shape.kind, Some(GeometryType::Polygon));
    let [exterior, interior] = shape.parts.as_slice() else { panic!("{:?}", shape.parts) };
    assert_eq!((exterior.role, interior.role), (Role::Exterior, Role::Interior));
    let rings = shape.xy.split_at(exterior.end as usize);
    for ring in [rings.0, rings.1] {
        assert_eq!(ring.first(), ring.last());
        assert!(ring.windows(2).all(|pair| pair[0] != pair[1]), "no vertex is repeated");
    }
    for control in [[2.0, 0.0], [2.0, 1.0], [2.0, 3.0], [4.0, 3.0], [4.0, 5.0], [1.0, 4.0]] {
        assert!(rings.0.contains(&control), "{control:?}");
    }
    assert!(rings.0.len() > 40 && rings.1.len() > 40);
}

#[test]
fn multi_surfaces_and_multi_curves_become_their_straight_kin() {
    let surface = "010c00000002000000010a000000010000000108000000030000000000000000000000000000000000000000000000\
        0000004000000000000000000000000000000000000000000000000001030000000100000004000000000000000000244000000000\
        000024400000000000002c4000000000000028400000000000002640000000000000244000000000000024400000000000002440";
    let (shape, header) = shape_of(&bytes(surface));
    assert!(header.had_curves);
    assert_eq!(shape.kind, Some(GeometryType::MultiPolygon));
    assert_eq!(roles(&shape), [(Role::Exterior, 129), (Role::Exterior, 133)]);

    let curve = "010b00000002000000010200000002000000000000000000000000000000000000000000000000001440000000000000\
        14400108000000030000000000000000001040000000000000000000000000000010400000000000001040000000000000204000\
        00000000001040";
    let (shape, _) = shape_of(&bytes(curve));
    assert_eq!(shape.kind, Some(GeometryType::MultiLineString));
    assert_eq!(shape.parts.len(), 2);
    assert_eq!(shape.xy.last(), Some(&[8.0, 4.0]));
}

#[test]
fn empty_is_without_type_and_empty_members_are_dropped() {
    let (shape, header) = shape_of(&bytes("0101000020e8640000000000000000f87f000000000000f87f"));
    assert_eq!((shape, header.srid), (Shape::default(), Some(25832)));
    let multi = "0104000000020000000101000000000000000000f87f000000000000f87f0101000000000000000000f03f00000000\
        00000040";
    let (shape, _) = shape_of(&bytes(multi));
    assert_eq!(shape.xy, [[1.0, 2.0]]);
    for code in [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] {
        assert_eq!(shape_of(&wkb(code, &counted(&[]))).0, Shape::default(), "{code}");
    }
    // A collection of nothing but an empty point.
    let point = wkb(1, &vertices(&[f64::NAN, f64::NAN]));
    assert_eq!(shape_of(&wkb(7, &counted(&[point]))).0, Shape::default());
    // Holes without an exterior.
    let rings = [line(&[]), line(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])];
    assert_eq!(shape_of(&wkb(3, &counted(&rings))).0, Shape::default());
}

#[test]
fn a_point_with_one_nan_is_not_empty() {
    let (shape, _) = shape_of(&wkb(1, &vertices(&[f64::NAN, 1.0])));
    assert_eq!(shape.kind, Some(GeometryType::Point));
    assert!(!shape.is_finite());
}

#[test]
fn coordinates_are_kept_to_the_bit_in_both_byte_orders() {
    let odd = [f64::from_bits(0x7ff8_dead_beef_0001), -0.0, f64::MIN_POSITIVE / 3.0, 0.1 + 0.2];
    let little = wkb(2, &line(&[[odd[0], odd[1]], [odd[2], odd[3]]]));
    let mut big = vec![0, 0, 0, 0, 2, 0, 0, 0, 2];
    big.extend(odd.iter().flat_map(|number| number.to_be_bytes()));
    for bytes in [little, big] {
        let read: Vec<u64> = shape_of(&bytes).0.xy.iter().flatten().map(|number| number.to_bits()).collect();
        assert_eq!(read, odd.map(f64::to_bits));
    }
}

#[test]
fn an_open_ring_is_closed() {
    let ring = line(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
    let (shape, _) = shape_of(&wkb(3, &counted(&[ring])));
    assert_eq!(shape.xy, [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]);
}

#[test]
fn members_with_and_without_heights_mix() {
    let flat = wkb(1, &vertices(&[1.0, 2.0]));
    let high = wkb(1 | Z_FLAG, &vertices(&[3.0, 4.0, 5.0]));
    let (shape, _) = shape_of(&wkb(7, &counted(&[flat.clone(), high, flat])));
    assert_eq!(shape.z.len(), 3);
    assert!(shape.z[0].is_nan() && shape.z[1] == 5.0 && shape.z[2].is_nan());
}

#[test]
fn what_simple_features_lack_is_told_from_what_is_broken() {
    let tin = "011000008001000000011100008001000000040000000000000000000000000000000000000000000000000000000000000000\
        000000000000000000000000000000000000000000f03f0000000000000000000000000000f03f00000000000000000000000000000000\
        00000000000000000000000000000000";
    let tin = bytes(tin);
    for bytes in [&tin, &wkb(7, &counted(&[wkb(1, &vertices(&[1.0, 2.0])), tin.clone()]))] {
        let (shape, header) = shape_of(bytes);
        assert!(header.unsupported);
        assert_eq!(shape, Shape::default());
    }
    for code in [0, 13, 14, 18, 99, 4001, 999_999_999, 0x1000_0001] {
        assert!(failure(&wkb(code, &counted(&[]))).what.contains("no geometry type"), "{code}");
    }
}

#[test]
fn counts_are_not_believed() {
    for code in 2..=12 {
        for count in [u32::MAX, u32::MAX / 16, 0x1000_0000, 1] {
            failure(&wkb(code, &count.to_le_bytes()));
        }
    }
    failure(&[]);
    failure(&[2, 1, 0, 0, 0]);
    failure(&wkb(1, &vertices(&[1.0])));
}

#[test]
fn bytes_after_the_end_are_a_fault() {
    let point = [wkb(1, &vertices(&[1.0, 2.0])), vec![0]].concat();
    assert!(failure(&point).what.contains("1 bytes follow"));
}

#[test]
fn members_must_be_of_the_kind_of_their_multi() {
    let point = wkb(1, &vertices(&[1.0, 2.0]));
    let string = wkb(2, &line(&[[0.0, 0.0], [1.0, 1.0]]));
    for (code, member) in [(4, &string), (5, &point), (6, &string), (9, &point), (10, &point), (12, &point)] {
        failure(&wkb(code, &counted(std::slice::from_ref(member))));
    }
}

fn nested(depth: usize) -> Vec<u8> {
    let mut bytes = wkb(7, &1u32.to_le_bytes()).repeat(depth);
    bytes.extend(wkb(1, &vertices(&[1.0, 2.0])));
    bytes
}

#[test]
fn nesting_has_an_end() {
    let (shape, _) = shape_of(&nested(MAX_DEPTH as usize));
    assert_eq!(shape.members, [Member { kind: GeometryType::Point, parts: 1 }]);
    for depth in [MAX_DEPTH as usize + 1, 10_000, 1_000_000] {
        assert!(failure(&nested(depth)).what.contains("nested"));
    }
    // Curves cannot be nested at all.
    for code in [9, 10, 11, 12] {
        failure(&[wkb(code, &1u32.to_le_bytes()).repeat(100_000), vec![]].concat());
    }
}

#[test]
fn a_shape_is_used_again_without_a_trace() {
    let mut shape = Shape::default();
    read(&bytes(COLLECTION_ZM), &mut shape).unwrap();
    read(&wkb(1, &vertices(&[7.0, 8.0])), &mut shape).unwrap();
    assert_eq!(shape, shape_of(&wkb(1, &vertices(&[7.0, 8.0]))).0);
}

/// Bytes of a valid geometry: any type, any flags, any nesting up to a few levels.
fn geometry() -> impl Strategy<Value = Vec<u8>> {
    let points = prop::collection::vec([-9.0..9.0f64, -9.0..9.0], 0..6);
    let leaf = prop_oneof![
        [-9.0..9.0f64, -9.0..9.0].prop_map(|point| wkb(1, &vertices(&point))),
        points.clone().prop_map(|points| wkb(2, &line(&points))),
        points.clone().prop_map(|points| wkb(8, &line(&points))),
        prop::collection::vec(points, 0..3)
            .prop_map(|rings| wkb(3, &counted(&rings.iter().map(|ring| line(ring)).collect::<Vec<_>>()))),
        [-9.0..9.0f64, -9.0..9.0, 0.0..9.0]
            .prop_map(|point| wkb(1 | Z_FLAG | SRID_FLAG, &[&[9; 4][..], &vertices(&point)].concat())),
    ];
    leaf.prop_recursive(4, 24, 4, |member| {
        prop::collection::vec(member, 0..4).prop_map(|members| wkb(7, &counted(&members)))
    })
}

/// The laws that every shape obeys, and that a layer relies on.
fn check(shape: &Shape, length: usize) {
    let ends: Vec<u32> = shape.parts.iter().map(|part| part.end).collect();
    assert!(ends.is_sorted_by(|a, b| a < b), "no part is empty");
    assert_eq!(ends.last().copied().unwrap_or(0) as usize, shape.xy.len());
    assert!(shape.z.is_empty() || shape.z.len() == shape.xy.len());
    assert_eq!(shape.kind.is_none(), shape.parts.is_empty());
    if shape.kind == Some(GeometryType::GeometryCollection) {
        let parts: u32 = shape.members.iter().map(|member| member.parts).sum();
        assert_eq!(parts as usize, shape.parts.len());
        assert!(shape.members.iter().all(|member| member.kind != GeometryType::GeometryCollection));
    } else {
        assert!(shape.members.is_empty());
    }
    // An arc of three points is at most 129 vertices; all else is one vertex for its bytes, and
    // doubling.
    let held = shape.xy.capacity() * 16 + shape.z.capacity() * 8 + shape.parts.capacity() * 8;
    assert!(held <= 256 * length + 256, "{held} bytes for {length}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn valid_bytes_are_read(bytes in geometry()) {
        check(&shape_of(&bytes).0, bytes.len());
    }

    #[test]
    fn any_truncation_fails(bytes in geometry(), cut in any::<prop::sample::Index>()) {
        failure(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn mutated_bytes_never_break_the_laws(
        bytes in geometry(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = bytes;
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut shape = Shape::default();
        let _ = read(&bytes, &mut shape);
        check(&shape, bytes.len());
    }

    #[test]
    fn random_bytes_never_break_the_laws(
        code in 0u32..18, flags in 0u32..8, bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = wkb(code | flags << 29, &bytes);
        let mut shape = Shape::default();
        let _ = read(&bytes, &mut shape);
        check(&shape, bytes.len());
    }
}

#[test]
fn any_bytes_are_a_geometry_or_an_error() {
    bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
        let shape = &mut Shape::default();
        let _ = read(bytes, shape);
        // With a beginning that leads further in: little endian, and each of the types.
        for kind in 1..=17u8 {
            let _ = read(&[&[1, kind, 0, 0, 0], bytes].concat(), shape);
        }
    });
}
