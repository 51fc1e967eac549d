//! Ranges as MapLibre reads them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::*;

fn regular() -> Font {
    Font::embedded().into_iter().find(|font| font.name == "Noto Sans Regular").unwrap()
}

fn decoded(fonts: &[&Font], first: u32) -> BTreeMap<char, Glyph> {
    let glyphs = Glyphs::decode(range(fonts, first).as_slice()).unwrap();
    let [stack] = glyphs.stacks.as_slice() else { panic!("one stack") };
    assert_eq!(stack.range, format!("{first}-{}", first + 255));
    stack.glyphs.iter().map(|glyph| (char::from_u32(glyph.id).unwrap(), glyph.clone())).collect()
}

#[test]
fn three_fonts_are_embedded() {
    let names: Vec<String> = Font::embedded().into_iter().map(|font| font.name).collect();
    assert_eq!(names, ["Noto Sans Regular", "Noto Sans Bold", "Noto Sans Italic"]);
    assert!(crate::carto::font::LICENCE.contains("OFL"));
}

#[test]
fn a_glyph_has_the_metrics_of_its_font() {
    let glyphs = decoded(&[&regular()], 0);
    // In Noto Sans, H is 714 units of 1000 high and 741 wide, its stems begin at 98 and end at 642.
    let Glyph { width, height, left, top, advance, bitmap, .. } = glyphs[&'H'].clone();
    assert_eq!((width, height, left, top, advance), (13, 17, 2, 17 - 25, 17));
    let bitmap = bitmap.unwrap();
    assert_eq!(bitmap.len(), (13 + 6) * (17 + 6));
    // The middle of the left stem is inside, that between the stems and the corner are outside.
    let at = |x: usize, y: usize| bitmap[y * 19 + x];
    assert!(at(4, 11) > 200 && at(9, 6) < 150 && at(0, 0) < 120, "{} {} {}", at(4, 11), at(9, 6), at(0, 0));
    // g goes below the baseline, and a space has an advance only.
    assert!(glyphs[&'g'].top - i32::try_from(glyphs[&'g'].height).unwrap() < -25 - 4);
    assert_eq!((glyphs[&' '].bitmap.clone(), glyphs[&' '].advance), (None, 6));
}

#[test]
fn names_of_europe_can_be_written() {
    let font = regular();
    for text in
        ["Köln Straße ẞ", "Yeniköy ğşıİÇ", "Łódź żółć ąęń", "Αθήνα Ωδή", "Москва Я ё", "Çağ – „…“ • €"]
    {
        for letter in text.chars().filter(|letter| *letter != ' ') {
            let first = u32::from(letter) / RANGE * RANGE;
            let glyph = decoded(&[&font], first).get(&letter).cloned();
            let glyph = glyph.unwrap_or_else(|| panic!("{letter}"));
            assert!(glyph.advance > 0 && glyph.width > 0 && glyph.bitmap.is_some(), "{letter}");
        }
    }
    assert_eq!(decoded(&[&font], 0x4e00).len(), 0, "there are no Chinese characters");
}

#[test]
fn the_first_font_that_has_a_character_gives_it() {
    let fonts = Font::embedded();
    let [regular, bold, _] = fonts.as_slice() else { panic!("three fonts") };
    let of = |fonts: &[&Font]| decoded(fonts, 0)[&'A'].clone();
    assert_ne!(of(&[regular]), of(&[bold]));
    assert_eq!(of(&[regular, bold]), of(&[regular]));
    assert_eq!(of(&[bold, regular]), of(&[bold]));
}

#[test]
fn every_glyph_of_every_range_is_consistent() {
    for font in Font::embedded() {
        let began = Instant::now();
        let mut slowest = 0;
        for first in (0..=LAST).step_by(256) {
            let begun = Instant::now();
            for (letter, glyph) in decoded(&[&font], first) {
                let bytes = glyph.bitmap.map_or(0, |bitmap| bitmap.len());
                let expected = if glyph.width == 0 { 0 } else { (glyph.width + 6) * (glyph.height + 6) };
                assert_eq!(u32::try_from(bytes).unwrap(), expected, "{letter}");
            }
            slowest = slowest.max(begun.elapsed().as_micros());
        }
        println!("{}: {} ms, slowest range {slowest} µs", font.name, began.elapsed().as_millis());
    }
}

#[test]
fn what_is_no_font_is_refused() {
    assert!(Font::read(b"".as_slice()).is_err());
    assert!(Font::read(b"no font".as_slice()).is_err());
    assert!(Font::read(vec![0; 1 << 20]).is_err());
    let regular = include_bytes!(concat!(env!("OUT_DIR"), "/NotoSans-Regular.ttf"));
    for length in (0..regular.len()).step_by(9_973) {
        if let Ok(font) = Font::read(&regular[..length]) {
            let _ = range(&[&font], 0);
        }
    }
    let mut seed = 1_u64;
    for _ in 0..60 {
        let mut broken = regular.to_vec();
        for _ in 0..40 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 33).unwrap() % broken.len();
            broken[at] = broken[at].wrapping_add(u8::try_from(seed >> 56).unwrap());
        }
        if let Ok(font) = Font::read(broken) {
            let _ = range(&[&font], 0);
        }
    }
}
