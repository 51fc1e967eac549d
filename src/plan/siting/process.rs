//! The question about sites as a process.

use super::answer;
use super::question::Question;
use super::texts::WORDS;
use crate::plan::inputs;
use crate::plan::inputs::{Parameter, Reading};
use crate::plan::process::{Process, Shape};

/// The process: its texts, its parameters, and the types of its inputs and answers.
pub const PROCESS: Process = Process {
    id: "siting",
    words: &WORDS,
    parameters: &[
        &inputs::FACILITIES,
        &inputs::WITHIN,
        &[
            Parameter::new("p", &["p"], Reading::Number),
            Parameter::new("candidates", &["candidates", "collection"], Reading::Text),
            Parameter::new("candidates_filter", &["candidates", "filter"], Reading::Text),
            inputs::PROFILE,
            inputs::AGES,
            inputs::DATE,
            inputs::BY,
        ],
    ],
    shapes: &[Shape::of::<Question, answer::SitingAnswer>()],
    answer: answer::answer,
};
