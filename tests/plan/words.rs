//! The words of answers: sentences and warnings say what the numbers say, in both languages and
//! every format.

use serde_json::{Value, json};

use crate::city::serve;
use crate::cologne;
use crate::server::Server;
use crate::small::{ask, codes};

/// A number as German and English write it.
fn written(value: &Value, language: &str) -> String {
    let Some(number) = value.as_f64() else { return value.as_str().unwrap_or("–").to_owned() };
    let digits = format!("{}", number.abs().round());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(if language == "de" { '.' } else { ',' });
        }
        text.push(digit);
    }
    text
}

/// Tenths of a percent from two counts, rounded once.
fn percent(part: &Value, whole: &Value, language: &str) -> String {
    let (Some(part), Some(whole)) = (part.as_f64(), whole.as_f64()) else { return "*".into() };
    let tenths = format!("{:.1}", (1000.0 * part / whole).round() / 10.0);
    if language == "de" { tenths.replace('.', ",") + "\u{202f}%" } else { tenths + "%" }
}

/// Holds each number of a sentence about coverage against the answer.
fn holds(answer: &Value, question: &str) {
    let figures = if answer["after"].is_object() { &answer["after"] } else { answer };
    for language in ["de", "en"] {
        let sentence = answer["summary"][language].as_str().unwrap();
        let nobody = figures["persons"] == 0;
        for key in ["persons", "uncovered"] {
            let said = written(&figures[key], language);
            assert!(
                nobody || figures["uncovered"] == 1 || sentence.contains(&said),
                "{question}: {key} {said}: {sentence}"
            );
        }
        if let Some(margin) = answer["difference"]["margin"].as_f64() {
            assert!(sentence.contains(&format!(" {margin} ")), "{question}: {margin}: {sentence}");
        }
        let share = percent(&figures["uncovered"], &figures["persons"], language);
        assert!(nobody || sentence.contains(&share), "{question}: {share}: {sentence}");
        assert!(!sentence.contains('{') && !sentence.contains(" = '"), "{sentence}");
    }
    if let (Some(covered), Some(uncovered), Some(persons)) =
        (figures["covered"].as_f64(), figures["uncovered"].as_f64(), figures["persons"].as_f64())
    {
        assert_eq!(covered.fract() + uncovered.fract() + persons.fract(), 0.0);
        assert!(
            answer["evidence"]["disclosure"]["mode"] == "protected" || covered + uncovered == persons,
            "{question}"
        );
    }
}

