//! API keys: what identifies a caller, as text and as what is stored of it.
//!
//! A key is `vdl_`, eight digits by which it is recognised, `_`, and 256 random bits as 64 digits,
//! all hexadecimal. Only its SHA-256 is stored: with so many random bits, nothing slower is needed
//! against guessing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use constant_time_eq::constant_time_eq_n;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::caller::{Caller, Identified, Subject};

/// The beginning of every key.
pub const MARK: &str = "vdl_";
/// The number of digits by which a key is recognised.
const PREFIX: usize = 8;
/// The number of digits of the random bits.
const SECRET: usize = 64;
/// The number of random bytes that a key is made of.
pub const RANDOM: usize = (PREFIX + SECRET) / 2;

/// The text of a key, which only its owner knows. Its `Debug` shows only the prefix.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Makes the key of random bytes.
    pub fn of(random: [u8; RANDOM]) -> Token {
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let (prefix, secret) = digits.split_at(PREFIX);
        Token(format!("{MARK}{prefix}_{secret}"))
    }

    /// Reads a key; None if the text is none.
    pub fn read(text: &str) -> Option<Token> {
        let (prefix, secret) = text.strip_prefix(MARK)?.split_once('_')?;
        let is_hexadecimal = |digits: &str, length: usize| {
            digits.len() == length && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_key = is_hexadecimal(prefix, PREFIX) && is_hexadecimal(secret, SECRET);
        is_key.then(|| Token(text.to_owned()))
    }

    /// The text, to be shown to the owner once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The digits by which the key is recognised, which are no secret.
    pub fn prefix(&self) -> &str {
        self.0.get(MARK.len()..MARK.len() + PREFIX).unwrap_or_default()
    }

    /// What is stored of the key.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}…", self.prefix())
    }
}

/// What is stored of a key.
#[derive(Debug)]
pub struct Key {
    /// The name that its maker gave it, and the digits by which it is recognised.
    pub subject: Arc<Subject>,
    /// The SHA-256 of its text.
    pub hash: [u8; 32],
    /// Whom it identifies.
    pub caller: Caller,
    /// From when on it is not valid any more.
    pub expires: Option<Timestamp>,
    /// The last day on which it was used (UTC), in days since 1970; negative if never.
    last_used: AtomicI64,
}

impl Key {
    /// Makes a key that is valid until `expires`, last used on the day `last_used`.
    pub fn new(
        name: String,
        (prefix, hash): (String, [u8; 32]),
        caller: Caller,
        expires: Option<Timestamp>,
        last_used: Option<Date>,
    ) -> Key {
        let day = last_used.map_or(-1, |date| {
            date.to_zoned(TimeZone::UTC).map_or(-1, |start| start.timestamp().as_second() / 86_400)
        });
        let subject = Arc::new(Subject { name, prefix });
        Key { subject, hash, caller, expires, last_used: AtomicI64::new(day) }
    }

    /// Whom a request with the key is made for.
    pub fn identified(&self) -> Identified {
        Identified { caller: self.caller.clone(), subject: Some(self.subject.clone()) }
    }

    /// The last day on which it was used (UTC); None if it never was.
    pub fn last_used(&self) -> Option<Date> {
        let day = self.last_used.load(Ordering::Relaxed);
        let start = Timestamp::from_second(day.checked_mul(86_400)?).ok().filter(|_| day >= 0)?;
        Some(start.to_zoned(TimeZone::UTC).date())
    }
}

/// The keys that are in force.
#[derive(Debug, Default)]
pub struct Keys {
    /// By prefix. Two keys may have the same.
    by_prefix: BTreeMap<String, Vec<Arc<Key>>>,
}

