//! The question about one area as a process.

use super::answer;
use super::question::Question;
use super::texts::WORDS;
use crate::plan::inputs;
use crate::plan::inputs::{Parameter, Reading};
use crate::plan::process::{Process, Shape};

/// The process: its texts, its parameters, and the types of its inputs and answers.
pub const PROCESS: Process = Process {
    id: "profile",
    words: &WORDS,
    parameters: &[&[
        Parameter::new("polygon", &["polygon"], Reading::Json),
        Parameter::new("area", &["area"], Reading::Text),
        Parameter::new("level", &["level"], Reading::Text),
        inputs::PROFILE,
        inputs::DATE,
    ]],
    shapes: &[Shape::of::<Question, answer::ProfileAnswer>()],
    answer: answer::answer,
};
