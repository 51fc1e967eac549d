//! What an answer stands on: rule, method, network, population, facilities, and what was missing. Every answer carries it.

use serde_json::{Value, json};

use super::ages::Ages;
use super::basis::Basis;
use super::cells::Places;
use super::coverage::{Coverage, Step};
use super::disclosure::{Disclosure, Published};
use super::facilities::{Facilities, OffNetwork};
use super::network::{Graph, Network};
use super::part::Part;
use super::people::People;
use super::place::Place;
use super::profile::Profile;
use super::question::{Limit, PUBLISHED, Within};
use super::rules::{self, Words};
use crate::catalog::roles::Pattern;

/// The collection of a part: where its data is from, and of when. When a hidden one was read would tell of its changes.
pub fn source(part: &Part) -> Value {
    let collection = &part.collection;
    let own = json!({
        "collection": collection.id,
        "title": collection.title,
        "description": collection.description,
        "attribution": collection.attribution,
        "license": collection.licence,
        "freshness": collection.freshness.class(),
    });
    match part.is_public {
        true => with(own, json!({ "loadedAt": part.layer.loaded_at().to_string() })),
        false => own,
    }
}

/// When the question was asked, and of which program.
pub fn request() -> Value {
    json!({
        "asked": jiff::Zoned::now().date().to_string(),
        "program": format!("veedel {}", env!("CARGO_PKG_VERSION")),
    })
}

fn with(mut document: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (document.as_object_mut(), more) {
        members.extend(more);
    }
    document
}

/// The evidence of an answer about coverage, of whose persons so many live in no area.
pub fn coverage(
    basis: &Basis,
    within: &Within,
    profile: Profile,
    answer: &Coverage,
    disclosure: Disclosure,
    in_no_area: Published,
) -> Value {
    let scene = &answer.scene;
    json!({
        "rule": rule(basis, within, profile, &answer.steps.iter().map(|(step, _)| step.clone()).collect::<Vec<_>>()),
        "method": {
            "de": "Anteil der Personen, die höchstens die genannte Strecke zur nächsten Einrichtung haben: kürzeste Wege im Netz von allen Einrichtungen zugleich (Dijkstra 1959), genau auf erster und letzter Kante; eine Strecke gleich der Grenze zählt dazu. Luftlinie daneben. Personen je Gebiet nach Gewicht auf Punkte verteilt, Summen bleiben (Tobler 1979).",
            "en": "Share of persons whose way to the nearest facility is at most the given one: shortest ways in the network from all facilities at once (Dijkstra 1959), exact on the first and last edge; a way equal to the limit is inside. The air line beside it. Each area's persons are spread over points by weight, keeping the sum (Tobler 1979).",
        },
        "network": network(basis, &scene.network, &scene.ways.graph, profile),
        "population": population(basis, answer, disclosure),
        "facilities": facilities(&answer.facilities, &answer.off_network),
        "demand": demand(basis, answer, disclosure),
        "areas": {
            "level": Some(&scene.people.by).filter(|by| !by.is_empty()),
            "count": scene.people.level.areas.len(),
            "withoutIdOrGeometry": scene.people.level.skipped,
            "inSeveralParts": scene.people.level.in_parts,
            "pointsInSeveral": scene.people.level.overlaps,
            "pointsInNone": scene.people.level.outside,
            "personsInNone": in_no_area,
        },
        "edge": edge(),
        "disclosure": self::disclosure(basis),
        "dataVersion": basis.data_version(),
        "request": request(),
    })
}

/// What lies beyond the data.
pub fn edge() -> Value {
    json!({
        "de": "Einrichtungen und Wege jenseits der vorliegenden Daten zählen nicht; am Stadtrand kann die Versorgung besser sein als angegeben.",
        "en": "Facilities and ways beyond the data at hand do not count; at the edge of the city supply may be better than stated.",
    })
}

/// The limits as they were used, step by step.
pub fn rule(basis: &Basis, within: &Within, profile: Profile, steps: &[Step]) -> Value {
    let ages = |groups: &[Ages]| groups.iter().map(Ages::to_string).collect::<Vec<_>>();
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| {
            json!({
                "distance": step.limit,
                "minutes": (profile.minutes(step.limit) * 10.0).round() / 10.0,
                "ages": step.ages.map(|ages| ages.to_string()),
                "groups": ages(&step.groups),
                "groupsCutAndNotCounted": ages(&step.cut),
            })
        })
        .collect();
    match within.limit(profile, basis) {
        Ok(Limit::Rule(id, rule)) => json!({ "id": id, "title": rule.title, "source": rule.source,
            "validFrom": rule.valid_from, "validTo": rule.valid_to, "minimumArea": rule.minimum_area, "steps": steps }),
        _ => json!({ "steps": steps }),
    }
}

