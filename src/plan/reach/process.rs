//! The question about reach as a process.

use super::answer;
use super::question::Question;
use super::texts::WORDS;
use crate::plan::inputs;
use crate::plan::inputs::{Parameter, Reading};
use crate::plan::process::{Process, Shape};

/// The process: its texts, its parameters, and the types of its inputs and answers.
pub const PROCESS: Process = Process {
    id: "reach",
    words: &WORDS,
    parameters: &[
        &[
            Parameter::new("points", &["points"], Reading::Points),
            Parameter::new("addresses", &["addresses"], Reading::TextsApart),
        ],
        &inputs::FACILITIES,
        &inputs::WITHIN,
        &[
            inputs::PROFILE,
            Parameter::new("merge", &["merge"], Reading::Boolean),
            Parameter::new("persons", &["persons"], Reading::Boolean),
            inputs::AGES,
            inputs::DATE,
        ],
    ],
    shapes: &[Shape::of::<Question, answer::ReachAnswer>()],
    answer: answer::answer,
};
