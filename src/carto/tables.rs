//! The tables of `styles/`: how each class of the base map looks.

use std::sync::LazyLock;

use serde::Deserialize;

use super::mapped::Theme;

/// The tables of `styles/`, compiled into the binary.
pub static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);

/// All tables of `styles/`.
#[derive(Debug, Default)]
pub struct Tables {
    /// The classes of areas, in drawing order.
    pub areas: Vec<Area>,
    /// The classes of roads, paths and rails, in drawing order.
    pub roads: Vec<Road>,
    /// The levels of borders.
    pub borders: Vec<Border>,
    /// The classes of labels; later ones are placed first.
    pub labels: Vec<Label>,
    /// The halo of all labels.
    pub halo: Halo,
    /// The words by which names of collections mean a part.
    pub parts: Vec<PartWords>,
    /// The colour of the ground beneath everything.
    pub ground: Colours,
}

impl Tables {
    fn read() -> Tables {
        fn table<T: Default + for<'a> Deserialize<'a>>(text: &str) -> T {
            // A test holds that all tables can be read.
            toml::from_str(text).unwrap_or_default()
        }
        let labels: LabelFile = table(include_str!("../../styles/labels.toml"));
        let areas: AreaFile = table(include_str!("../../styles/areas.toml"));
        Tables {
            areas: areas.class,
            roads: table::<Classes<Road>>(include_str!("../../styles/roads.toml")).class,
            borders: table::<Classes<Border>>(include_str!("../../styles/borders.toml")).class,
            labels: labels.class,
            halo: labels.halo,
            parts: table::<PartFile>(include_str!("../../styles/words.toml")).part,
            ground: areas.ground,
        }
    }

    /// Returns the row of a class of labels.
    pub fn label(&self, class: &str) -> Option<&Label> {
        self.labels.iter().find(|row| row.class == class)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes<T> {
    class: Vec<T>,
}

impl<T> Default for Classes<T> {
    fn default() -> Classes<T> {
        Classes { class: vec![] }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaFile {
    ground: Colours,
    class: Vec<Area>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    halo: Halo,
    class: Vec<Label>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartFile {
    part: Vec<PartWords>,
}

/// A colour for each theme, as `#rrggbb`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// The colour on light ground.
    pub light: String,
    /// The colour on dark ground.
    pub dark: String,
}

/// Returns the colour of a theme.
fn of_theme<'a>(theme: Theme, light: &'a str, dark: &'a str) -> &'a str {
    match theme {
        Theme::Light => light,
        Theme::Dark => dark,
    }
}

impl Colours {
    /// Returns the colour of a theme.
    pub fn of(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light, &self.dark)
    }
}

/// A title in German and English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// The German title.
    pub de: String,
    /// The English title.
    pub en: String,
}

/// A class of areas.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// The name of the class.
    pub class: String,
    /// The title in legends.
    pub title: Title,
    /// The first zoom level.
    pub from: f64,
    light: String,
    dark: String,
    /// The first zoom level of the outline; None for no outline.
    pub outline_from: Option<f64>,
    #[serde(default)]
    light_outline: String,
    #[serde(default)]
    dark_outline: String,
    /// The words by which a value means the class.
    pub words: Vec<String>,
}

impl Area {
    /// Returns the colour of a theme.
    pub fn colour(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light, &self.dark)
    }

    /// Returns the colour of the outline.
    pub fn outline(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light_outline, &self.dark_outline)
    }
}

/// Pixels by zoom level.
pub type Pixels = Vec<(f64, f64)>;

/// A class of roads, paths or rails.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Road {
    /// The name of the class.
    pub class: String,
    /// The title in legends.
    pub title: Title,
    /// The first zoom level.
    pub from: f64,
    /// The first zoom level of names along the line.
    pub label_from: f64,
    /// The width in pixels.
    pub widths: Pixels,
    /// The width of the edge on each side; None for no edge.
    pub casing: Option<f64>,
    /// The lengths of dashes and gaps, in line widths.
    pub dash: Option<Vec<f64>>,
    light: String,
    dark: String,
    #[serde(default)]
    light_casing: String,
    #[serde(default)]
    dark_casing: String,
    /// The sleepers of a railway.
    pub sleepers: Option<Sleepers>,
    /// The words by which a value means the class.
    pub words: Vec<String>,
}

impl Road {
    /// Returns the colour of a theme.
    pub fn colour(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light, &self.dark)
    }

    /// Returns the colour of the edge.
    pub fn casing_colour(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light_casing, &self.dark_casing)
    }
}

/// Short strokes across a railway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sleepers {
    /// The first zoom level.
    pub from: f64,
    /// The lengths of strokes and gaps, in line widths.
    pub dash: Vec<f64>,
    /// Their width, in widths of the line.
    pub factor: f64,
}

/// A level of borders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// The level of the border.
    pub level: u8,
    /// The first zoom level.
    pub from: f64,
    /// The width in pixels.
    pub widths: Pixels,
    /// The lengths of dashes and gaps, in line widths.
    pub dash: Vec<f64>,
    light: String,
    dark: String,
}

impl Border {
    /// Returns the colour of a theme.
    pub fn colour(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light, &self.dark)
    }
}

/// A class of labels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The name of the class.
    pub class: String,
    /// The first zoom level.
    pub from: f64,
    /// The zoom level from which on they are gone.
    pub to: f64,
    /// The name of the font.
    pub font: String,
    /// The size of letters.
    pub sizes: Pixels,
    light: String,
    dark: String,
}

impl Label {
    /// Returns the colour of a theme.
    pub fn colour(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light, &self.dark)
    }
}

/// The halo of labels.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halo {
    light: String,
    dark: String,
    /// The width in pixels.
    pub width: f64,
}

impl Halo {
    /// Returns the colour of a theme.
    pub fn colour(&self, theme: Theme) -> &str {
        of_theme(theme, &self.light, &self.dark)
    }
}

/// The words by which the name of a collection means a part.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartWords {
    /// The name of the part.
    pub part: String,
    /// The words; a star stands for any letters.
    pub words: Vec<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::catalog::map_parts::Part;

    #[test]
    fn all_tables_can_be_read() {
        toml::from_str::<AreaFile>(include_str!("../../styles/areas.toml")).unwrap();
        toml::from_str::<Classes<Road>>(include_str!("../../styles/roads.toml")).unwrap();
        toml::from_str::<Classes<Border>>(include_str!("../../styles/borders.toml")).unwrap();
        toml::from_str::<LabelFile>(include_str!("../../styles/labels.toml")).unwrap();
        toml::from_str::<PartFile>(include_str!("../../styles/words.toml")).unwrap();
    }

    #[test]
    fn classes_of_parts_and_rows_of_tables_are_the_same() {
        let areas: Vec<&str> = TABLES.areas.iter().map(|row| row.class.as_str()).collect();
        assert_eq!(areas, Part::Area.classes());
        let mut roads: Vec<&str> = TABLES.roads.iter().map(|row| row.class.as_str()).collect();
        let mut known = Part::Road.classes().to_vec();
        roads.sort_unstable();
        known.sort_unstable();
        assert_eq!(roads, known);
        assert!(TABLES.parts.iter().all(|row| Part::of(&row.part).is_some()));
        assert!(Part::Place.classes().iter().all(|class| TABLES.label(class).is_some()));
    }
}
