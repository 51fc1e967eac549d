//! Reads the configuration file and returns checked [`Settings`], or all of its faults.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::Environment;
use super::fault::{Fault, Wrong, shown};
use super::public_url::PublicUrl;
use super::quantity::{duration, memory_budget, size, spoken_duration, spoken_size};
use super::reader::{Faults, Section, Value, boolean, named, text, texts, whole_number};
use super::settings::Settings;
use super::source::Source;
use super::state::State;
use super::{access, collections, map, publication, roles, rules, syntax};
use crate::catalog::Language;
use crate::limits::{Limit, Limits, Unit, table};

const LISTEN_HINT: &str =
    "write an IP address and a port, such as \"127.0.0.1:3000\", or \"0.0.0.0:3000\" for all networks";

/// Reads `content`, the content of `file`. Relative paths of folders start from `base`.
pub fn parse(
    file: &str,
    content: &str,
    base: &Path,
    environment: Environment<'_>,
) -> Result<Settings, Vec<Fault>> {
    let (readable, syntax) = syntax::repair(content);
    let (document, _) = DeTable::parse_recoverable(&readable);
    let mut faults = Faults::new(file, content);
    let settings = settings(document.get_ref(), base, environment, &mut faults);
    let faults = faults.finish(syntax);
    if faults.is_empty() { Ok(settings) } else { Err(faults) }
}

fn settings(
    document: &DeTable<'_>,
    base: &Path,
    environment: Environment<'_>,
    faults: &mut Faults<'_>,
) -> Settings {
    let mut settings = Settings::default();
    let mut root = Section::new(document);
    if let Some(address) = root.read("listen", faults, |value| listen(text_as(value, LISTEN_HINT)?)) {
        settings.listen = address;
    }
    if let Some(address) = root.read("operator_listen", faults, |value| listen(text_as(value, LISTEN_HINT)?))
    {
        settings.operator_listen = Some(address);
    }
    if let Some(value) = root.value("trusted_proxies") {
        settings.trusted_proxies = trusted_proxies(value, faults);
    }
    settings.public_url = root.read("public_url", faults, |value| PublicUrl::parse(text(value)?));
    if let Some(value) = root.value("sources") {
        sources(value, base, environment, faults, &mut settings);
    }
    if let Some(interval) = root.read("reload", faults, |value| reload(text_with_unit(value, "5m")?)) {
        settings.reload = interval;
    }
    if let Some(interval) = root.read("watch", faults, |value| watch(text_with_unit(value, "2s")?)) {
        settings.watch = interval;
    }
    if let Some(budget) =
        root.read("memory_budget", faults, |value| memory_budget(text_with_unit(value, "2 GiB")?))
    {
        settings.memory_budget = budget;
    }
    if let Some(bytes) = root.read("tile_cache", faults, |value| size(text_with_unit(value, "128 MiB")?)) {
        settings.tile_cache = bytes;
    }
    settings.access_log = root.read("access_log", faults, boolean).unwrap_or(settings.access_log);
    settings.operator_socket = root.read("operator_socket", faults, |value| Ok(base.join(text(value)?)));
    settings.state = root.read("state", faults, |value| State::parse(text(value)?, base, environment));
    if let Some(chosen) = root.read("language", faults, |value| language(text(value)?)) {
        settings.language = chosen;
    }
    if let Some(table) = root.section("limits", faults) {
        settings.limits = limits(table, faults);
    }
    // Before the collections, whose rules name roles.
    if let Some(table) = root.section("access", faults) {
        access::read(table, &mut settings, faults);
    }
    if let Some(table) = root.section("collections", faults) {
        collections::read(table, &mut settings, faults);
    }
    if let Some(table) = root.section("rules", faults) {
        rules::read(table, &mut settings, faults);
    }
    if let Some(table) = root.section("roles", faults) {
        roles::read(table, &mut settings, faults);
    }
    if let Some(DeValue::Table(collections)) = root.value("collections").map(Spanned::get_ref) {
        access::levels_exist(collections, &settings, faults);
    }
    if let Some(table) = root.section("catalog", faults) {
        publication::read(table, &mut settings, faults);
    }
    if let Some(table) = root.section("map", faults) {
        map::read(table, base, &mut settings, faults);
    }
    root.finish(faults);
    settings
}

/// Reads the address to listen on.
pub fn listen(text: &str) -> Result<SocketAddr, Wrong> {
    let wrong = || Wrong::new(format!("{} is no address to listen on", shown(text)), LISTEN_HINT);
    text.trim().parse().map_err(|_| wrong())
}

/// Reads how often a database is asked for changes.
pub fn watch(text: &str) -> Result<Duration, Wrong> {
    let interval = duration(text)?;
    if !interval.is_zero() && interval < Duration::from_secs(1) {
        let what = format!("{} is too short an interval", shown(text));
        return Err(Wrong::new(what, "write at least \"1s\", or \"0s\" for never"));
    }
    Ok(interval)
}

/// Reads how often databases are read again.
pub fn reload(text: &str) -> Result<Duration, Wrong> {
    let interval = duration(text)?;
    if interval < Duration::from_secs(1) {
        let what = format!("{} is too short an interval", shown(text));
        return Err(Wrong::new(what, "write at least \"1s\""));
    }
    Ok(interval)
}

