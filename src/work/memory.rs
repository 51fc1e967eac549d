//! Counts the memory that each thread has allocated and not freed.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use mimalloc::MiMalloc;

/// The allocator of the program: mimalloc, which counts the allocated bytes of each thread.
#[derive(Debug)]
pub struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// Returns the bytes that this thread has allocated minus those it has freed. It can be negative,
/// because a thread may free memory that another thread allocated. Returns 0 if [`Counting`] is not
/// the program's allocator.
pub fn held() -> isize {
    HELD.get()
}

#[inline]
fn count(bytes: isize) {
    HELD.set(HELD.get().wrapping_add(bytes));
}

// SAFETY: each call is handed to mimalloc as it is; counting allocates nothing and does not panic.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { MiMalloc.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { MiMalloc.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { MiMalloc.realloc(pointer, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_held_until_it_is_given_back() {
        let before = held();
        let mut bytes: Vec<u8> = Vec::with_capacity(10_000);
        assert_eq!(held() - before, 10_000);
        bytes.reserve_exact(30_000);
        assert_eq!(held() - before, 30_000);
        let zeros = vec![0_u64; 1_000];
        assert_eq!(held() - before, 38_000);
        drop((bytes, zeros));
        assert_eq!(held(), before);
    }
}
