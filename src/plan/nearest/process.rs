//! The question about the nearest facilities as a process.

use super::answer;
use super::question::Question;
use super::texts::WORDS;
use crate::plan::inputs::{Parameter, Reading};
use crate::plan::process::{Process, Shape};
use crate::plan::{distances, inputs};

/// The process: its texts, its parameters, and the types of its inputs and answers.
pub const PROCESS: Process = Process {
    id: "nearest",
    words: &WORDS,
    parameters: &[
        &[
            Parameter::new("point", &["point"], Reading::Point),
            Parameter::new("address", &["address"], Reading::Text),
        ],
        &inputs::FACILITIES,
        &[
            Parameter::new("k", &["k"], Reading::Number),
            inputs::PROFILE,
            Parameter::new("route", &["route"], Reading::Boolean),
            inputs::AGES,
            inputs::DATE,
            inputs::BY,
            Parameter::new("per_address", &["per_address"], Reading::Boolean),
        ],
    ],
    shapes: &[
        Shape::of::<Question, answer::NearestAnswer>(),
        Shape::of::<distances::Question, distances::answer::DistancesAnswer>(),
    ],
    answer: answer::answer,
};
