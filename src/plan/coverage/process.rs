//! The question about coverage as a process.

use super::question::Question;
use super::texts::WORDS;
use super::{answer, document};
use crate::plan::inputs;
use crate::plan::inputs::{Parameter, Reading};
use crate::plan::process::{Process, Shape};

/// The process: its texts, its parameters, and the types of its inputs and answers.
pub const PROCESS: Process = Process {
    id: "coverage",
    words: &WORDS,
    parameters: &[
        &inputs::FACILITIES,
        &inputs::WITHIN,
        &[inputs::PROFILE, inputs::AGES, inputs::DATE, inputs::BY],
        &[Parameter::new("rollup", &["rollup"], Reading::Boolean)],
    ],
    shapes: &[Shape::of::<Question, document::CoverageAnswer>()],
    answer: answer::answer,
};
