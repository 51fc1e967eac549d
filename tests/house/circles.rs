//! Which file of a crate names what lies in which other, and where they do so in a circle.
//!
//! A file depends on another if a path in its code leads to an item of the other: `super::b::X`,
//! `crate::a::b::f()`, `b::X` behind `use super::b`. A path that goes through a `use` of a third
//! file depends on that file too, so whoever lies below a `mod.rs` that re-exports its children
//! names the sibling, not the re-export. A `mod b;` alone is no dependency, nor is a path that only
//! passes through a module on its way down.

use std::collections::{BTreeMap, BTreeSet};

use super::code::is_of_a_word;

/// A module of a crate that lies in a file of its own.
pub struct Module {
    /// Its names below the root of the crate; none for the root.
    path: Vec<String>,
    file: String,
    /// Its code without comments, the content of literals and tests.
    code: String,
    uses: Vec<Use>,
}

/// A name that a `use` brings into a file.
struct Use {
    path: Vec<String>,
    /// The name that the path has from then on; None for `*`.
    name: Option<String>,
    at: usize,
    /// Whether it stands within braces, as in a function, so that no other file sees it.
    is_local: bool,
}

/// A place where a file names what lies in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    pub at: usize,
    pub path: String,
}

/// For each file, the other files that it depends on, and where it names each first.
pub type Graph = BTreeMap<String, BTreeMap<String, Naming>>;

/// Reads a file by its path; its text, and the same text with spaces in place of comments, literals
/// and tests.
pub type Read<'a> = dyn Fn(&str) -> Option<(String, String)> + 'a;

/// The modules of a crate, found from its root by `mod name;`.
pub fn modules(root: &str, read: &Read) -> Vec<Module> {
    let mut found = Vec::new();
    // The names of a module, its file, and whether its children lie beside it.
    let mut open = vec![(Vec::new(), root.to_owned(), true)];
    while let Some((path, file, is_folder)) = open.pop() {
        let Some((text, code)) = read(&file) else { continue };
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", &file));
        for (name_of_child, own_path) in declared(&text, &code) {
            let child = [path.clone(), vec![name_of_child.clone()]].concat();
            let below = match is_folder {
                true => joined(folder, &name_of_child),
                false => joined(&joined(folder, name.trim_end_matches(".rs")), &name_of_child),
            };
            let beside = format!("{below}.rs");
            let (file, is_folder) = match own_path {
                Some(own) => (joined(folder, &own), own.ends_with("mod.rs")),
                None if read(&beside).is_some() => (beside, false),
                None => (format!("{below}/mod.rs"), true),
            };
            open.push((child, file, is_folder));
        }
        let uses = uses(&code);
        found.push(Module { path, file, code, uses });
    }
    found
}

/// A path below a folder, with `..` resolved.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The names of `mod name;`, each with the content of its `#[path = "…"]`.
fn declared(text: &str, code: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for (at, _) in words(code, "mod") {
        let Some((name, rest)) = word(code[at + 3..].trim_start()) else { continue };
        if !rest.trim_start().starts_with(';') {
            continue;
        }
        let before = &code[..at];
        let item = before.rfind([';', '}']).map_or(0, |end| end + 1);
        let own_path = code[item..at].find("#[path").and_then(|attribute| {
            let mut quoted = text[item + attribute..at].split('"');
            quoted.nth(1).map(str::to_owned)
        });
        found.push((name.to_owned(), own_path));
    }
    found
}

/// The first word of a text, and what follows.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_of_a_word(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Where a word stands as a whole, and what stands before it.
fn words<'a>(code: &'a str, searched: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    code.match_indices(searched).map(|(at, _)| (at, &code[..at])).filter(move |(at, before)| {
        !before.ends_with(is_of_a_word) && !code[at + searched.len()..].starts_with(is_of_a_word)
    })
}

/// All names that the `use`s of a file bring in.
fn uses(code: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for (at, before) in words(code, "use") {
        let tree = &code[at + 3..];
        let Some(end) = tree.find(';') else { continue };
        let is_local = before.matches('{').count() > before.matches('}').count();
        let mut names = Vec::new();
        leaves(&tree[..end], &[], &mut names);
        found.extend(names.into_iter().map(|(path, name)| Use { path, name, at, is_local }));
    }
    found
}

/// The paths of a tree as `a::{b, c::{self, d as e}, f::*}`, each with the name that it gets.
fn leaves(tree: &str, before: &[String], found: &mut Vec<(Vec<String>, Option<String>)>) {
    let tree = tree.trim();
    if let Some(group) = tree.strip_prefix('{') {
        for part in split(group.strip_suffix('}').unwrap_or(group)) {
            leaves(part, before, found);
        }
    } else if let Some((first, rest)) = word(tree) {
        let path = [before, &[first.to_owned()]].concat();
        if let Some(rest) = rest.trim_start().strip_prefix("::") {
            return leaves(rest, &path, found);
        }
        let renamed = rest.trim_start().strip_prefix("as ").map(|name| name.trim().to_owned());
        let own = if first == "self" && !before.is_empty() { before.last() } else { path.last() };
        let name = renamed.or_else(|| own.cloned());
        found.push((path, name));
    } else if tree == "*" {
        found.push((before.to_vec(), None));
    }
}

