//! The answer about coverage in the form in which it is serialized.

use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::CoverageEvidence;
use super::question::Question;
use crate::catalog::Words;
use crate::plan::answer::NamedArea;
use crate::plan::disclosure::{Published, PublishedSplit};
use crate::plan::warnings::Warnings;

/// Who has a facility within reach, and who has not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoverageAnswer {
    /// The figures of the answer.
    #[serde(flatten)]
    pub figures: Answered,
    /// Where those live who have none within reach.
    pub unserved: UnservedPlaces,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: CoverageEvidence,
}

/// Figures; where facilities are added or removed, before and after that.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Answered {
    /// As it is.
    AsItIs(Box<CoverageFigures>),
    /// With facilities added or removed.
    WhatIf {
        /// As it is.
        before: Box<CoverageFigures>,
        /// As it would be.
        after: Box<CoverageFigures>,
        /// What would be different.
        difference: CoverageChanges,
    },
}

/// Persons of the whole, and by step and area.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageFigures {
    /// Of the whole.
    #[serde(flatten)]
    pub total: PublishedSplit,
    /// By step of a rule that has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<OfStep>>,
    /// By area of the level above, if these were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parents: Option<Vec<OfParent>>,
    /// The figures by area.
    pub areas: Vec<OfArea>,
    /// Of persons in none of the areas, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_no_area: Option<PublishedSplit>,
}

/// The persons that a step of a rule is for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OfStep {
    /// The longest way in metres.
    pub distance: f64,
    /// The age groups.
    pub groups: Vec<String>,
    /// The figures of all persons.
    #[serde(flatten)]
    pub split: PublishedSplit,
}

/// The persons of an area of the level above.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OfParent {
    /// The area of the figures.
    #[serde(flatten)]
    pub area: NamedArea,
    /// The figures of its persons.
    #[serde(flatten)]
    pub split: PublishedSplit,
}

/// The persons of an area.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OfArea {
    /// The area of the figures.
    #[serde(flatten)]
    pub area: NamedArea,
    /// The area of the level above that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<NamedArea>,
    /// The figures of its persons.
    #[serde(flatten)]
    pub split: PublishedSplit,
}

/// Differences of the whole, and of those areas that have any.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoverageChanges {
    /// Of the whole.
    #[serde(flatten)]
    pub total: CoverageChange,
    /// The differences by area.
    pub areas: Vec<ChangeOfArea>,
}

/// The differences of an area.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeOfArea {
    /// The area of the differences.
    #[serde(flatten)]
    pub area: NamedArea,
    /// The differences of its figures.
    #[serde(flatten)]
    pub change: CoverageChange,
}

/// Differences of the numbers shown, after less before.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageChange {
    /// Persons within reach.
    pub covered: Published,
    /// Persons not within reach.
    pub uncovered: Published,
    /// Covered of all.
    pub share: Published,
    /// Not covered of all.
    pub uncovered_share: Published,
    /// Within how many persons of the exact difference nineteen of twenty protected ones lie;
    /// absent where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

/// The places where persons live who have nothing within reach.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnservedPlaces {
    /// The side of a cell in metres.
    pub cell_side: f64,
    /// How many cells there are.
    pub cells: usize,
    /// Some of them, those with the most persons.
    pub places: Vec<UnservedPlace>,
}

/// A cell where persons live who have nothing within reach.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnservedPlace {
    /// Its middle: longitude, latitude.
    pub centre: Option<[f64; 2]>,
    /// The number of persons.
    pub persons: Published,
}
