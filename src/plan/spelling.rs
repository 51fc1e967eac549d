//! How names are compared: as Germans write them in haste.

/// A name for comparing: small letters, `ß` as `ss`, umlauts as two letters, accents gone, every way to write `Straße` as
/// `str`, words apart by one space.
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
        word => match word.strip_suffix("strasse") {
            Some(name) => format!("{name}str"),
            None => word.to_owned(),
        },
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A house number for comparing: without leading zeros and spaces, in small letters: `0012 A` as `12a`.
pub fn house_number(text: &str) -> String {
    let bare: String =
        text.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect();
    let number = bare.trim_start_matches('0');
    number.to_owned()
}

/// What somebody typed: the name, and the house number behind it if there is one.
pub fn street_and_number(text: &str) -> (String, Option<String>) {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let starts_with_digit = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
    match words.iter().skip(1).rposition(starts_with_digit) {
        Some(index) => {
            // `12 a`: one letter after the number belongs to it.
            let (street, number) = words.split_at(index + 1);
            let belongs = number.iter().enumerate().take_while(|(index, word)| {
                *index == 0 || word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
            });
            let number: String = belongs.map(|(_, word)| *word).collect();
            (normal(&street.join(" ")), Some(house_number(&number)))
        }
        None => (normal(text), None),
    }
}

/// How unlike a name is to what was typed: 0 the same, below 1 it begins so, below 2 its words begin so, then by typing
/// errors; None if it is another. Both are [`normal`].
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
    // One typing error for every four letters; words written together or apart are no error.
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
        let of = |text: &str| street_and_number(text);
        assert_eq!(of("Domkloster 4"), ("domkloster".into(), Some("4".into())));
        assert_eq!(of("Bonner Str. 0012 A"), ("bonner str".into(), Some("12a".into())));
        assert_eq!(of("Straße des 17. Juni 135, Berlin").1, Some("135".into()));
        assert_eq!(of("Neumarkt"), ("neumarkt".into(), None));
        assert_eq!(of("4711"), ("4711".into(), None));
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
