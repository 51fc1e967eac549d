//! The contents of an answer about coverage that sentences and tables are made from.

use super::counting::Coverage;
use super::document::{Answered, ChangeOfArea, CoverageChange, CoverageChanges};
use super::figures::{Above, Figures};
use super::question::Question;
use crate::plan::PlanningData;
use crate::plan::answer::NamedArea;
use crate::plan::disclosure::PublishedSplit;
use crate::plan::figures::difference;
use crate::plan::words::kind::Kind;

/// The figures before a change, and the margins of the differences.
pub(super) struct Before {
    pub figures: Figures,
    /// The margin of the difference of each area.
    pub areas: Vec<Option<f64>>,
    /// The margin of the difference of the total.
    pub total: Option<f64>,
}

/// The contents of an answer about coverage.
pub(super) struct Report<'a> {
    pub data: &'a PlanningData,
    pub question: &'a Question,
    pub after: &'a Coverage,
    pub figures: &'a Figures,
    pub before: Option<&'a Before>,
    pub above: &'a Above<'a>,
    pub kind: Kind,
}

impl Report<'_> {
    pub(super) fn answered(&self) -> Answered {
        let figures = |own: &Figures| Box::new(own.document(self.after, self.above));
        match self.before {
            None => Answered::AsItIs(figures(self.figures)),
            Some(before) => Answered::WhatIf {
                before: figures(&before.figures),
                after: figures(self.figures),
                difference: self.changes(before),
            },
        }
    }

    /// Returns the change of the total.
    pub(super) fn change(&self) -> Option<CoverageChange> {
        self.before.map(|before| change(&before.figures.total, &self.figures.total, before.total))
    }

    fn changes(&self, before: &Before) -> CoverageChanges {
        let areas = self.after.inputs.people.level.areas.iter();
        let pairs = before.figures.areas.iter().zip(&self.figures.areas).zip(&before.areas);
        CoverageChanges {
            total: change(&before.figures.total, &self.figures.total, before.total),
            areas: areas
                .zip(pairs)
                .filter(|(_, ((before, after), _))| before != after)
                .map(|(area, ((before, after), margin))| ChangeOfArea {
                    area: NamedArea::new(&area.id, &area.name),
                    change: change(before, after, *margin),
                })
                .collect(),
        }
    }
}

fn change(before: &PublishedSplit, after: &PublishedSplit, margin: Option<f64>) -> CoverageChange {
    let uncovered = difference(before.uncovered, after.uncovered);
    CoverageChange {
        covered: difference(before.covered, after.covered),
        uncovered,
        share: difference(before.share, after.share),
        uncovered_share: difference(before.uncovered_share, after.uncovered_share),
        margin: margin.filter(|_| uncovered.value().is_some()),
    }
}
