//! `veedel check`: lists what would be served, and all faults.

use super::map_folders::Contents;
use super::print::say;
use crate::catalog::Collection;
use crate::catalog::names::Name;
use crate::config::Settings;
use crate::error::Error;
use crate::source::Source;

/// Looks at all sources without loading them, and prints what would be served, what would not, and
/// why. Returns the number of faults: sources that cannot be reached, configured collections that
/// no source has, and rules that cannot be evaluated. The faults of the configuration itself were
/// printed before.
pub async fn check(settings: &Settings) -> usize {
    let mut faults = settings.missing_folders();
    let mut away = 0;
    let mut names = super::names::Names::default();
    let mut collections = vec![];
    for (index, configured) in settings.sources.iter().enumerate() {
        say(&configured.to_string());
        match look(settings, configured).await {
            Ok(found) => {
                let name =
                    |one: &Collection| Name { short: one.short.clone(), qualified: one.qualified.clone() };
                names.note(index, found.iter().map(name).collect());
                collections.extend(found);
            }
            Err(why) => {
                say(&format!("  cannot be read: {why}"));
                away += 1;
            }
        }
    }
    if let Some(state) = &settings.state {
        away += super::state::check(state).await;
    }
    let left_out = Contents::read(&settings.map, &settings.limits).left_out;
    if !left_out.is_empty() {
        say("map");
        left_out.iter().for_each(|sentence| say(&format!("  {sentence}")));
    }
    let hidden = super::hidden::covered(&settings.policy, &collections);
    if !hidden.is_empty() {
        say("hidden");
        hidden.iter().for_each(|line| say(&format!("  {line}")));
    }
    if away == 0 {
        faults.extend(settings.unmatched_collections(&names.all()));
    }
    let closed = closed(settings, &collections);
    closed.iter().for_each(|line| say(line));
    faults.iter().for_each(super::complain);
    let unplayable = crate::plan::role_check::faults(&settings.roles, &collections);
    unplayable.iter().for_each(|fault| say(fault));
    faults.len() + closed.len() + unplayable.len() + left_out.len() + away
}

/// Returns a line for each role that a collection is closed to, because a rule cannot be evaluated.
fn closed(settings: &Settings, collections: &[Collection]) -> Vec<String> {
    let line = |collection: &Collection| {
        let id = collection.qualified.clone();
        let faults = settings.policy.faults(collection).into_iter();
        faults.map(move |(role, why)| format!("{id}: closed to callers in the role {role}: {why}"))
    };
    collections.iter().flat_map(line).collect()
}

async fn look(settings: &Settings, configured: &crate::config::Source) -> Result<Vec<Collection>, Error> {
    let source: Source = super::open(configured)?;
    let overrides = |short: &str, qualified: &str| settings.overrides_of(short, qualified);
    let look = source.look(&overrides, settings.reload).await?;
    let protected = settings.roles.protected_collections();
    let names = |collection: &Collection| [collection.short.clone(), collection.qualified.clone()];
    for found in &look.found {
        let collection = &found.collection;
        let geometry = match &collection.geometry {
            Some(geometry) => geometry.crs.to_string(),
            None => "table".into(),
        };
        let (name, rows, memory) = (&collection.qualified, found.rows, found.estimate >> 10);
        say(&format!("  {name}: {geometry}, about {rows} rows, {memory} KiB"));
        for (_, part) in protected.iter().filter(|(name, _)| names(collection).iter().any(|own| own == name))
        {
            say(&format!("    protected: {}", super::protected(part)));
        }
        for warning in super::hidden::inherited(&settings.policy, found) {
            say(&format!("    warning: {warning}"));
        }
    }
    for refusal in &look.refusals {
        say(&format!("  {}: not served: {}", refusal.name, refusal.why));
    }
    Ok(look.found.into_iter().map(|found| found.collection).collect())
}