/// Reads addresses and networks. With an empty list no proxy is trusted.
fn trusted_proxies(value: &Value<'_>, faults: &mut Faults<'_>) -> Vec<IpNet> {
    if matches!(value.get_ref(), DeValue::Array(items) if items.is_empty()) {
        return Vec::new();
    }
    let mut networks = Vec::new();
    for (text, span) in texts("trusted_proxies", value, faults) {
        let text = text.trim();
        match text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.to_canonical().into())) {
            Ok(network) => networks.push(network),
            Err(_) => {
                let what = format!("{} is no address and no network", shown(text));
                let hint = "write an IP address or a network, such as \"10.0.0.7\" or \"10.0.0.0/8\"";
                faults.add(&span, named("trusted_proxies", Wrong::new(what, hint)));
            }
        }
    }
    networks
}

fn language(text: &str) -> Result<Language, Wrong> {
    Language::from_code(text).ok_or_else(|| {
        Wrong::new(format!("{} is no language of ours", shown(text)), "write \"de\" or \"en\"")
    })
}

/// Reads a text; `hint` is that of the fault if the value is no text.
fn text_as<'a>(value: &'a DeValue<'a>, hint: &str) -> Result<&'a str, Wrong> {
    text(value).map_err(|wrong| Wrong::new(wrong.what, hint))
}

/// Reads a text with a unit; the hint of the fault shows an `example`, because people often write a
/// number.
fn text_with_unit<'a>(value: &'a DeValue<'a>, example: &str) -> Result<&'a str, Wrong> {
    text(value)
        .map_err(|wrong| Wrong::new(wrong.what, format!("write number and unit, such as \"{example}\"")))
}

fn sources(
    value: &Value<'_>,
    base: &Path,
    environment: Environment<'_>,
    faults: &mut Faults<'_>,
    settings: &mut Settings,
) {
    settings.sources.clear();
    for (text, span) in texts("sources", value, faults) {
        match Source::parse(text, base, environment) {
            Ok(source) if settings.sources.contains(&source) => {
                let what = format!("sources: {} is named twice", shown(&source.to_string()));
                faults.add(&span, Wrong::new(what, "remove one of the two"));
            }
            Ok(source) => {
                settings.sources.push(source);
                settings.source_positions.push(faults.position(&span));
            }
            Err(wrong) => faults.add(&span, named("sources", wrong)),
        }
    }
}

fn limits(table_: &DeTable<'_>, faults: &mut Faults<'_>) -> Limits {
    let mut limits = Limits::default();
    let mut section = Section::new(table_);
    for limit in table() {
        if let Some(number) = section.read(limit.name, faults, |value| quantity(value, &limit)) {
            limit.set(&mut limits, number);
        }
    }
    let mut contradiction = |key: &'static str, isnt: bool, what: &str, hint: &str| {
        if let (true, Some(value)) = (isnt, section.value(key)) {
            faults.add(&value.span(), Wrong::new(what, hint));
        }
    };
    for key in ["page_default", "page_maximum"] {
        let is_more = limits.page_default > limits.page_maximum;
        contradiction(key, is_more, "page_default is more than page_maximum", "lower one or raise the other");
    }
    for key in ["uri_bytes", "head_bytes"] {
        let is_more = limits.uri_bytes > limits.head_bytes;
        contradiction(
            key,
            is_more,
            "uri_bytes is more than head_bytes, which holds it",
            "lower one or raise the other",
        );
    }
    section.finish(faults);
    limits
}

/// Reads the value of a limit in the form of its unit.
fn quantity(value: &DeValue<'_>, limit: &Limit) -> Result<u64, Wrong> {
    let (least, most) = (*limit.allowed.start(), *limit.allowed.end());
    let (number, speak): (u64, fn(u64) -> String) = match limit.unit {
        Unit::Count | Unit::Zoom | Unit::Percent | Unit::Metres => {
            return whole_number(value, limit.allowed.clone());
        }
        Unit::Bytes => (size(text_with_unit(value, "512 KiB")?)?, spoken_size),
        Unit::Milliseconds => {
            let time = duration(text_with_unit(value, "5s")?)?;
            (u64::try_from(time.as_millis()).unwrap_or(u64::MAX), spoken_duration)
        }
    };
    if limit.allowed.contains(&number) {
        return Ok(number);
    }
    let hint = format!("write \"{}\" to \"{}\"", speak(least), speak(most));
    Err(Wrong::new(format!("\"{}\" is not allowed", speak(number)), hint))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> bool {
        parse("veedel.toml", text, Path::new("/etc"), &|_| None).is_ok()
    }

    #[test]
    fn the_operators_address_and_the_proxies_are_read() {
        let settings = super::super::tests::parse(
            "operator_listen = \"127.0.0.1:3001\"\ntrusted_proxies = [\"10.0.0.0/8\", \"2001:db8::7\"]\n",
        )
        .unwrap();
        assert_eq!(settings.operator_listen, "127.0.0.1:3001".parse().ok());
        let trusted: Vec<String> = settings.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(trusted, ["10.0.0.0/8", "2001:db8::7/128"]);
        assert_eq!(super::super::tests::parse("trusted_proxies = []").unwrap().trusted_proxies, []);
        for (line, part) in [
            ("operator_listen = \"3001\"", "operator_listen: \"3001\" is no address"),
            ("trusted_proxies = \"proxy.example\"", "\"proxy.example\" is no address and no network"),
            ("trusted_proxies = [\"10.0.0.0/33\"]", "trusted_proxies: \"10.0.0.0/33\" is no address"),
            ("trusted_proxies = 7", "trusted_proxies: 7 is not a text"),
        ] {
            super::super::tests::refuses(line, part);
        }
    }

    #[test]
    fn any_text_is_a_configuration_or_has_faults() {
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let _ = read(&text);
            let _ = read(&format!("[collections.\"a\"]\n{text}"));
            let _ = read(&format!("[limits]\n{text}"));
        });
    }
}
