//! Expressions of the MapLibre style specification, and the same conditions as CQL2.

use serde_json::{Value, json};

use super::classes::{Classes, Pattern};
use super::compared::{Compared, identifier, quoted, text_of};
use super::tables::Pixels;

/// Returns the condition that a column's value fits one of the patterns, or with `wanted` false
/// none of them.
pub fn fits(column: &Compared, patterns: &[Pattern], wanted: bool) -> Value {
    let (mut values, mut conditions) = (vec![], vec![]);
    for pattern in patterns {
        match pattern {
            Pattern::Is(value) => values.push(value.clone()),
            Pattern::Begins(beginning) => {
                let length = beginning.encode_utf16().count();
                let start = json!(["slice", text_of(&column.name), 0, length]);
                conditions.push(json!([if wanted { "==" } else { "!=" }, start, beginning]));
            }
        }
    }
    if !values.is_empty() {
        conditions.insert(0, column.matched(vec![(values, json!(wanted))], json!(!wanted)));
    }
    match conditions.len() {
        0 => json!(!wanted),
        1 => conditions.remove(0),
        _ => Value::Array([vec![json!(if wanted { "any" } else { "all" })], conditions].concat()),
    }
}

/// Returns the condition that a feature is of one of these classes; None if all features are.
pub fn is_of(classes: &Classes, wanted: &[&str]) -> Option<Value> {
    let column = classes.column.as_ref()?;
    let wanted_patterns: Vec<Pattern> = patterns(classes, |class| wanted.contains(&class));
    let takes_other = classes.other.as_deref().is_some_and(|other| wanted.contains(&other));
    if !takes_other {
        return Some(fits(column, &wanted_patterns, true));
    }
    let unwanted = patterns(classes, |class| !wanted.contains(&class));
    if unwanted.is_empty() { None } else { Some(fits(column, &unwanted, false)) }
}

/// Returns the same condition as CQL2; None if all features are of these classes.
pub fn is_of_in_cql2(classes: &Classes, wanted: &[&str]) -> Option<String> {
    let column = classes.column.as_ref()?;
    let takes_other = classes.other.as_deref().is_some_and(|other| wanted.contains(&other));
    let named = patterns(classes, |class| wanted.contains(&class) != takes_other);
    if named.is_empty() {
        return if takes_other { None } else { Some("FALSE".into()) };
    }
    let condition = fits_in_cql2(column, &named);
    // A NULL is of the other class.
    Some(match takes_other {
        true => format!("(NOT ({condition}) OR {} IS NULL)", identifier(&column.name)),
        false => condition,
    })
}

/// Returns the condition of [`fits`] as CQL2.
pub fn fits_in_cql2(column: &Compared, patterns: &[Pattern]) -> String {
    let compared = column;
    let column = identifier(&compared.name);
    let values: Vec<String> = patterns
        .iter()
        .filter_map(|pattern| match pattern {
            Pattern::Is(value) => Some(compared.literal(value)),
            Pattern::Begins(_) => None,
        })
        .collect();
    let mut conditions = vec![];
    match values.as_slice() {
        [] => {}
        [one] => conditions.push(format!("{column} = {one}")),
        many => conditions.push(format!("{column} IN ({})", many.join(", "))),
    }
    for pattern in patterns {
        if let Pattern::Begins(beginning) = pattern {
            let escaped = beginning.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            conditions.push(format!("{column} LIKE {}", quoted(&format!("{escaped}%"))));
        }
    }
    conditions.join(" OR ")
}

fn patterns(classes: &Classes, wanted: impl Fn(&str) -> bool) -> Vec<Pattern> {
    let of_class = |(class, patterns): &(String, Vec<Pattern>)| wanted(class).then(|| patterns.clone());
    classes.list.iter().filter_map(of_class).flatten().collect()
}

/// Returns a number of pixels that grows with the zoom level, multiplied with `factor`. An edge of
/// `casing` pixels is added on both sides, which is thinner around thin lines.
pub fn pixels(by_zoom: &Pixels, factor: f64, casing: f64) -> Value {
    let edges = |pixels: f64| 2.0 * casing * (pixels / 5.0).clamp(0.3, 1.0);
    let rounded = |pixels: f64| ((pixels * factor + edges(pixels)) * 100.0).round() / 100.0;
    match by_zoom.as_slice() {
        [(_, pixels)] => json!(rounded(*pixels)),
        several => {
            let stops = several.iter().flat_map(|(zoom, pixels)| [json!(zoom), json!(rounded(*pixels))]);
            Value::Array(
                [json!("interpolate"), json!(["exponential", 1.5]), json!(["zoom"])]
                    .into_iter()
                    .chain(stops)
                    .collect(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ColumnType;

    fn column(name: &str, kind: ColumnType) -> Compared {
        Compared { name: name.into(), kind }
    }

    fn classes() -> Classes {
        Classes {
            column: Some(column("art", ColumnType::Text)),
            list: vec![
                ("main".into(), vec![Pattern::Is("A".into()), Pattern::Begins("B ".into())]),
                ("path".into(), vec![Pattern::Is("W".into())]),
            ],
            other: Some("minor".into()),
        }
    }

    #[test]
    fn a_class_is_a_condition_in_both_languages() {
        let own = classes();
        assert_eq!(
            is_of(&own, &["main"]).unwrap().to_string(),
            r#"["any",["match",["get","art"],["A"],true,false],["==",["slice",["to-string",["get","art"]],0,2],"B "]]"#
        );
        assert_eq!(is_of_in_cql2(&own, &["main"]).unwrap(), "\"art\" = 'A' OR \"art\" LIKE 'B %'");
        assert_eq!(
            is_of_in_cql2(&own, &["main", "minor"]).unwrap(),
            "(NOT (\"art\" = 'W') OR \"art\" IS NULL)"
        );
        assert_eq!(is_of(&own, &["main", "minor", "path"]), None);
        assert_eq!(is_of(&Classes::only("minor"), &["minor"]), None);
    }

    #[test]
    fn quotes_stay_inside_literals() {
        let patterns = [Pattern::Is("O'Neill".into()), Pattern::Begins("50%_".into())];
        assert_eq!(
            fits_in_cql2(&column("a\"b", ColumnType::Text), &patterns),
            r#""a""b" = 'O''Neill' OR "a""b" LIKE '50\%\_%'"#
        );
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        let four = [Pattern::Is("4".into()), Pattern::Is("4".into())];
        let number = column("typ", ColumnType::Integer);
        assert_eq!(fits(&number, &four, true).to_string(), r#"["match",["get","typ"],[4.0],true,false]"#);
        assert_eq!(fits_in_cql2(&number, &four[..1]), "\"typ\" = 4");
        let text = column("typ", ColumnType::Text);
        assert_eq!(fits(&text, &four, false).to_string(), r#"["match",["get","typ"],["4"],false,true]"#);
        let boolean = column("offen", ColumnType::Boolean);
        assert_eq!(fits_in_cql2(&boolean, &[Pattern::Is("true".into())]), "\"offen\" = TRUE");
    }
}
