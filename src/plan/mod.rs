//! Planning of social infrastructure: questions about facilities, people and the ways between them,
//! which are answered from memory.
//!
//! A question ([`question`]) is answered from the [`planning_data`]: the network, the points where
//! people live, the areas and the population, each read from the collection that has this role.
//! Numbers of persons leave this room only through [`disclosure`].

pub mod ages;
pub mod answer;
pub mod answer_key;
pub mod approach;
pub mod area_profile;
pub mod areas;
pub mod cells;
pub mod choices;
pub mod controlled_rounding;
pub mod coverage;
pub mod demand;
pub mod disclosure;
pub mod distances;
pub mod evidence;
pub mod facilities;
pub mod figures;
pub mod inputs;
pub mod isochrone;
pub mod loaded_collection;
pub mod margin;
pub mod matrix;
mod memo;
pub mod nearest;
pub mod network;
pub mod outline;
pub mod parents;
pub mod people;
pub mod persons;
pub mod place;
pub mod plane;
pub mod planner;
pub mod planning_data;
mod planning_network;
pub mod point_grid;
pub mod population;
pub mod process;
pub mod processes;
pub mod profile;
pub mod published;
pub mod question;
pub mod reach;
pub mod reading;
pub mod role_check;
pub mod routable_graph;
pub mod rules;
pub mod search;
mod searchable;
pub mod shown;
pub mod siting;
pub mod spelling;
pub mod step;
pub mod supply;
pub mod warnings;
pub mod words;

pub use planner::Planner;
pub use planning_data::PlanningData;
