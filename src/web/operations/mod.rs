//! For the operator: health, readiness, metrics, and what he says has changed.

pub mod health;
pub mod metrics;
pub mod operator;
