//! Compares names in the way in which people write them in German.

/// Returns a name in the form in which it is compared: in lower case, with `ss` for `ß`, two
/// letters for umlauts, no accents, `str` for all spellings of `Straße`, `kita` for all names of a
/// Kita, and single spaces between words.
///
/// ```
/// use veedel::plan::spelling::normal;
///
/// assert_eq!(normal("Große Straße"), "grosse str");
/// assert_eq!(normal("Hauptstraße"), normal("HAUPTSTRASSE"));
/// ```
pub fn normal(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len() + 4);
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => spelled.push_str("ae"),
            'ö' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            'ß' => spelled.push_str("ss"),
            'á' | 'à' | 'â' => spelled.push('a'),
            'é' | 'è' | 'ê' | 'ë' => spelled.push('e'),
            'í' | 'ì' | 'î' | 'ï' => spelled.push('i'),
            'ó' | 'ò' | 'ô' => spelled.push('o'),
            'ú' | 'ù' | 'û' => spelled.push('u'),
            'ç' => spelled.push('c'),
            letter if letter.is_alphanumeric() => spelled.push(letter),
            _ => spelled.push(' '),
        }
    }
    let words = spelled.split_whitespace().map(|word| match word {
        "strasse" | "str" => "str".to_owned(),
        "st" => "sankt".to_owned(),
        "kindertagesstaette" | "kindertageseinrichtung" => "kita".to_owned(),
        word => match word.strip_suffix("strasse") {
            Some(name) => format!("{name}str"),
            None => word.to_owned(),
        },
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns a house number in the form in which it is compared: in lower case, without spaces and
/// leading zeros. So `0012 A` becomes `12a`.
pub fn house_number(text: &str) -> String {
    let bare: String =
        text.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect();
    let number = bare.trim_start_matches('0');
    number.to_owned()
}

/// Returns the number at the beginning of a house number.
pub fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// A typed text in its parts, such as `Hauptstr. 12 a, Rodenkirchen`.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// The whole text for comparing.
    pub whole: String,
    /// The text before the house number and the district, for comparing.
    pub street: String,
    /// The house number, if there is one.
    pub number: Option<String>,
    /// The text after the house number or after a comma, for comparing.
    pub district: Option<String>,
}

impl Typed {
    /// Divides a text into its parts.
    pub fn of(text: &str) -> Typed {
        let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        let starts_with_digit = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
        let district = |rest: &str| Some(normal(rest)).filter(|rest| !rest.is_empty());
        let Some(index) = words.iter().skip(1).rposition(starts_with_digit) else {
            let (street, rest) = text.split_once(',').unwrap_or((text, ""));
            let street = normal(street);
            return Typed { whole: normal(text), street, number: None, district: district(rest) };
        };
        // A single letter after the number belongs to it, as in `12 a`.
        let (street, behind) = words.split_at(index + 1);
        let is_letter = |word: &&&str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        let letters = behind.iter().skip(1).take_while(is_letter).count();
        let (number, rest) = behind.split_at((1 + letters).min(behind.len()));
        Typed {
            whole: normal(text),
            street: normal(&street.join(" ")),
            number: Some(house_number(&number.concat())),
            district: district(&rest.join(" ")),
        }
    }
}

/// Returns how much a name differs from the typed text: 0 if they are equal, less than 1 if the
/// name begins with the text, less than 2 if its words do, and otherwise 2 plus the number of
/// typing errors (optimal string alignment distance). Returns None if there are too many errors.
/// Both texts are those of [`normal`].
pub fn unlikeness(name: &str, typed: &str) -> Option<f64> {
    if typed.is_empty() {
        return None;
    }
    if name == typed {
        return Some(0.0);
    }
    let longer = 1.0 - typed.len() as f64 / name.len().max(typed.len()) as f64;
    if name.starts_with(typed) {
        return Some(0.5 * longer);
    }
    let words: Vec<&str> = name.split(' ').collect();
    if typed.split(' ').all(|wanted| words.iter().any(|word| word.starts_with(wanted))) {
        return Some(1.0 + 0.9 * longer);
    }
    // One typing error per four letters is allowed. A missing or additional space is not an error.
    let close = |text: &str| text.chars().filter(|letter| *letter != ' ').collect::<String>();
    let (name, typed) = (close(name), close(typed));
    if name == typed {
        return Some(0.9);
    }
    let letters = typed.chars().count();
    let allowed = letters / 4;
    let beginning: String = name.chars().take(letters).collect();
    let whole = strsim::osa_distance(&name, &typed);
    let begun = strsim::osa_distance(&beginning, &typed);
    let errors = whole.min(begun);
    let as_beginning = if begun < whole { 0.5 } else { 0.0 };
    (errors <= allowed && letters >= 4).then_some(2.0 + errors as f64 + as_beginning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_street_is_written_in_many_ways() {
        for written in ["Bonner Straße", "bonner strasse", "Bonner Str.", "BONNER STR", "Bonner-Straße"] {
            assert_eq!(normal(written), "bonner str", "{written}");
        }
        assert_eq!(normal("Aachener Straße"), normal("aachener str."));
        assert_eq!(normal("Brüsseler Platz"), "bruesseler platz");
        assert_eq!(normal("Hauptstraße"), normal("Hauptstr."));
    }

    #[test]
    fn a_house_number_stands_behind_the_street() {
        let of = |text: &str| {
            let typed = Typed::of(text);
            (typed.street, typed.number.unwrap_or_default(), typed.district.unwrap_or_default())
        };
        let is = |text: &str, [street, number, district]: [&str; 3]| {
            assert_eq!(of(text), (street.into(), number.into(), district.into()), "{text}");
        };
        is("Domkloster 4", ["domkloster", "4", ""]);
        is("Bonner Str. 0012 A", ["bonner str", "12a", ""]);
        is("Straße des 17. Juni 135, Berlin", ["str des 17 juni", "135", "berlin"]);
        is("Hauptstr 12 Rodenkirchen", ["hauptstr", "12", "rodenkirchen"]);
        is("Hauptstr. 12 a, Alt-Köln", ["hauptstr", "12a", "alt koeln"]);
        is("Hauptstr., Rodenkirchen", ["hauptstr", "", "rodenkirchen"]);
        is("Neumarkt", ["neumarkt", "", ""]);
        is("4711", ["4711", "", ""]);
        assert_eq!(["100a", "7", "a"].map(leading_number), [Some(100), Some(7), None]);
    }

    #[test]
    fn kitas_are_found_by_their_short_name() {
        assert_eq!(normal("Kindertagesstätte St. Martin"), normal("Kita Sankt Martin"));
    }

    #[test]
    fn nearer_spellings_come_first() {
        let order = ["neumarkt", "neumarktstr", "am neumarkt", "neumrakt"];
        let found: Vec<f64> = order.iter().map(|name| unlikeness(name, "neumarkt").unwrap()).collect();
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
        assert_eq!(unlikeness("heumarkt", "neumarkt"), Some(3.0));
        assert_eq!(unlikeness("domkloster", "neumarkt"), None);
        assert_eq!(unlikeness("neumarkt", ""), None);
    }
}
