//! Twins by chance: thousands of random questions to the same rows, in memory, in a folder and as SQL, whose answers must
//! be the same: which features, in which order, how many, and where the next page begins.

use std::fs::File;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use veedel::access::{Caller, Permit, Policy};
use veedel::catalog::{Collection, Overrides};
use veedel::encode::{Head, ItemFormat, Options, Writer};
use veedel::layer::evaluate::{self, Answer};
use veedel::layer::{Layer, View};
use veedel::query::{Cursor, Query};
use veedel::source::folder;
use veedel::source::postgis::direct::{Direct, Pool, PoolLimits, Reader, Time, Times};
use veedel::source::postgis::{self, Dsn};

use crate::postgres::database;
use crate::random::Draw;
use crate::tools::Numbers;

/// Answers compared in a run: of questions and of the pages that follow from them.
fn answers() -> usize {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse::<usize>().ok());
    cases.map_or(10_000, |count| count * 40)
}

/// Rows in memory, and what they are called.
struct Rows {
    collection: Collection,
    layer: Layer,
    permit: Permit,
}

/// The same rows in memory, read from the database; where there is one, in memory, read from a folder; and in the database.
pub struct Twins {
    resident: Rows,
    folder: Option<Rows>,
    direct: Arc<Direct>,
}

/// Reads the one table of a database both ways.
pub async fn twins(url: &str) -> Twins {
    let dsn = Dsn::parse(url).unwrap();
    let client = postgis::connect(&dsn).await.unwrap();
    let overrides = |_: &str, _: &str| Overrides::default();
    let look = postgis::look(&client, "test", &overrides, Duration::from_secs(60)).await.unwrap();
    let found = look.found.into_iter().next().unwrap();
    let resident = postgis::load(&dsn, &found, &|_| ()).await.unwrap();
    let long = Duration::from_secs(30);
    let time = Time { most: long, limit: None };
    let times = Times { statement: time, tile: time, count: long, answer: time };
    let pool = Pool::new(dsn, PoolLimits { connections: 4, wait: long, per_client: 100 });
    let direct = Arc::new(Direct::open(pool, &found, times).await.unwrap());
    let resident = Rows::new(found.collection.clone(), resident);
    Twins { resident, folder: None, direct }
}

impl Rows {
    fn new(collection: Collection, layer: Layer) -> Rows {
        let permit = Policy::default().read(&collection, &Caller::Anonymous).unwrap();
        Rows { collection, layer, permit }
    }

    fn view(&self) -> View<'_> {
        View::new(&self.layer, &self.collection, &self.permit)
    }

    /// The same rows written to a FlatGeobuf file, with the types that it has no words for beside it, and read again.
    fn in_a_folder(&self) -> Rows {
        let folder = tempfile::tempdir().unwrap();
        let short = &self.collection.short;
        let stored = self.collection.geometry.as_ref().unwrap().crs;
        let options = Options { spool_bytes: 1 << 30, ..Options::default() };
        let mut writer = Writer::new(ItemFormat::FlatGeobuf, &options, stored, stored).unwrap();
        let (view, mut out) = (self.view(), vec![]);
        writer.begin(&view, &Head::default(), &mut out).unwrap();
        let rows: Vec<u32> = (0..view.len() as u32).collect();
        writer.features(&view, &rows, &mut out).unwrap();
        let mut written = writer.end(&mut out).unwrap().unwrap();
        let mut file = File::create(folder.path().join(format!("{short}.fgb"))).unwrap();
        std::io::copy(&mut written, &mut file).unwrap();
        let mut words =
            format!("key = \"id\"\ngeometry = {:?}\n", self.collection.geometry.as_ref().unwrap().name);
        for column in &self.collection.columns {
            words += &format!("[columns.{}]\ntype = {:?}\n", column.name, column.kind.name());
        }
        std::fs::write(folder.path().join(format!("{short}.schema.toml")), words).unwrap();
        let look = folder::look(folder.path(), &|_, _| Overrides::default()).unwrap();
        assert!(look.refusals.is_empty(), "{:?}", look.refusals);
        let found = look.found.into_iter().next().unwrap();
        let layer = folder::load(&found, &|_| ()).unwrap();
        // An empty geometry is none in FlatGeobuf; nothing else was lost on the way.
        let report = layer.report().to_string();
        assert!(report.ends_with(" without geometry") && !report.contains(','), "{report}");
        Rows::new(found.collection, layer)
    }

    fn answer(&self, query: &Query) -> Result<Said, String> {
        let view = self.view();
        let Answer { rows, matched, next, previous } =
            evaluate::evaluate(&view, query).map_err(|why| why.to_string())?;
        let ids = rows.iter().map(|row| view.key(*row).unwrap().text()).collect();
        Ok(Said { ids, matched: Some(matched), next, previous })
    }
}