impl Keys {
    /// Makes the set of these keys.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Keys {
        let mut by_prefix: BTreeMap<String, Vec<Arc<Key>>> = BTreeMap::new();
        for key in keys {
            by_prefix.entry(key.subject.prefix.clone()).or_default().push(Arc::new(key));
        }
        Keys { by_prefix }
    }

    /// Returns the key with this text, if it is in force at the time `now`, and notes that it was
    /// used. The hashes are compared in constant time.
    pub fn find(&self, token: &Token, now: Timestamp) -> Option<&Arc<Key>> {
        let hash = token.hash();
        let alike = self.by_prefix.get(token.prefix())?;
        let key = alike.iter().find(|key| constant_time_eq_n(&key.hash, &hash))?;
        if key.expires.is_some_and(|expires| expires <= now) {
            return None;
        }
        let today = now.as_second() / 86_400;
        if key.last_used.load(Ordering::Relaxed) != today {
            key.last_used.store(today, Ordering::Relaxed);
        }
        Some(key)
    }

    /// Returns all keys, in the order of their prefixes.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.by_prefix.values().flatten()
    }

    /// Takes over from `before` on which day each key was last used.
    pub fn take_days(&self, before: &Keys) {
        for key in before.iter() {
            let alike = self.by_prefix.get(&key.subject.prefix).into_iter().flatten();
            for own in alike.filter(|own| own.hash == key.hash) {
                own.last_used.fetch_max(key.last_used.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    }

    /// Whether a key that was in force at the time `before` is not any more, by its date or because
    /// `next` has it no more or for other callers.
    pub fn ends(&self, before: Timestamp, next: &Keys, now: Timestamp) -> bool {
        let in_force = |key: &Key, at: Timestamp| key.expires.is_none_or(|expires| at < expires);
        let goes_on = |key: &Key| {
            let mut alike = next.by_prefix.get(&key.subject.prefix).into_iter().flatten();
            alike.any(|own| own.hash == key.hash && own.caller == key.caller && in_force(own, now))
        };
        self.iter().any(|key| in_force(key, before) && !goes_on(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(byte: u8) -> Token {
        Token::of([byte; RANDOM])
    }

    fn key(token: &Token, expires: Option<Timestamp>) -> Key {
        let identity = (token.prefix().to_owned(), token.hash());
        Key::new("a".into(), identity, Caller::in_roles(["office"]), expires, None)
    }

    #[test]
    fn a_key_is_read_as_it_was_made_and_nothing_else_is_one() {
        let own = token(0xab);
        assert_eq!(Token::read(own.expose()), Some(own.clone()));
        assert_eq!(format!("{own:?}"), "vdl_abababab…");
        let text = own.expose();
        for odd in [
            "",
            "vdl_",
            "vdl_abababab",
            text.trim_start_matches('v'),
            text.trim_end_matches('b'),
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replace('_', "-"),
            &text.replace('a', "g"),
            &format!(" {text}"),
            &text.replacen("ab", "ä", 1),
        ] {
            assert_eq!(Token::read(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_the_key_itself_is_found_and_only_until_it_expires() {
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        let own = token(1);
        let mut twin = [1; RANDOM];
        twin[RANDOM - 1] = 2;
        let twin = Token::of(twin);
        assert_eq!(own.prefix(), twin.prefix());
        let keys = Keys::new([key(&own, None), key(&twin, Some(now))]);
        let found = keys.find(&own, now).unwrap();
        assert_eq!(found.last_used(), Some(jiff::civil::date(2001, 9, 9)));
        // The end is exclusive.
        assert!(keys.find(&twin, now).is_none());
        assert!(keys.find(&twin, now - jiff::SignedDuration::from_secs(1)).is_some());
        assert!(keys.find(&token(3), now).is_none());
        let mut wrong = [1; RANDOM];
        wrong[RANDOM - 1] = 3;
        assert!(keys.find(&Token::of(wrong), now).is_none());
    }

    #[test]
    fn a_key_ends_by_its_date_or_where_it_is_gone_or_has_other_roles() {
        let [before, now] = [0, 10].map(|second| Timestamp::from_second(second).unwrap());
        let (own, other) = (token(1), token(2));
        let keys = || Keys::new([key(&own, None)]);
        assert!(!keys().ends(before, &keys(), now));
        assert!(!keys().ends(before, &Keys::new([key(&own, None), key(&other, None)]), now));
        assert!(keys().ends(before, &Keys::default(), now));
        assert!(Keys::new([key(&own, Some(now))]).ends(before, &Keys::new([key(&own, Some(now))]), now));
        assert!(!Keys::new([key(&own, Some(before))]).ends(before, &Keys::default(), now), "ended before");
        let identity = (own.prefix().to_owned(), own.hash());
        let others = Key::new("a".into(), identity, Caller::in_roles(["other"]), None, None);
        assert!(keys().ends(before, &Keys::new([others]), now));
    }

    #[test]
    fn the_day_of_last_use_goes_over_to_keys_that_were_read_again() {
        let (own, now) = (token(1), Timestamp::from_second(1_000_000_000).unwrap());
        let before = Keys::new([key(&own, None)]);
        before.find(&own, now).unwrap();
        let next = Keys::new([key(&own, None), key(&token(2), None)]);
        next.take_days(&before);
        let days: Vec<_> = next.iter().map(|key| key.last_used()).collect();
        assert_eq!(days, [Some(jiff::civil::date(2001, 9, 9)), None]);
        // An older day does not replace a newer one.
        next.take_days(&Keys::new([key(&own, None)]));
        assert!(next.iter().next().unwrap().last_used().is_some());
    }
}
