//! Makes the tables and functions, and grants the rights to them.

use super::link::{PATIENCE, text};
use super::rights::foreign;
use super::statement::{self, FORM};
use crate::error::{Error, Kind, Result};
use crate::source::postgis::connect::connect;
use crate::source::postgis::dsn::Dsn;
use crate::source::postgis::wording;

/// Makes the tables and functions for keys and the record, lets `servers` serve and `managers` make
/// and end keys and read the record. It may be repeated: what exists stays. Returns a line of text
/// for each thing done.
///
/// # Errors
///
/// Fails, and changes nothing, if there are tables of the same names that veedel did not make, or
/// if the role lacks the rights: CREATE on the database.
pub async fn install(dsn: &Dsn, servers: &[String], managers: &[String]) -> Result<Vec<String>> {
    let client = connect(dsn).await?;
    let all = async {
        let worded = |error| refused(&error, "schema veedel");
        let found = client.query_typed(statement::FOUND, &[]).await.map_err(worded)?;
        let forms: Vec<&str> = found.iter().flat_map(|row| [text(row, 1), text(row, 2)]).flatten().collect();
        if forms.iter().any(|form| *form != FORM) {
            return Err(foreign(dsn));
        }
        let was = if forms.is_empty() { "made" } else { "brought up to date" };
        client.batch_execute(&statement::begin(PATIENCE)).await.map_err(worded)?;
        client.batch_execute(statement::SCHEMA).await.map_err(worded)?;
        client.batch_execute(&statement::mark()).await.map_err(worded)?;
        let mut lines = vec![
            format!("veedel.key: {was}; of keys it has the SHA-256"),
            format!("veedel.audit: {was}; servers only append to it"),
        ];
        let owner = client.query_typed(statement::OWNER, &[]).await.map_err(worded)?;
        let owner = owner.first().and_then(|row| text(row, 0)).unwrap_or_default();
        if let Some(role) = servers.iter().find(|role| role.as_str() == owner) {
            let what = format!("the role {role} owns the record, and could change it");
            return Err(
                Error::invalid("--role", what).hint("name the role by which servers connect, another one")
            );
        }
        for role in servers {
            let granted = client.batch_execute(&statement::grant_serving(role)).await;
            granted.map_err(|error| refused(&error, &format!("role {role}")))?;
            lines.push(format!("{role} may read keys, note their last use and append to the record"));
        }
        for role in managers {
            let granted = client.batch_execute(&statement::grant_managing(role)).await;
            granted.map_err(|error| refused(&error, &format!("role {role}")))?;
            lines.push(format!("{role} may make and end keys and read the record"));
        }
        client.batch_execute("COMMIT").await.map_err(worded)?;
        Ok(lines)
    };
    let done = match tokio::time::timeout(PATIENCE * 2, all).await {
        Ok(done) => done,
        Err(_) => Err(Error::unavailable(format!("{dsn} does not answer"))),
    };
    client.close().await;
    done
}

/// Returns the reason why the database rejected a statement.
fn refused(error: &tokio_postgres::Error, subject: &str) -> Error {
    match error.code().map(|code| code.code()) {
        Some("42501") => {
            Error::new(Kind::Invalid, format!("the role may not install keys and record: {subject}"))
                .hint("use a role with CREATE on the database, or the owner of schema veedel")
        }
        Some("42704") => Error::new(Kind::NotFound, format!("there is no {subject}")),
        Some("25006") => Error::new(Kind::Invalid, "this is a standby").hint("use the primary's address"),
        _ => wording::statement(error, subject),
    }
}
