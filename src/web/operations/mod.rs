//! Addresses for the operator: health, readiness, metrics, and reports of changes.

pub mod health;
pub mod metrics;
pub mod operator;
