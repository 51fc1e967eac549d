//! The catalogue: collections, their columns and their sources, as values. No I/O.

pub mod categories;
pub mod collection;
pub mod column;
pub mod detail;
pub mod facility_types;
pub mod licences;
pub mod map_parts;
pub mod metadata;
pub mod moment;
pub mod names;
pub mod overrides;
pub mod publication;
pub mod roles;
pub mod rules;
pub mod words;

pub use categories::{Categories, Category};
pub use collection::{Collection, Freshness, GeometryColumn, Refusal, Table};
pub use column::{ColumnSchema, ColumnType, ColumnWords};
pub use detail::Detail;
pub use metadata::Metadata;
pub use overrides::Overrides;
pub use publication::Publication;
pub use roles::Roles;
pub use words::{Language, Words};
