//! A PostGIS database.
use crate::error::{Error,Result}; use crate::source::*; use std::fmt; #[derive(Clone,Debug)] pub struct Locator; #[derive(Debug)] pub struct Dsn; impl fmt::Display for Dsn { fn fmt(&self,_:&mut fmt::Formatter<'_>)->fmt::Result{Ok(())} } impl Dsn { pub fn parse(_:&str)->crate::error::Result<Dsn>{Ok(Dsn)} }
pub async fn look(_:&Dsn,_:OverridesOf<'_>,_:Duration)->Result<Look<Locator>>{Err(Error::internal("x"))}
pub async fn load(_:&Dsn,_:&Found<Locator>,_:Progress)->Result<Layer>{Err(Error::internal("x"))}