#[test]
fn a_sentence_says_the_numbers_of_its_answer_whatever_is_asked() {
    for exact in ["exact = true", ""] {
        let (server, _file) = serve(exact);
        let mut asked = 0;
        let mut said = std::collections::BTreeMap::new();
        for facilities in ["kitas", "schulen", "spielplaetze", "spielplaetze&minimum_area=2000"] {
            for within in ["distance=200", "distance=500", "distance=1000", "minutes=12", "rule=din-18034"] {
                for ages in ["", "&ages=0,3", "&ages=3,6", "&ages=6,10", "&ages=0,18"] {
                    for by in ["", "&by=bezirk"] {
                        let kita = "&remove=0c82b132-8bc1-4d83-994e-8a2ebd3e59b6";
                        let remove = if facilities == "kitas" { kita } else { "&remove=1" };
                        for change in ["", "&add=7.4707,50.7498", remove] {
                            let question = format!("facilities={facilities}&{within}{ages}{by}{change}");
                            let answer = server.get(&format!("/processes/coverage/execution?{question}"));
                            if answer.status == 200 {
                                let answer = answer.json();
                                holds(&answer, &question);
                                // One sentence, one number.
                                let figures =
                                    if answer["after"].is_object() { &answer["after"] } else { &answer };
                                let number = figures["uncovered"].to_string();
                                let sentence = answer["summary"]["de"].as_str().unwrap().to_owned();
                                let before = said.insert(sentence.clone(), number.clone());
                                assert!(
                                    before.is_none_or(|before| before == number),
                                    "{question}: {sentence}"
                                );
                                asked += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(asked > 200, "{asked}");
    }
}

#[test]
fn all_questions_answer_in_a_sentence_of_their_kind() {
    let Some(server) = cologne::serve() else { return };
    let schools = "facilities=schulen&filter=schulart = 'Grundschule'".replace(' ', "%20");
    let says = |question: &str, german: &[&str], english: &[&str]| {
        let answer = ask(&server, question);
        for (language, words) in [("de", german), ("en", english)] {
            let sentence = answer["summary"][language].as_str().unwrap();
            for word in words {
                assert!(sentence.contains(word), "{question}: {word}: {sentence}");
            }
            println!("{sentence}");
        }
        answer
    };
    says(
        &format!("coverage/execution?{schools}&distance=1000&ages=6,10"),
        &[
            "Von 34.397 Kindern im Alter von 6 bis 9 Jahren haben 7.321 (21,3\u{202f}%) keine Grundschule innerhalb von 1.000 m \
           Fußweg (Bevölkerung am 31.12.2012; 146 Grundschulen, Stand 2014). Nach der Luftlinie wären es 2.334: 4.987 weniger.",
        ],
        &["Of 34,397 children aged 6 to 9, 7,321 (21.3%) have no primary school within 1,000 m on foot"],
    );
    // Districts and the city are in the table too, under numbers that no level has: nobody is
    // missing.
    let primary = ask(&server, &format!("coverage/execution?{schools}&distance=1000&ages=6,10"));
    assert!(!codes(&primary).contains(&"persons_without_area"), "{:?}", codes(&primary));
    let all = says(
        "coverage/execution?facilities=schulen&distance=1000&ages=6,10",
        &["5.110", "keine Schule"],
        &["5,110", "no school"],
    );
    assert_eq!(all["uncovered"], 5110);
    let din = says(
        "coverage/execution?type=spielplatz&rule=din-18034&ages=0,18",
        &[
            "keinen Spielplatz",
            "0 bis 9 und 15 bis 17 Jahren",
            "DIN 18034: Spielplatz (2020)",
            "43.279",
            "10 bis 14",
        ],
        &["no playground", "aged 0 to 9 and 15 to 17", "43,279"],
    );
    assert_eq!(din["persons"], 118_702);
    assert!(
        codes(&din).contains(&"ages_cut") && codes(&din).contains(&"rule_not_in_force_yet"),
        "{:?}",
        codes(&din)
    );
    says(
        &format!("siting/execution?{schools}&distance=1000&ages=6,10&p=2"),
        &["mit 2 neuen Standorten"],
        &["with 2 new sites"],
    );
    says(
        &format!("reach/execution?{schools}&distance=1000&ages=6,10&merge=true"),
        &["146 Grundschulen", "27.076"],
        &["27,076"],
    );
    says(
        "nearest/execution?facilities=bibliotheken&point=6.96,50.94",
        &["die nächste Bibliothek"],
        &["the nearest library"],
    );
    says(
        &format!("nearest/execution?{schools}&ages=6,10"),
        &["zur nächsten Grundschule"],
        &["to the nearest primary school"],
    );
    says("profile/execution?area=5&level=stadtbezirk", &["Nippes", "113.945 Personen"], &["113,945 persons"]);
    says(
        "supply/execution?facilities=spielplaetze&target=koeln-spielflaeche",
        &["m² in 665 Spielplätze", "nicht erreicht"],
        &["not met"],
    );
}

#[test]
fn what_makes_no_sense_is_warned_of() {
    let (server, _file) = serve("exact = true");
    let warned = |question: &str, code: &str| {
        let answer = ask(&server, question);
        assert!(codes(&answer).contains(&code), "{question}: {:?}", codes(&answer));
    };
    let none = "facilities=kitas&filter=name%20%3D%20'nirgends'";
    warned(&format!("coverage/execution?{none}&distance=500"), "no_match");
    warned(&format!("reach/execution?{none}&distance=500"), "no_match");
    warned(&format!("siting/execution?{none}&distance=500"), "no_match");
    warned("coverage/execution?facilities=kitas&distance=500&add=50.75,7.47", "added_off_network");
    warned("coverage/execution?facilities=kitas&distance=500&on=2005-01-01", "no_days_of_service");
    warned("coverage/execution?facilities=kitas&distance=500&profile=child", "profile_without_effect");
    warned("coverage/execution?facilities=kitas&minutes=5&profile=wheelchair", "network_knows_no_steps");
    warned("coverage/execution?facilities=schulen&rule=din-18034", "rule_of_other_facilities");
    warned("coverage/execution?facilities=kitas&distance=500&ages=3,6", "areas_without_number");
    warned("reach/execution?points=50.75,7.47&distance=500", "places_off_network");
    warned("supply/execution?facilities=kitas&groups=0,3", "capacity_shared_by_ages");
    // Where there is nothing to warn of, there is no warning.
    let quiet = ask(&server, "coverage/execution?facilities=schulen&distance=500&ages=6,10");
    assert_eq!(codes(&quiet), [""; 0], "{quiet}");
}

#[test]
fn places_of_all_ages_are_shared_and_not_counted_for_each() {
    let (server, _file) = serve("exact = true");
    let whole = |groups: &str| {
        let answer = ask(&server, &format!("supply/execution?facilities=kitas&groups={groups}"));
        let rows: Vec<Value> =
            answer["supply"].as_array().unwrap().iter().filter(|row| row["id"].is_null()).cloned().collect();
        rows
    };
    let (both, together) = (whole("0,3;3,6"), whole("0,6"));
    let sum = both.iter().map(|row| row["capacity"].as_f64().unwrap()).sum::<f64>();
    assert!((sum - together[0]["capacity"].as_f64().unwrap()).abs() <= 1.0, "{both:?} {together:?}");
    assert_eq!(both[0]["perPerson"], together[0]["perPerson"]);
}

#[test]
fn every_format_says_what_it_was_before_and_after() {
    let (server, _file) = serve("exact = true");
    let question = "coverage/execution?facilities=schulen&distance=500&ages=6,10&add=7.4707,50.7498";
    let json = ask(&server, question);
    let csv = server.get(&format!("/processes/{question}&f=csv&lang=de"));
    assert!(
        csv.header("content-disposition").contains("schulen-500m-"),
        "{}",
        csv.header("content-disposition")
    );
    let text = csv.text();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head: Vec<&str> = lines.next().unwrap().split(';').collect();
    let last: Vec<&str> = lines.next_back().unwrap().split(';').collect();
    let at = |name: &str| {
        last[head.iter().position(|own| *own == name).unwrap_or_else(|| panic!("{name} {head:?}"))]
    };
    assert_eq!(at("bisher nicht erreicht"), json["before"]["uncovered"].to_string());
    assert_eq!(at("nicht erreicht"), json["after"]["uncovered"].to_string());
    assert_eq!(at("Unterschied: nicht erreicht"), json["difference"]["uncovered"].to_string());
    let share = json["after"]["uncoveredShare"].as_f64().unwrap() * 100.0;
    assert_eq!(at("nicht erreicht in %"), format!("{}", (share * 10.0).round() / 10.0).replace('.', ","));
    assert!(head.iter().any(|name| name.contains("6 bis 9 Jahre")), "{head:?}");
    let geojson = ask(&server, &format!("{question}&f=geojson"));
    assert!(geojson["features"][0]["properties"]["before_uncovered"].is_number());
    assert_eq!(geojson["summary"], json["summary"]);
}

#[test]
fn suppressed_numbers_are_null_on_the_map() {
    let (server, _file) = serve("");
    let answer =
        ask(&server, "coverage/execution?facilities=schulen&distance=500&ages=0,3&by=viertel&f=geojson");
    let features = answer["features"].as_array().unwrap();
    let withheld: Vec<&Value> =
        features.iter().map(|own| &own["properties"]).filter(|own| own["suppressed"] == true).collect();
    assert!(!withheld.is_empty());
    assert!(withheld.iter().all(|own| own.as_object().unwrap().values().any(Value::is_null)));
    assert!(features.iter().all(|own| own["properties"]["persons"] != "*"));
}

#[test]
fn check_names_what_roles_get_wrong() {
    let file =
        crate::city::configuration_of(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city"), "srid = 4326\n");
    let text = std::fs::read_to_string(file.path()).unwrap();
    std::fs::write(file.path(), text.replace("name = \"name\"\ncapacity", "name = \"nmae\"\ncapacity"))
        .unwrap();
    let path = file.path().to_str().unwrap();
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
        .args(["check", "--config", path])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert!(!check.status.success());
    assert!(said.contains("EPSG:4326") && said.contains("nmae"), "{said}");
    let server = Server::ready(&["--config", path]);
    let answer = server.get("/processes/coverage/execution?facilities=kitas&distance=500");
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert_eq!(answer.json()["hint"], json!("name a projected system as srid under [roles]"));
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The numbers of a sentence without its days, in order of size.
fn numbers(sentence: &str, language: &str) -> Vec<f64> {
    let words: Vec<&str> =
        sentence.split(|letter: char| letter.is_whitespace() || "()–„“”;:".contains(letter)).collect();
    let mut found = vec![];
    for (index, word) in words.iter().enumerate() {
        let bare = word.trim_matches(|letter: char| !letter.is_ascii_digit());
        let after_month = index > 0 && MONTHS.contains(&words[index - 1]);
        let before_month = words.get(index + 1).is_some_and(|word| MONTHS.contains(word));
        let is_day = bare.split('.').count() == 3
            && bare.len() >= 8
            && !bare.contains(',')
            && language == "de"
            && bare.rsplit('.').next().is_some_and(|year| year.len() == 4);
        if bare.is_empty() || after_month || before_month || is_day {
            continue;
        }
        let plain = match language {
            "de" => bare.replace('.', "").replace(',', "."),
            _ => bare.replace(',', ""),
        };
        found.extend(plain.parse::<f64>().ok());
    }
    found.sort_by(f64::total_cmp);
    found
}

/// Whatever is asked, the sentences of both languages have the same numbers, and the answer's own
/// figures are among them.
#[test]
fn both_languages_say_the_same_numbers_whatever_is_asked() {
    let mut asked = 0;
    for exact in ["exact = true", ""] {
        let (server, _file) = serve(exact);
        let homes =
            server.get("/collections/adressen/items?limit=60").json()["features"].as_array().unwrap().clone();
        let mut questions = vec![];
        for (number, facilities) in ["kitas", "schulen", "spielplaetze"].iter().enumerate() {
            for within in ["distance=200", "distance=500", "distance=1000", "minutes=12"] {
                for ages in ["", "&ages=0,3", "&ages=3,6", "&ages=6,10", "&ages=0,18"] {
                    let all = format!("facilities={facilities}&{within}{ages}");
                    questions
                        .push((format!("siting/execution?{all}&p={}", number + 1), vec!["persons", "bound"]));
                    questions.push((
                        format!("reach/execution?{all}&merge=true"),
                        vec!["persons", "reach/0/persons"],
                    ));
                    for home in homes.iter().skip(number * 3).step_by(20) {
                        let at = &home["geometry"]["coordinates"];
                        let all = format!("points={},{}&{within}{ages}", at[0], at[1]);
                        questions
                            .push((format!("reach/execution?{all}"), vec!["persons", "reach/0/persons"]));
                    }
                }
            }
            for ages in ["", "&ages=0,3", "&ages=6,10", "&ages=0,18"] {
                for by in ["", "&by=bezirk"] {
                    let all = format!("nearest/execution?facilities={facilities}{ages}{by}");
                    questions.push((all, vec!["total/mean", "total/median"]));
                }
            }
            for home in homes.iter().step_by(4) {
                let at = &home["geometry"]["coordinates"];
                let all = format!("nearest/execution?facilities={facilities}&point={},{}", at[0], at[1]);
                questions.push((all, vec!["nearest/0/distance", "nearest/0/minutes", "nearest/0/airline"]));
            }
        }
        for groups in ["", "&groups=0,3", "&groups=3,6", "&groups=0,3;3,6", "&groups=0,6"] {
            for by in ["", "&by=bezirk", "&by=all"] {
                for target in ["", "&target=0.4"] {
                    let all = format!("supply/execution?facilities=kitas{groups}{by}{target}");
                    questions.push((all, vec![]));
                }
            }
        }
        for area in ["S%C3%BCd", "Gr%C3%BCnwald", "Altstadt/Markt"] {
            questions.push((format!("profile/execution?area={area}"), vec!["persons", "area/hectares"]));
        }
        for (question, figures) in questions {
            let answer = server.get(&format!("/processes/{question}"));
            if answer.status != 200 {
                continue;
            }
            let answer = answer.json();
            let [german, english] = ["de", "en"].map(|language| {
                let sentence = answer["summary"][language].as_str().unwrap();
                assert!(!sentence.contains('{') && !sentence.contains("NaN"), "{sentence}");
                numbers(sentence, language)
            });
            assert_eq!(german, english, "{question}: {}", answer["summary"]);
            for figure in figures {
                let Some(value) = answer.pointer(&format!("/{figure}")).and_then(Value::as_f64) else {
                    continue;
                };
                let is_said = german.iter().any(|said| (said - value).abs() < 0.051);
                let is_nothing = value == 0.0 || value == 1.0;
                assert!(is_said || is_nothing, "{question}: {figure} {value}: {}", answer["summary"]);
            }
            asked += 1;
        }
    }
    println!("{asked} sentences");
    assert!(asked > 600, "{asked}");
}
