//! The answer about supply in the form in which it is serialized.

use super::amount::Amount;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Light;
use super::evidence::SupplyEvidence;
use super::question::Question;
use crate::catalog::Words;
use crate::plan::answer::Scope;
use crate::plan::disclosure::Published;
use crate::plan::warnings::Warnings;

/// Capacity against population.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SupplyAnswer {
    /// What the capacity counts.
    pub unit: String,
    /// The capacity of all facilities.
    pub capacity: Amount,
    /// The figures of the answer.
    #[serde(flatten)]
    pub figures: Answered,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: SupplyEvidence,
}

/// Figures; where facilities are added or removed, before and after that.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Answered {
    /// As it is.
    AsItIs {
        /// Row by row.
        supply: Vec<SupplyRow>,
    },
    /// With facilities added or removed.
    WhatIf {
        /// As it is.
        before: Vec<SupplyRow>,
        /// As it would be.
        after: Vec<SupplyRow>,
        /// What would be different, of rows where anything is.
        difference: Vec<SupplyChange>,
    },
}

/// An area, those in none, or all of a level, at one date and for one denominator.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplyRow {
    /// The level of the area.
    pub level: String,
    /// What the row is about.
    pub scope: Scope,
    /// The id of an area.
    pub id: Option<String>,
    /// The name of the area.
    pub name: Option<String>,
    /// The date of the population.
    pub date: Date,
    /// The age groups of the denominator.
    pub groups: String,
    /// The capacity, or the part of it that is for these ages.
    pub capacity: Published,
    /// The number of facilities.
    pub facilities: usize,
    /// Those of which the capacity is known.
    pub known: usize,
    /// The persons of these ages.
    pub persons: Published,
    /// The capacity for each of them.
    pub per_person: Published,
    /// What there should be; null without a target.
    pub needed: Published,
    /// How the capacity stands to that.
    pub light: Option<Light>,
    /// Within how many persons of the exact number nineteen of twenty protected ones lie; absent
    /// where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// How far the capacity for each person may be off by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_person_margin: Option<f64>,
}

/// What is different in a row after a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplyChange {
    /// The level of the area.
    pub level: String,
    /// The id of an area; null for all of them.
    pub id: Option<String>,
    /// The name of the area.
    pub name: Option<String>,
    /// The date of the population.
    pub date: Date,
    /// The age groups of the denominator.
    pub groups: String,
    /// More capacity, or less.
    pub capacity: f64,
    /// More for each person, or less.
    pub per_person: Published,
    /// The light before and after.
    pub light: [Option<Light>; 2],
    /// How far what there is for each person may be off, as persons are protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_person_margin: Option<f64>,
}
