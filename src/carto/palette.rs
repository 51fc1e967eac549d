//! The colours of data: of collections, of categories and of classes of numbers.

use std::sync::LazyLock;

use super::colour::{Linear, Oklch, least_distance};
use super::words::plain;

/// The hues in degrees and the lightnesses from which colours are chosen.
const HUES: [f64; 12] = [38.0, 350.0, 152.0, 22.0, 250.0, 300.0, 85.0, 200.0, 325.0, 125.0, 275.0, 60.0];
const LIGHTNESSES: [f64; 3] = [0.55, 0.45, 0.63];
const CHROMA: f64 = 0.15;

/// The colour of what belongs to no category.
pub const OTHER: &str = "#7b7f86";

/// Words in names, and the hue that they make people expect.
const EXPECTED: [(&str, f64); 35] = [
    ("spielpl", 152.0),
    ("playground", 152.0),
    ("kita", 350.0),
    ("kinderg", 350.0),
    ("kindergarten", 350.0),
    ("daycare", 350.0),
    ("schul", 38.0),
    ("school", 38.0),
    ("gymnasi", 38.0),
    ("kranken", 22.0),
    ("klinik", 22.0),
    ("hospital", 22.0),
    ("defibr", 22.0),
    ("apothek", 22.0),
    ("arzt", 22.0),
    ("biblio", 275.0),
    ("buecherei", 275.0),
    ("librar", 275.0),
    ("gewaess", 250.0),
    ("wasser", 250.0),
    ("water", 250.0),
    ("fluss", 250.0),
    ("teich", 250.0),
    ("weiher", 250.0),
    ("river", 250.0),
    ("pond", 250.0),
    ("bad", 200.0),
    ("gruen", 125.0),
    ("park", 125.0),
    ("wald", 152.0),
    ("pflege", 325.0),
    ("alten", 325.0),
    ("wahl", 300.0),
    ("halt", 85.0),
    ("strass", 60.0),
];

/// Returns the hue that a name makes people expect.
fn expected(name: &str) -> Option<f64> {
    let name = plain(name);
    EXPECTED.iter().find(|(word, _)| name.contains(word)).map(|(_, hue)| *hue)
}

/// All colours that may be chosen.
fn candidates() -> Vec<(f64, Linear)> {
    let of = |lightness: f64| HUES.map(|hue| (hue, Oklch { lightness, chroma: CHROMA, hue }.shown()));
    LIGHTNESSES.into_iter().flat_map(of).collect()
}

/// The colours that may be chosen, each with its distances from all of them.
static CANDIDATES: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
    let all = candidates();
    let distances = |colour: Linear| all.iter().map(|(_, other)| least_distance(colour, *other)).collect();
    all.iter()
        .map(|(hue, colour)| Candidate { hue: *hue, hex: colour.hex(), distances: distances(*colour) })
        .collect()
});

struct Candidate {
    hue: f64,
    hex: String,
    distances: Vec<f64>,
}

impl Candidate {
    /// Returns the distance from the nearest of the candidates at these positions.
    fn nearest(&self, taken: &[usize]) -> f64 {
        taken.iter().filter_map(|at| self.distances.get(*at)).copied().fold(f64::INFINITY, f64::min)
    }
}

/// Chooses a colour for each name, in their order. A name that makes people expect a hue gets it,
/// if it is far enough from the colours before it; all others get the colour that is furthest from
/// them, as the kind of sight sees it for which they are closest.
pub fn assign(names: &[&str]) -> Vec<String> {
    choose_all(&names.iter().map(|name| expected(name)).collect::<Vec<_>>())
}

/// Chooses a colour for each value of a column, as [`assign`] does for names. A hue that several
/// values make people expect tells none of them from the others, and counts for none: "Grundschule"
/// and "Förderschule" are both schools. Instead, the first value gets the hue that the collection's
/// name makes people expect.
pub fn of_values(collection: &str, values: &[&str]) -> Vec<String> {
    let own: Vec<Option<f64>> = values.iter().map(|value| expected(value)).collect();
    let is_alone = |hue: &f64| own.iter().filter(|other| **other == Some(*hue)).count() == 1;
    let mut hues: Vec<Option<f64>> = own.iter().map(|hue| hue.filter(is_alone)).collect();
    if let Some(first) = hues.first_mut() {
        *first = first.or(expected(collection));
    }
    choose_all(&hues)
}

/// Chooses a colour for each expected hue.
fn choose_all(hues: &[Option<f64>]) -> Vec<String> {
    let mut taken: Vec<usize> = vec![];
    // Those with an expectation choose first, so that nobody takes their hue.
    let mut order: Vec<usize> = (0..hues.len()).collect();
    order.sort_by_key(|at| hues.get(*at).is_none_or(Option::is_none));
    let mut chosen = vec![String::new(); hues.len()];
    for at in order {
        let choice = choose(hues.get(at).copied().flatten(), &taken);
        if let (Some(slot), Some(candidate)) = (chosen.get_mut(at), CANDIDATES.get(choice)) {
            slot.clone_from(&candidate.hex);
        }
        // Where more colours are wanted than there are, they begin anew.
        if taken.len() == CANDIDATES.len() {
            taken.clear();
        }
        taken.push(choice);
    }
    chosen
}

/// The distance from which on two colours are told apart without effort.
pub const APART: f64 = 0.07;

