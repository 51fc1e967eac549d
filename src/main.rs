//! The commands of veedel.

fn main() {}
