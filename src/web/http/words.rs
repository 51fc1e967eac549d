//! Texts for people, in both languages.

use crate::catalog::Language;

/// A text in German and in English.
pub type Words = [&'static str; 2];

/// Returns the text in one language.
pub fn said(words: Words, language: Language) -> &'static str {
    let [german, english] = words;
    if language == Language::German { german } else { english }
}

/// Returns in which roles a caller sees what he sees, as a sentence; None for one without a role.
/// `is_exact` says whether numbers of persons are exact for him.
pub fn seen_as(roles: &[&str], is_exact: bool, language: Language) -> Option<String> {
    let (last, others) = roles.split_last()?;
    let and = said([" und ", " and "], language);
    let roles = [others.join(", "), (*last).to_owned()];
    let roles = roles.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(and);
    let begin = match others {
        [] => said(["Sie sehen, was die Rolle", "You see what the role"], language),
        _ => said(["Sie sehen, was die Rollen", "You see what the roles"], language),
    };
    let end = match others {
        [] => said(["sieht.", "sees."], language),
        _ => said(["sehen.", "see."], language),
    };
    let exact = match is_exact {
        true => said(
            [
                " Zahlen von Personen sind genau und nicht zur Veröffentlichung bestimmt.",
                " Numbers of persons are exact and not for publication.",
            ],
            language,
        ),
        false => "",
    };
    Some(format!("{begin} {roles} {end}{exact}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_caller_is_told_his_roles() {
        let told = |roles: &[&str], language| seen_as(roles, roles.contains(&"statistik"), language);
        assert_eq!(told(&[], Language::German), None);
        assert_eq!(told(&["amt"], Language::German).unwrap(), "Sie sehen, was die Rolle amt sieht.");
        assert_eq!(
            told(&["amt", "statistik"], Language::English).unwrap(),
            "You see what the roles amt and statistik see. Numbers of persons are exact and not for publication."
        );
    }
}