/// What an answer says, with features by their ids.
#[derive(Debug, PartialEq)]
pub struct Said {
    pub ids: Vec<String>,
    matched: Option<u64>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
}

impl Twins {
    pub fn resident(&self, query: &Query) -> Result<Said, String> {
        self.resident.answer(query)
    }

    pub async fn direct(&self, query: &Query) -> Result<Said, String> {
        let reader = Reader { permit: &self.resident.permit, client: None };
        let mut page = self.direct.page(query.clone(), reader).await.map_err(|why| why.to_string())?;
        let mut ids = vec![];
        while let Some(piece) = page.pieces.recv().await {
            let piece = piece.map_err(|why| why.to_string())?;
            let view = View::new(&piece, &self.direct.collection, &self.resident.permit);
            ids.extend((0..piece.len()).map(|row| view.key(row as u32).unwrap().text()));
        }
        if page.returned != Some(ids.len()) {
            return Err(format!("{:?} said, {} came", page.returned, ids.len()));
        }
        Ok(Said { ids, matched: page.matched, next: page.next, previous: page.previous })
    }

    /// Asks all three for a page, for the next and from there back; what differs, in words. Counts the answers.
    async fn compare(&self, mut query: Query, count: &mut usize) -> Option<String> {
        for step in ["first", "next", "back"] {
            *count += 1;
            let (mut resident, mut direct) = (self.resident(&query), self.direct(&query).await);
            let folder = self.folder.as_ref().map(|folder| folder.answer(&query));
            if let Some(folder) = folder.filter(|folder| format!("{resident:?}") != format!("{folder:?}")) {
                return Some(format!(
                    "{step} page of {query:?}\nin memory   {resident:?}\nin a folder {folder:?}"
                ));
            }
            // Of a page without features nobody knows what lies before it.
            for said in [&mut resident, &mut direct].into_iter().flatten().filter(|said| said.ids.is_empty())
            {
                (said.next, said.previous) = (None, None);
            }
            // By their words, in which NaN is NaN.
            if format!("{resident:?}") != format!("{direct:?}") {
                return Some(format!(
                    "{step} page of {query:?}\nin memory {resident:?}\nas SQL    {direct:?}"
                ));
            }
            let Ok(Said { next, previous, .. }) = resident else { return None };
            query.from = if step == "first" { next } else { previous };
            query.offset = 0;
            query.from.as_ref()?;
        }
        None
    }
}

/// The threads that ask.
pub fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    })
}

#[test]
fn random_questions_are_answered_alike_in_memory_in_a_folder_and_as_sql() {
    let database = database("zufall");
    database.sql(&Draw(Numbers(1)).table(150));
    let mut twins = runtime().block_on(twins(&database.url()));
    twins.folder = Some(twins.resident.in_a_folder());
    let twins = Arc::new(twins);
    let count = answers();
    let asking: Vec<_> = (0..4)
        .map(|part| {
            let twins = twins.clone();
            runtime().spawn(async move {
                let mut draw = Draw(Numbers(1000 + part));
                let (mut apart, mut compared) = (vec![], 0);
                while compared < count / 4 {
                    apart.extend(twins.compare(draw.query(), &mut compared).await);
                }
                apart
            })
        })
        .collect();
    let apart: Vec<String> = asking.into_iter().flat_map(|part| runtime().block_on(part).unwrap()).collect();
    let shown: Vec<&str> = apart.iter().take(5).map(String::as_str).collect();
    assert!(apart.is_empty(), "{} of {count} answers:\n{}", apart.len(), shown.join("\n\n"));
}