/// The network and how it was used.
pub fn network(basis: &Basis, network: &Network, graph: &Graph, profile: Profile) -> Value {
    let role = basis.roles.network.as_ref();
    let own = json!({
        "date": role.and_then(|role| role.date.clone()),
        "profile": profile.name(),
        "speedKmPerHour": profile.speed(),
        "kilometres": (graph.length / 100.0).round() / 10.0,
        "edges": graph.edges,
        "edgesClosed": network.edges().len() - graph.edges,
        "nodes": network.nodes().len(),
        "components": graph.component_count,
        "largestComponent": (graph.largest_share * 10_000.0).round() / 10_000.0,
        "linesLeftOut": network.skipped,
        "nodeTolerance": role.map(|role| role.node_tolerance),
        "joined": if role.is_some_and(|role| role.joined_at_vertices) { "at shared vertices" } else { "at ends" },
        "closed": profile_closed(basis, profile),
        "crs": basis.roles.srid,
        "snapping": {
            "most": basis.roles.snapping,
            "de": "auf die nächste offene Kante; der Weg vom Punkt zur Kante zählt. Führt ihr Teil des Netzes zu keiner Einrichtung, zählt auch die nächste Kante eines Teils, der dorthin führt, wenn sie höchstens 50 m weiter ist. Liegen Ort und Einrichtung abseits, an derselben Kante und auf derselben Seite, ist der Weg gerade",
            "en": "to the nearest open edge; the way from the point to the edge counts. Where its part of the network leads to no facility, the nearest edge of a part that does counts too, if it is at most 50 m farther. Where place and facility lie off the street, at the same edge and on the same side of it, the way is straight",
        },
    });
    let part = role.and_then(|role| basis.part("network", &role.collection).ok());
    with(part.map_or_else(|| json!({}), |part| source(&part)), own)
}

fn profile_closed(basis: &Basis, profile: Profile) -> Value {
    let closed = basis.roles.network.as_ref().map(|role| profile.closed(role)).unwrap_or_default();
    let columns = closed.into_iter().flatten();
    columns.map(|(name, patterns)| json!({ "column": name, "values": patterns.iter().map(Pattern::text).collect::<Vec<_>>() })).collect()
}

fn population(basis: &Basis, answer: &Coverage, disclosure: Disclosure) -> Value {
    let groups: Vec<Ages> = answer.steps.iter().flat_map(|(step, _)| step.groups.clone()).collect();
    let not_spread: Vec<Value> = answer
        .not_spread
        .iter()
        .map(|(id, name, persons)| json!({ "id": id, "name": name, "persons": disclosure.count(*persons) }))
        .collect();
    with(
        people(basis, &answer.scene.people, &groups),
        match basis.shown_base() {
            Some(_) => json!({ "areasWithoutNumber": answer.unknown, "areasWithoutPoints": not_spread }),
            None => json!({}),
        },
    )
}

/// The persons that were counted: where they are from, of when, and which.
pub fn people(basis: &Basis, people: &People, groups: &[Ages]) -> Value {
    let role = basis.roles.population.as_ref();
    let part = role.and_then(|role| basis.part("population", &role.collection).ok());
    let threshold = basis.roles.threshold_rule.as_ref().filter(|_| !basis.roles.exact);
    let threshold = threshold.and_then(|id| rules::find(&basis.roles, id).ok());
    let own = json!({
        "secrecy": threshold.map(|(id, rule)| json!({ "id": id, "title": rule.title, "source": rule.source,
            "validFrom": rule.valid_from, "validTo": rule.valid_to, "threshold": rule.threshold })),
        "date": people.date.to_string(),
        "groups": groups.iter().map(Ages::to_string).collect::<Vec<_>>(),
        "level": basis.shown_base(),
        "denominator": role.and_then(|role| role.denominator.clone()),
        "alreadyPublic": role.and_then(|role| role.already_public.clone()),
        "rowsWithoutNumber": people.population.unknown,
        "areasElsewhere": people.population.other_areas.len(),
        "groupsLeftOutAsOverlapping":
            people.population.overlapping.iter().map(Ages::to_string).collect::<Vec<_>>(),
        "groupsWithoutAges": people.population.other_groups,
    });
    with(part.map_or_else(|| json!({}), |part| source(&part)), own)
}

fn has_outlines(facilities: &Facilities) -> bool {
    facilities.list.iter().any(|facility| matches!(facility.place, Place::Outline { .. }))
}

/// Where facilities that are areas or lines are entered.
fn entrances() -> Words {
    Words {
        de: "Flächen und Linien werden von jedem Weg aus betreten, der sie kreuzt oder berührt, sonst vom nächsten; zu welchen              Eingängen er führt, ist nicht bekannt."
            .into(),
        en: "Areas and lines are entered from each way that crosses or touches them, else from the nearest; to which              entrances it leads is not known."
            .into(),
    }
}

