//! `veedel key`: makes, lists, revokes and forgets keys.

use jiff::Timestamp;

use super::print;
use super::print::say;
use super::state::{State, key_store};
use crate::access::audit::{Entry, What};
use crate::access::key::{MARK, RANDOM, Token};
use crate::access::stored_key::StoredKey;
use crate::config::Settings;
use crate::config::command_line::{AddKey, KeyAction};
use crate::error::{Error, Kind, Result};

/// Executes the command. Returns the number of faults, which were printed.
///
/// # Errors
///
/// Fails if the keys cannot be read or written, or there is no such key.
pub async fn key(action: &KeyAction, settings: &Settings, state: &crate::config::State) -> Result<usize> {
    let state = State::of(state)?;
    match action {
        KeyAction::Add(add) => {
            let faults = add.faults(settings);
            faults.iter().for_each(super::complain);
            if faults.is_empty() {
                let token = random()?;
                key_store::change(&state, |keys| self::add(add, &token, keys)).await?;
                say(token.expose());
                print::complain(format_args!("This key is shown once: keep it like a password.\n"));
            }
            return Ok(faults.len());
        }
        KeyAction::List(_) => key_store::read(&state).await?.iter().for_each(|key| say(&line(key))),
        KeyAction::Revoke(asked) => {
            say(&key_store::change(&state, |keys| revoke(&asked.key, keys)).await?);
        }
        KeyAction::Forget(asked) => {
            let lines = key_store::change(&state, |keys| forget(&asked.key, keys)).await?;
            lines.iter().for_each(|line| say(line));
        }
    }
    Ok(0)
}

/// Makes a key of random bytes.
fn random() -> Result<Token> {
    let mut random = [0; RANDOM];
    let filled = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
    if filled != Ok(RANDOM) {
        return Err(Error::internal("the system has no random numbers"));
    }
    Ok(Token::of(random))
}

/// Adds a key.
fn add(add: &AddKey, token: &Token, keys: &mut Vec<StoredKey>) -> Result<((), Vec<Entry>)> {
    if keys.iter().any(|key| key.revoked.is_none() && key.name == add.name) {
        let what = format!("there is a key of the name {:?}", add.name);
        return Err(Error::new(Kind::Conflict, what).hint("choose another name, or revoke that key first"));
    }
    keys.push(StoredKey::new(token, add.name.clone(), add.roles.clone(), add.end()));
    Ok(((), vec![entry(What::KeyAdded, token.prefix(), &add.roles)]))
}

/// Revokes the key with a name or a prefix.
fn revoke(wanted: &str, keys: &mut [StoredKey]) -> Result<(String, Vec<Entry>)> {
    let prefix = wanted.strip_prefix(MARK).unwrap_or(wanted).split('_').next().unwrap_or_default();
    let is_meant =
        |key: &&mut StoredKey| key.revoked.is_none() && (key.name == wanted || key.prefix == prefix);
    let mut meant: Vec<&mut StoredKey> = keys.iter_mut().filter(is_meant).collect();
    match meant.as_mut_slice() {
        [key] => {
            key.revoked = Some(Timestamp::now());
            Ok((line(key), vec![entry(What::KeyRevoked, &key.prefix, &key.roles)]))
        }
        [] => Err(Error::not_found(format!("there is no key {wanted:?} in force"))
            .hint("veedel key list shows all keys")),
        _ => Err(Error::new(Kind::Conflict, format!("several keys have the digits {prefix}"))
            .hint("revoke them by their names")),
    }
}

/// Removes what is kept of all keys with a name or a prefix, none of which may be in force.
fn forget(wanted: &str, keys: &mut Vec<StoredKey>) -> Result<(Vec<String>, Vec<Entry>)> {
    let prefix = wanted.strip_prefix(MARK).unwrap_or(wanted).split(['_', '…']).next().unwrap_or_default();
    let is_meant = |key: &mut StoredKey| key.name == wanted || key.prefix == prefix;
    let meant: Vec<StoredKey> = keys.extract_if(.., is_meant).collect();
    if meant.is_empty() {
        let what = format!("there is no key {wanted:?}");
        return Err(Error::not_found(what).hint("veedel key list shows all keys"));
    }
    if let Some(key) = meant.iter().find(|key| key.is_in_force()) {
        let what = format!("the key {MARK}{}… is in force", key.prefix);
        return Err(Error::new(Kind::Conflict, what)
            .hint("revoke it first, or name an older key by its eight digits"));
    }
    let line = |key: &StoredKey| format!("{MARK}{}… is forgotten", key.prefix);
    let entries = meant.iter().map(|key| entry(What::KeyForgotten, &key.prefix, &key.roles));
    Ok((meant.iter().map(line).collect(), entries.collect()))
}

/// The entry about a key. Its name stands beside the key alone.
fn entry(what: What, prefix: &str, roles: &[String]) -> Entry {
    Entry { roles: roles.to_vec(), ..Entry::now(what, prefix) }
}

fn line(key: &StoredKey) -> String {
    let day = |time: &Timestamp| time.to_string().chars().take(10).collect::<String>();
    let mut parts = vec![
        format!("{MARK}{}…", key.prefix),
        key.name.clone(),
        format!("roles {}", key.roles.join(", ")),
        format!("made {}", day(&key.created)),
    ];
    if let Some(expires) = &key.expires {
        parts.push(format!("{} {expires}", if *expires <= Timestamp::now() { "expired" } else { "expires" }));
    }
    parts.push(key.last_used.map_or("never used".into(), |day| format!("last used {day}")));
    if let Some(revoked) = &key.revoked {
        parts.push(format!("revoked {revoked}"));
    }
    parts.join("; ")
}
