//! The formats of features, with their names, media types and file extensions.

/// A format of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemFormat {
    /// GeoJSON (RFC 7946), in any coordinate system that is asked for.
    GeoJson,
    /// JSON-FG 1.0 (OGC 21-045r1): GeoJSON with a feature type, a coordinate system and `place`.
    JsonFg,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One GeoJSON feature on each line (NDJSON).
    NdJson,
    /// One GeoJSON feature on each line, preceded by a record separator (GeoJSON text sequence, RFC
    /// 8142).
    GeoJsonSeq,
    /// FlatGeobuf 3, with its spatial index.
    FlatGeobuf,
    /// OGC GeoPackage, with its spatial index.
    GeoPackage,
}

use ItemFormat::*;

impl ItemFormat {
    /// All formats, in the order in which links name them.
    pub const ALL: [ItemFormat; 7] = [GeoJson, JsonFg, Csv, NdJson, GeoJsonSeq, FlatGeobuf, GeoPackage];

    /// Returns the formats that this build can write. GeoPackage needs GDAL.
    pub fn available() -> impl Iterator<Item = ItemFormat> {
        ItemFormat::ALL.into_iter().filter(|format| *format != GeoPackage || cfg!(feature = "gdal"))
    }

    /// Returns the name of the format in the parameter `f`.
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

    /// Returns the format that the parameter `f` calls `name`.
    pub fn from_name(name: &str) -> Option<ItemFormat> {
        match name {
            "geojson" => Some(GeoJson),
            "fgb" => Some(FlatGeobuf),
            "geopackage" => Some(GeoPackage),
            name => ItemFormat::available().find(|format| format.name() == name),
        }
        .filter(|format| ItemFormat::available().any(|available| available == *format))
    }

    /// Returns the media type.
    ///
    /// Clause 16 of JSON-FG 1.0 gives it the media type of GeoJSON and tells the two apart by a
    /// profile. It permits the media type of its drafts as well, which clients look for, so that
    /// one is used here.
    pub const fn media_type(self) -> &'static str {
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

    /// Returns the media type without its parameters, as in links and `Accept`.
    pub fn bare_media_type(self) -> &'static str {
        self.media_type().split(';').next().unwrap_or_default()
    }

    /// Returns the format with the media type of a media range in `Accept`, without parameters.
    pub fn from_media_type(range: &str) -> Option<ItemFormat> {
        match range {
            "application/json" => Some(GeoJson),
            "application/vnd.ogc.fg+json" => Some(JsonFg),
            "application/ndjson" | "application/jsonl" => Some(NdJson),
            "application/vnd.flatgeobuf" => Some(FlatGeobuf),
            range => ItemFormat::available().find(|format| format.bare_media_type() == range),
        }
    }

    /// Returns the file extension, without the dot.
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

    /// Returns the format of files with this extension.
    pub fn from_extension(extension: &str) -> Option<ItemFormat> {
        ItemFormat::available().find(|format| format.extension() == extension)
    }

    /// Returns the name for people.
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

    /// Returns whether links and counts are part of the body; otherwise they are in headers.
    pub fn has_links(self) -> bool {
        matches!(self, GeoJson | JsonFg)
    }

    /// Returns whether the document can only be sent when all of it is written, so that it needs a
    /// temporary file.
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
