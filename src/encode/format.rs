//! The formats that features are given in, and what each is called.

/// A format of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemFormat {
    /// GeoJSON (RFC 7946), in any system that is asked for.
    GeoJson,
    /// JSON-FG 1.0 (OGC 21-045r1): GeoJSON with type, system and `place`.
    JsonFg,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One GeoJSON feature a line.
    NdJson,
    /// The same, each line begun by a record separator (RFC 8142).
    GeoJsonSeq,
    /// FlatGeobuf 3, with its index.
    FlatGeobuf,
    /// OGC GeoPackage, with its index.
    GeoPackage,
}

use ItemFormat::*;

impl ItemFormat {
    /// All of them, in the order in which links name them.
    pub const ALL: [ItemFormat; 7] = [GeoJson, JsonFg, Csv, NdJson, GeoJsonSeq, FlatGeobuf, GeoPackage];

    /// Those that this build can write: GeoPackage is written by GDAL.
    pub fn available() -> impl Iterator<Item = ItemFormat> {
        ItemFormat::ALL.into_iter().filter(|format| *format != GeoPackage || cfg!(feature = "gdal"))
    }

    /// What the parameter `f` calls it.
    pub fn name(self) -> &'static str {
        match self {
            GeoJson => "json",
            JsonFg => "jsonfg",
            Csv => "csv",
            NdJson => "ndjson",
            GeoJsonSeq => "geojsonseq",
            FlatGeobuf => "flatgeobuf",
            GeoPackage => "gpkg",
        }
    }

    /// The format that `f` means by `name`.
    pub fn from_name(name: &str) -> Option<ItemFormat> {
        match name {
            "geojson" => Some(GeoJson),
            "fgb" => Some(FlatGeobuf),
            "geopackage" => Some(GeoPackage),
            name => ItemFormat::available().find(|format| format.name() == name),
        }
        .filter(|format| ItemFormat::available().any(|available| available == *format))
    }

    /// Its media type.
    ///
    /// JSON-FG 1.0 is `application/geo+json` by its own clause 16, and told apart by a profile;
    /// clients that look for it by its type know the one of the drafts, which the clause lets
    /// stand.
    pub fn media_type(self) -> &'static str {
        match self {
            GeoJson => "application/geo+json",
            JsonFg => "application/fg+json",
            Csv => "text/csv; charset=utf-8",
            NdJson => "application/x-ndjson",
            GeoJsonSeq => "application/geo+json-seq",
            FlatGeobuf => "application/flatgeobuf",
            GeoPackage => "application/geopackage+sqlite3",
        }
    }

    /// The media type without its parameters, as links and `Accept` have it.
    pub fn bare_media_type(self) -> &'static str {
        self.media_type().split(';').next().unwrap_or_default()
    }

    /// The format that a media range of `Accept` means, without parameters.
    pub fn from_media_type(range: &str) -> Option<ItemFormat> {
        match range {
            "application/json" => Some(GeoJson),
            "application/vnd.ogc.fg+json" => Some(JsonFg),
            "application/ndjson" | "application/jsonl" => Some(NdJson),
            "application/vnd.flatgeobuf" => Some(FlatGeobuf),
            range => ItemFormat::available().find(|format| format.bare_media_type() == range),
        }
    }

    /// How the name of a file ends.
    pub fn extension(self) -> &'static str {
        match self {
            GeoJson => "geojson",
            JsonFg => "fg.json",
            Csv => "csv",
            NdJson => "ndjson",
            GeoJsonSeq => "geojsonl",
            FlatGeobuf => "fgb",
            GeoPackage => "gpkg",
        }
    }

    /// The format of files whose names end so.
    pub fn from_extension(extension: &str) -> Option<ItemFormat> {
        ItemFormat::available().find(|format| format.extension() == extension)
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            GeoJson => "GeoJSON",
            JsonFg => "JSON-FG",
            Csv => "CSV",
            NdJson => "NDJSON",
            GeoJsonSeq => "GeoJSON Text Sequences",
            FlatGeobuf => "FlatGeobuf",
            GeoPackage => "GeoPackage",
        }
    }

    /// Whether links and counts are in the body; else they are in headers.
    pub fn has_links(self) -> bool {
        matches!(self, GeoJson | JsonFg)
    }

    /// Whether it can only be sent once all of it was written, so that it goes through a file.
    pub fn is_spooled(self) -> bool {
        matches!(self, FlatGeobuf | GeoPackage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_format() {
        for format in ItemFormat::available() {
            assert_eq!(ItemFormat::from_name(format.name()), Some(format));
            assert_eq!(ItemFormat::from_extension(format.extension()), Some(format));
            assert_eq!(ItemFormat::from_media_type(format.bare_media_type()), Some(format));
        }
        assert_eq!(ItemFormat::from_name("gml"), None);
        assert_eq!(ItemFormat::from_extension("json"), None);
    }
}