/// Returns the position of the candidate that fits best beside those that are taken.
fn choose(hue: Option<f64>, taken: &[usize]) -> usize {
    let fits = |candidate: &Candidate| Some(candidate.hue) == hue && candidate.nearest(taken) >= APART;
    if let Some(at) = CANDIDATES.iter().position(fits) {
        return at;
    }
    let score = |candidate: &Candidate| {
        let away = |hue: f64| ((candidate.hue - hue + 540.0).rem_euclid(360.0) - 180.0).abs() / 180.0;
        candidate.nearest(taken).min(4.0 * APART) - hue.map_or(0.0, away) * APART / 2.0
    };
    let mut best = (f64::NEG_INFINITY, 0);
    for (at, candidate) in CANDIDATES.iter().enumerate() {
        let score = score(candidate);
        if score > best.0 + 1e-9 {
            best = (score, at);
        }
    }
    best.1
}

/// Returns the colours of `count` classes of numbers, from few to many: light to dark yellow, green
/// and blue, which all kinds of sight see in this order.
pub fn ramp(count: usize) -> Vec<String> {
    let colour = |at: usize| {
        let part = if count < 2 { 1.0 } else { at as f64 / (count - 1) as f64 };
        let oklch =
            Oklch { lightness: 0.86 - 0.46 * part, chroma: 0.1 + 0.03 * part, hue: 110.0 + 150.0 * part };
        oklch.shown().hex()
    };
    (0..count).map(colour).collect()
}

/// Returns a colour mixed with black, by a share from 0 to 1.
pub fn darkened(colour: &str, share: f64) -> String {
    let Some(colour) = Linear::parse(colour) else { return colour.to_owned() };
    let oklch = colour.oklch();
    Oklch { lightness: oklch.lightness * (1.0 - share), ..oklch }.shown().hex()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::carto::colour::{Sight, contrast};
    use crate::carto::tables::TABLES;

    const CITIES: [&[&str]; 3] = [
        &["schulen", "kitas", "spielplaetze", "einrichtungen"],
        &[
            "schulen",
            "kitas",
            "bibliotheken",
            "krankenhaeuser",
            "defibrillatoren",
            "wahllokale",
            "spielplaetze",
            "signet_aktuell",
            "umweltzone",
            "strassenknoten",
        ],
        &["spielplaetze", "spielplaetze_punkte", "wege"],
    ];

    #[test]
    fn collections_are_apart_for_every_sight() {
        for names in CITIES {
            let colours = assign(names);
            for (at, one) in colours.iter().enumerate() {
                for (other_at, other) in colours.iter().enumerate().take(at) {
                    let [left, right] = [one, other].map(|colour| Linear::parse(colour).unwrap());
                    let apart = least_distance(left, right);
                    let least = if names.len() <= 6 { APART } else { 0.045 };
                    assert!(apart >= least, "{} {one} and {} {other}: {apart}", names[at], names[other_at]);
                }
            }
        }
    }

    #[test]
    fn values_that_make_people_expect_the_same_are_apart() {
        let kinds = ["Grundschule", "Förderschule", "Gesamtschule", "Gymnasium", "Realschule"];
        let colours = of_values("schulen", &kinds);
        assert_eq!(colours.first(), assign(&["schulen"]).first(), "the most frequent has that of schools");
        for (at, one) in colours.iter().enumerate() {
            for other in &colours[..at] {
                let [left, right] = [one, other].map(|colour| Linear::parse(colour).unwrap());
                assert!(least_distance(left, right) >= APART, "{one} {other}");
            }
        }
    }

    #[test]
    fn data_are_seen_on_both_grounds_and_bear_white_icons() {
        let grounds = [&TABLES.ground.light, &TABLES.ground.dark].map(|text| Linear::parse(text).unwrap());
        let white = Linear([1.0; 3]);
        for (hue, colour) in candidates() {
            assert!(contrast(colour, white) >= 3.0, "{hue}: {}", colour.hex());
            assert!(contrast(colour, grounds[0]) >= 2.9, "{hue}: {}", colour.hex());
            assert!(contrast(colour, grounds[1]) >= 1.9, "{hue}: {}", colour.hex());
        }
    }

    #[test]
    fn a_ramp_grows_darker_for_every_sight() {
        let ramp: Vec<Linear> = ramp(5).iter().map(|text| Linear::parse(text).unwrap()).collect();
        for sight in Sight::ALL {
            let seen: Vec<f64> =
                ramp.iter().map(|colour| colour.seen_with(sight).oklch().lightness).collect();
            assert!(seen.windows(2).all(|pair| pair[0] > pair[1] + 0.03), "{sight:?} {seen:?}");
        }
    }

    #[test]
    fn the_ground_is_quieter_than_the_data() {
        let data: Vec<Oklch> = candidates().iter().map(|(_, colour)| colour.oklch()).collect();
        let least_chroma = data.iter().map(|colour| colour.chroma).fold(f64::INFINITY, f64::min);
        let (darkest, lightest) = (
            data.iter().map(|colour| colour.lightness).fold(f64::INFINITY, f64::min),
            data.iter().map(|colour| colour.lightness).fold(0.0, f64::max),
        );
        use crate::carto::Theme::{Dark, Light};
        for theme in [Light, Dark] {
            let areas = TABLES.areas.iter().map(|row| row.colour(theme));
            for text in areas.chain([TABLES.ground.of(theme)]) {
                let ground = Linear::parse(text).unwrap().oklch();
                assert!(ground.chroma < least_chroma, "{text} is more saturated than data: {ground:?}");
                match theme {
                    Light => assert!(ground.lightness > lightest + 0.15, "{text}: {ground:?}"),
                    Dark => assert!(ground.lightness < darkest, "{text}: {ground:?}"),
                }
            }
        }
    }
}
