//! What is committed, and the tile that shows it.

/// What is committed, and the tile that shows it: of zoom 14, where the rows lie.
pub struct Commit {
    pub what: &'static str,
    pub sql: fn(usize) -> String,
    pub tile: &'static str,
}

pub const COMMITS: [Commit; 4] = [
    Commit {
        what: "1 of 1,000 points moved",
        sql: |run| format!("UPDATE punkt SET geom = ST_Translate(geom, {}, 0) WHERE id = 7;", step(run)),
        tile: "punkt",
    },
    Commit {
        what: "10 of 300,000 polygons renamed",
        sql: |run| format!("UPDATE haus SET name = 'neu {run}' WHERE id BETWEEN 602 AND 611;"),
        tile: "haus",
    },
    Commit {
        what: "1 of 300,000 polygons moved",
        sql: |run| format!("UPDATE haus SET geom = ST_Translate(geom, {}, 0) WHERE id = 607;", step(run)),
        tile: "haus",
    },
    Commit {
        what: "10 of 300,000 polygons moved",
        sql: |run| {
            format!(
                "UPDATE haus SET geom = ST_Translate(geom, 0, {}) WHERE id BETWEEN 602 AND 611;",
                step(run)
            )
        },
        tile: "haus",
    },
];

/// There and back, so that the table stays what it was.
pub fn step(run: usize) -> i32 {
    if run.is_multiple_of(2) { 5 } else { -5 }
}

/// The tile of zoom 14 in which the first rows lie.
pub const TILE: [u32; 2] = [8504, 5492];
