//! The network as a part of the planning data, and its edges that are open to each profile.

use std::sync::Arc;

use super::loaded_collection::LoadedCollection;
use super::network::{Graph, Junctions, Line, Network, build};
use super::planning_data::{Count, PlanningData, missing};
use super::profile::Profile;
use super::reading::{Plane, text_of};
use super::routable_graph::RoutableGraph;
use crate::catalog::roles::Pattern;
use crate::error::{Error, Result, said};
use crate::geo::geometry::Role;
use crate::layer::Column;

impl PlanningData {
    /// Returns the network.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no network, or if its collection is not in memory.
    pub fn network(&self) -> Result<Arc<Network>> {
        let role = self.roles.network.as_ref().ok_or_else(|| missing("network"))?;
        let loaded = self.role_collection("network", &role.collection)?;
        self.network.get(|| {
            let lines = self.lines(&loaded)?;
            let junctions = if role.joined_at_vertices { Junctions::Vertices } else { Junctions::Ends };
            Ok(build(&lines, junctions, role.node_tolerance))
        })
    }

    fn lines(&self, loaded: &LoadedCollection) -> Result<Vec<Line>> {
        let view = loaded.view();
        let plane = Plane::of(&view, self.roles.srid)?;
        let of_row = |row: u32| {
            let parts = view.geometry(row).into_iter().flat_map(|geometry| geometry.parts());
            let lines = parts.filter(|part| part.role == Role::Line);
            lines.map(|part| Line { row, vertices: plane.points(part.xy) }).collect::<Vec<_>>()
        };
        Ok((0..view.len() as u32).flat_map(of_row).collect())
    }

    /// Returns the open edges of a profile, with the nearest of them for each point of demand.
    ///
    /// # Errors
    ///
    /// Returns an error if a network or the points of demand are not configured or not loaded.
    pub fn routable_graph(&self, profile: Profile, count: Count) -> Result<Arc<RoutableGraph>> {
        let (network, graph, demand) = (self.network()?, self.graph(profile)?, self.demand(count)?);
        let memo = self.routable_graphs.get(&(profile, count)).ok_or_else(|| missing("network"))?;
        memo.get(|| Ok(RoutableGraph::of(&network, graph.clone(), &demand, self.roles.snapping)))
    }

    /// Returns the edges of the network that are open to a profile.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no network, or if it lacks a column of its role.
    pub fn graph(&self, profile: Profile) -> Result<Arc<Graph>> {
        let network = self.network()?;
        let memo = self.graphs.get(&profile).ok_or_else(|| missing("network"))?;
        memo.get(|| self.open_edges(&network, profile))
    }

    fn open_edges(&self, network: &Network, profile: Profile) -> Result<Graph> {
        let role = self.roles.network.as_ref().ok_or_else(|| missing("network"))?;
        let loaded = self.role_collection("network", &role.collection)?;
        let view = loaded.view();
        let closed = profile.closed(role);
        let rules: Vec<(&Column, &Vec<Pattern>)> = closed
            .into_iter()
            .flatten()
            .map(|(name, patterns)| match view.column(name) {
                Some(column) => Ok((column, patterns)),
                None => Err(Error::not_found(said!("the network has no column {:?}", name))
                    .hint("check the columns under [roles.network.closed]")),
            })
            .collect::<Result<_>>()?;
        let is_closed = |row: u32| {
            rules.iter().any(|(column, patterns)| {
                let text = text_of(column.get(row as usize));
                text.is_some_and(|text| patterns.iter().any(|pattern| pattern.matches(&text)))
            })
        };
        Ok(Graph::new(network, |row| !is_closed(row)))
    }
}
