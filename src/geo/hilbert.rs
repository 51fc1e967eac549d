//! The Hilbert curve over the 32-bit world grid. Features that are close on the map become close in
//! memory.

/// Returns the position of a point of the world grid on the Hilbert curve of order 32 (D. Hilbert,
/// "Über die stetige Abbildung einer Linie auf ein Flächenstück", Mathematische Annalen 38, 1891).
///
/// The position depends on nothing but the point. So the order of two features never changes when
/// other features are added or removed.
///
/// ```
/// use veedel::geo::hilbert::index;
///
/// assert_eq!(index([i32::MIN, i32::MIN]), 0);
/// assert_eq!(index([i32::MIN + 1, i32::MIN]), 1);
/// ```
pub fn index([x, y]: [i32; 2]) -> u64 {
    let (mut x, mut y) = ((x as u32) ^ 0x8000_0000, (y as u32) ^ 0x8000_0000);
    let mut index = 0u64;
    let mut side = 1u32 << 31;
    while side > 0 {
        let (right, up) = (u32::from(x & side > 0), u32::from(y & side > 0));
        index += u64::from(side) * u64::from(side) * u64::from((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_quadrants_come_in_the_order_of_the_curve() {
        let far = i32::MAX / 2;
        let order = [[-far, -far], [-far, far], [far, far], [far, -far]].map(index);
        assert!(order.is_sorted(), "{order:?}");
    }

    #[test]
    fn neighbours_on_the_curve_are_neighbours_on_the_grid() {
        // Over an aligned block of 16 × 16 steps the curve visits each cell once, moving by one
        // step.
        let mut cells: Vec<([i32; 2], u64)> =
            (0..16).flat_map(|x| (0..16).map(move |y| ([x, y], index([x, y])))).collect();
        cells.sort_by_key(|cell| cell.1);
        for pair in cells.windows(2) {
            let ([x0, y0], i0) = pair[0];
            let ([x1, y1], i1) = pair[1];
            assert_eq!(i1, i0 + 1);
            assert_eq!((x1 - x0).abs() + (y1 - y0).abs(), 1);
        }
    }
}
