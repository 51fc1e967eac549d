//! The question about supply as a process.

use super::question::Question;
use super::texts::WORDS;
use super::{answer, document};
use crate::plan::inputs;
use crate::plan::inputs::{Parameter, Reading};
use crate::plan::process::{Process, Shape};

/// The process: its texts, its parameters, and the types of its inputs and answers.
pub const PROCESS: Process = Process {
    id: "supply",
    words: &WORDS,
    parameters: &[
        &inputs::FACILITIES,
        &[
            Parameter::new("capacity", &["capacity"], Reading::Text),
            Parameter::new("groups", &["groups"], Reading::Points),
            Parameter::new("target", &["target"], Reading::NumberOrText),
            inputs::DATE,
            inputs::BY,
        ],
    ],
    shapes: &[Shape::of::<Question, document::SupplyAnswer>()],
    answer: answer::answer,
};
