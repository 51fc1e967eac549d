//! `veedel key`: makes, lists and revokes keys of the state folder.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::audit::AuditLog;
use super::key_ring::{KeyFile, Stored};
use super::print;
use super::print::say;
use crate::access::audit::{Entry, What};
use crate::access::key::{MARK, RANDOM, Token};
use crate::config::Settings;
use crate::config::command_line::{AddKey, KeyAction};
use crate::error::{Error, Kind, Result};

/// Executes the command. Returns the number of faults, which were printed.
///
/// # Errors
///
/// Fails if the keys cannot be read or written, or there is no such key.
pub fn key(action: &KeyAction, settings: &Settings, folder: &Path) -> Result<usize> {
    let (file, log) = (KeyFile::of(folder), AuditLog::open(folder));
    match action {
        KeyAction::Add(add) => {
            let faults = add.faults(settings);
            faults.iter().for_each(super::complain);
            if faults.is_empty() {
                let token = self::add(add, &file, &log?)?;
                say(token.expose());
                print::complain(format_args!("This key is shown once: keep it like a password.\n"));
            }
            Ok(faults.len())
        }
        KeyAction::List(_) => {
            file.read()?.iter().for_each(|key| say(&line(key)));
            Ok(0)
        }
        KeyAction::Revoke(revoke) => self::revoke(&revoke.key, &file, &log?).map(|line| {
            say(&line);
            0
        }),
    }
}

fn add(add: &AddKey, file: &KeyFile, log: &AuditLog) -> Result<Token> {
    let mut random = [0; RANDOM];
    let filled = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
    if filled != Ok(RANDOM) {
        return Err(Error::internal("the system has no random numbers"));
    }
    let token = Token::of(random);
    file.change(|keys| {
        if keys.iter().any(|key| key.revoked.is_none() && key.name == add.name) {
            let what = format!("there is a key of the name {:?}", add.name);
            return Err(
                Error::new(Kind::Conflict, what).hint("choose another name, or revoke that key first")
            );
        }
        log.record(&entry(What::KeyAdded, token.prefix(), &add.roles))?;
        keys.push(Stored {
            name: add.name.clone(),
            prefix: token.prefix().to_owned(),
            sha256: URL_SAFE_NO_PAD.encode(token.hash()),
            roles: add.roles.clone(),
            created: Timestamp::now(),
            expires: add.end(),
            revoked: None,
            last_used: None,
        });
        Ok(())
    })?;
    Ok(token)
}

/// Revokes the key with a name or a prefix.
fn revoke(wanted: &str, file: &KeyFile, log: &AuditLog) -> Result<String> {
    let prefix = wanted.strip_prefix(MARK).unwrap_or(wanted).split('_').next().unwrap_or_default();
    file.change(|keys| {
        let is_meant =
            |key: &&mut Stored| key.revoked.is_none() && (key.name == wanted || key.prefix == prefix);
        let mut meant: Vec<&mut Stored> = keys.iter_mut().filter(is_meant).collect();
        match meant.as_mut_slice() {
            [key] => {
                log.record(&entry(What::KeyRevoked, &key.prefix, &key.roles))?;
                key.revoked = Some(Timestamp::now());
                Ok(line(key))
            }
            [] => Err(Error::not_found(format!("there is no key {wanted:?} in force"))
                .hint("veedel key list shows all keys")),
            _ => Err(Error::new(Kind::Conflict, format!("several keys have the digits {prefix}"))
                .hint("revoke them by their names")),
        }
    })
}

/// The entry about a key. Its name stands in the file of keys alone.
fn entry(what: What, prefix: &str, roles: &[String]) -> Entry {
    Entry { roles: roles.to_vec(), ..Entry::now(what, prefix) }
}

fn line(key: &Stored) -> String {
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
