//! Which features answer a query.