/// The facilities, and what is not known of them.
pub fn facilities(facilities: &Facilities, off_network: &OffNetwork) -> Value {
    let id = |index: &u32| Some(facilities.list.get(*index as usize)?.id.as_str());
    let off: Vec<&str> = off_network.none.iter().filter_map(id).collect();
    let far: Vec<Value> = off_network
        .far
        .iter()
        .map(|(index, metres)| json!({ "id": id(index), "metres": (metres * 10.0).round() / 10.0 }))
        .collect();
    let own = json!({
        "count": facilities.list.len() - off_network.none.len(),
        "found": facilities.list.len(),
        "withoutPlace": facilities.without_place,
        "belowMinimumArea": facilities.too_small,
        "areasEntered": has_outlines(facilities).then(entrances),
        "notOnNetwork": off,
        "farFromNetwork": far,
        "inServiceOn": facilities.on.map(|on| on.to_string()),
        "notInService": facilities.not_in_service,
        "removed": facilities.removed,
        "added": facilities.list.iter().filter(|facility| facility.row.is_none()).count(),
    });
    match facilities.parts.as_slice() {
        [part] => with(source(part), own),
        several => with(json!({ "collections": several.iter().map(source).collect::<Vec<_>>() }), own),
    }
}

fn demand(basis: &Basis, answer: &Coverage, disclosure: Disclosure) -> Value {
    let (role, scene) = (basis.roles.demand.as_ref(), &answer.scene);
    let part = role.and_then(|role| basis.part("demand", &role.collection).ok());
    let own = json!({
        "points": scene.people.demand.points.len(),
        "unit": if disclosure == Disclosure::Exact { "points" } else { "cells of 100 m" },
        "weight": role.and_then(|role| role.weight.clone()).unwrap_or_else(|| "equal".into()),
        "alreadyPublic": role.and_then(|role| role.already_public.clone()),
        "withoutPlace": scene.people.demand.without_place,
        "withoutWeight": scene.people.demand.without_weight,
        "inNoArea": scene.people.base.outside,
        "inSeveralAreas": scene.people.base.overlaps,
        "notOnNetwork": { "points": answer.not_snapped.0, "persons": disclosure.count(answer.not_snapped.1) },
        "cutOff": { "persons": disclosure.count(answer.cut_off) },
    });
    with(part.map_or_else(|| json!({}), |part| source(&part)), own)
}

/// How small counts were treated: the rule, its threshold, and what it was applied to.
pub fn disclosure(basis: &Basis) -> Value {
    let disclosure = basis.disclosure();
    let Disclosure::Protected { threshold } = disclosure else {
        return json!({ "mode": disclosure.name() });
    };
    let step = disclosure.step();
    let demand = basis.roles.demand.as_ref();
    let places = demand.map(|role| Places::of(basis.public(&role.collection).is_ok()));
    let of = |part: &str| basis.roles.protected_collections().iter().any(|(_, other)| *other == part);
    json!({
        "mode": disclosure.name(),
        "threshold": threshold,
        "roundedTo": step,
        "countedOn": "cells of 100 m",
        "waysBeginAt": places.map(Places::words),
        "distances": PUBLISHED,
        "protected": { "persons": true, "weights": of("demand"),
            "hiddenCollections": { "population": of("population"), "demand": of("demand") } },
        "rule": Words {
            de: "Schon vor dem Zählen sind alle Zahlen der Bevölkerungstabelle über 0 und unter der Stufe (roundedTo) eine Klasse, alle anderen Vielfache der Stufe; die Personen eines Gebiets liegen in ganzen Stufen auf seinen 100-m-Zellen. Jede Antwort ist nur daraus gerechnet, und gleiche Fragen geben gleiche Antworten.".into(),
            en: "Before anything is counted, all numbers of the table of population above 0 and below the step (roundedTo) are one class, all others multiples of the step; the persons of an area lie on its cells of 100 m in whole steps. Every answer is computed from these alone, and equal questions have equal answers.".into(),
        },
        "note": Words {
            de: "„*“: hier leben Personen oder können welche leben, aber weniger als die Stufe sind gezählt; oder ein Wert, der mit einem solchen in einer Summe steht. Eine Zahl kann um einige Stufen von der genauen abweichen; bei Versorgung und Erreichbarkeit steht daneben (margin), um wie viele Personen in 19 von 20 Fällen höchstens.".into(),
            en: "“*”: persons live here or may live here, but fewer than a step are counted; or a value that stands in a sum with such a one. A number may be some steps off the exact one; coverage and reach say beside it (margin) by how many persons at most in 19 of 20 cases.".into(),
        },
    })
}