/// The parts of a group between its own commas.
fn split(group: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => (),
        }
    }
    parts.push(&group[start..]);
    parts
}

/// The paths of more than one name in code that is no `use`. What a macro names by `$crate` is
/// named where the macro is called.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let Some((first, _)) = word(rest) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if first == "use" {
            at += rest.find(';').unwrap_or(rest.len());
            continue;
        }
        let start = at;
        let mut path = vec![first.to_owned()];
        at += first.len();
        while let Some((name, _)) = code[at..].strip_prefix("::").and_then(word) {
            path.push(name.to_owned());
            at += 2 + name.len();
        }
        let is_visibility = code[..start].ends_with("pub(in ");
        let is_below = code[..start].ends_with("::");
        let is_of_a_macro = code[..start].ends_with('$');
        if path.len() > 1 && !is_visibility && !is_below && !is_of_a_macro {
            found.push((start, path));
        }
    }
    found
}

/// The modules of a crate by their paths.
struct Crate<'a>(BTreeMap<&'a [String], &'a Module>);

impl Crate<'_> {
    /// The files in which a path of a module lies or through whose `use` it leads; none where it
    /// leads out of the crate or to a module.
    fn files(&self, from: &Module, path: &[String], within: u8) -> Vec<String> {
        let Some(within) = within.checked_sub(1) else { return Vec::new() };
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        match first.as_str() {
            "crate" => self.below(&[], rest, within),
            "self" => self.below(&from.path, rest, within),
            "super" => {
                let up = 1 + rest.iter().take_while(|name| *name == "super").count();
                let Some(depth) = from.path.len().checked_sub(up) else { return Vec::new() };
                self.below(&from.path[..depth], &rest[up - 1..], within)
            }
            name => {
                let child = [from.path.clone(), vec![name.to_owned()]].concat();
                let mut files = Vec::new();
                if self.0.contains_key(child.as_slice()) && !rest.is_empty() {
                    return self.below(&child, rest, within);
                }
                for used in from.uses.iter().filter(|used| used.name.as_deref() == Some(name)) {
                    if used.path.first().map(String::as_str) != Some(name) || used.path.len() > 1 {
                        files.extend(self.files(from, &[used.path.as_slice(), rest].concat(), within));
                    }
                }
                files
            }
        }
    }

    /// As [`Self::files`], for a path that begins in a module.
    fn below(&self, module: &[String], path: &[String], within: u8) -> Vec<String> {
        let Some(module) = self.0.get(module) else { return Vec::new() };
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        // `a::{self}` names the module, and nothing else that bears its name.
        if first == "self" {
            return self.below(&module.path, rest, within);
        }
        let child = [module.path.clone(), vec![first.clone()]].concat();
        let is_module = self.0.contains_key(child.as_slice());
        if is_module && !rest.is_empty() {
            return self.below(&child, rest, within);
        }
        let is_seen = |used: &&Use| used.name.as_ref() == Some(first) && !used.is_local;
        let mut files = Vec::new();
        for used in module.uses.iter().filter(is_seen) {
            files.push(module.file.clone());
            files.extend(self.files(module, &[used.path.as_slice(), rest].concat(), within));
        }
        if files.is_empty() && !is_module {
            files.push(module.file.clone());
        }
        files
    }
}

/// Which files of a crate depend on which.
pub fn graph(modules: &[Module]) -> Graph {
    let all = Crate(modules.iter().map(|module| (module.path.as_slice(), module)).collect());
    let mut graph = Graph::new();
    for module in modules {
        let used = module.uses.iter().map(|used| {
            // What is named by `*` lies in the module: a name that nothing has stands for all of
            // them.
            let star = used.name.is_none().then(|| "*".to_owned());
            (used.at, used.path.iter().cloned().chain(star).collect())
        });
        let named: Vec<(usize, Vec<String>)> = used.chain(paths(&module.code)).collect();
        let edges = graph.entry(module.file.clone()).or_default();
        for (at, path) in named {
            for file in all.files(module, &path, 16).into_iter().filter(|file| *file != module.file) {
                edges.entry(file).or_insert_with(|| Naming { at, path: path.join("::") });
            }
        }
    }
    graph
}

/// The sets of more than one file that all depend on each other, directly or through others.
pub fn circles(graph: &Graph) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (file.as_str(), reached(graph, file))).collect();
    let mut found = BTreeSet::new();
    for (file, others) in &reached {
        let is_mutual = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(file));
        let circle: BTreeSet<&str> = others.iter().filter(is_mutual).copied().collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// The files that one depends on, directly or through others.
fn reached<'a>(graph: &'a Graph, file: &str) -> BTreeSet<&'a str> {
    let next = |file: &str| graph.get(file).into_iter().flat_map(|edges| edges.keys().map(String::as_str));
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = next(file).collect();
    while let Some(file) = open.pop() {
        if found.insert(file) {
            open.extend(next(file));
        }
    }
    found
}

#[path = "circles/tests.rs"]
mod tests;
