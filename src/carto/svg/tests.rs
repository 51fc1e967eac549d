//! Files that are icons, and files that are none.

use super::*;

fn svg(content: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='15' height='15' xmlns:x='http://www.w3.org/1999/xlink' xmlns:inkscape='urn:i'>{content}</svg>"
    )
}

fn refused(text: &str) -> String {
    read(text, &Limits::default()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_drawing_programs_write_is_read() {
    for text in [
        svg("<path d='M1 1h13v13z' fill='#fff'/>"),
        svg("<inkscape:namedview><inkscape:grid/></inkscape:namedview><metadata/><title>a</title>"),
        svg(
            "<defs><linearGradient id='a'><stop/></linearGradient></defs><rect width='9' height='9' fill='url(#a)'/>",
        ),
        svg("<g id='a'><rect width='3' height='3'/></g><use x:href='#a' x='5'/><use href='#nothing'/>"),
        svg(
            "<style>.a{fill:#fff;stroke-dasharray:none}</style><path class='a' d='M0 0h9' style='stroke-dasharray: none'/>",
        ),
        format!(
            "<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/a.dtd'>{}",
            svg("")
        ),
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 15 15'/>".into(),
    ] {
        let size = read(&text, &Limits::default()).unwrap().size();
        assert_eq!((size.width(), size.height()), (15.0, 15.0), "{text}");
    }
}

#[test]
fn what_is_no_icon_is_refused_with_the_reason() {
    let nested = |depth: usize| svg(&format!("{}{}", "<g>".repeat(depth), "</g>".repeat(depth)));
    for (text, reason) in [
        (String::new(), "is no SVG"),
        ("hello".into(), "is no SVG"),
        ("<html/>".into(), "first element"),
        ("<svg/>".into(), "first element"),
        (svg("<path"), "is no SVG"),
        (format!("<!DOCTYPE svg [<!ENTITY a 'b'>]>{}", svg("&a;")), "entities"),
        (svg("<image href='a.png'/>"), "\"image\""),
        (svg("<image x:href='file:///etc/passwd'/>"), "\"image\""),
        (svg("<text>a</text>"), "\"text\""),
        (svg("<filter id='a'/>"), "\"filter\""),
        (svg("<use href='other.svg#a'/>"), "not in the file"),
        (svg("<use x:href='http://127.0.0.1:1/a.svg#a'/>"), "not in the file"),
        (svg("<path fill='url(other.svg#a)'/>"), "not in the file"),
        (svg("<path style='mask: url(\"https://example.org/a#b\")'/>"), "not in the file"),
        (svg("<style>@import 'a.css';</style>"), "style sheet"),
        (svg("<style>.a{fill:url(#b)}</style>"), "style sheet"),
        (svg("<path stroke-dasharray='0.0001'/>"), "dashed"),
        (svg("<path style='stroke-dasharray:0.001 1'/>"), "dashed"),
        (nested(100), "nested more than 64 deep"),
        (nested(5_000), "nested"),
        (nested(20_000), "n"),
        (svg(&"<g/>".repeat(2_000)), "more than 1000 elements"),
        (svg(&"<g/>".repeat(60_000)), "is no SVG"),
        (svg("<g id='a'><use href='#a'/></g>"), "refers to itself"),
        (svg("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"), "refers to itself"),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='100000' height='5'/>".into(), "100000 × 5"),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='1e30' height='1e30'/>".into(), ""),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='0' height='5'/>".into(), ""),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='-1' height='NaN'/>".into(), ""),
        ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 257 1'/>".into(), "257 × 1"),
    ] {
        let shown: String = text.chars().take(120).collect();
        assert!(refused(&text).contains(reason), "{shown}: {}", refused(&text));
    }
}

#[test]
fn a_short_file_cannot_stand_for_a_large_drawing() {
    // Each group shows the one before ten times: ten to the twelfth in all.
    let mut laughs = String::from("<g id='g0'><path d='M0 0h1'/></g>");
    for level in 1..=12 {
        let uses = format!("<use href='#g{}'/>", level - 1).repeat(10);
        laughs += &format!("<g id='g{level}'>{uses}</g>");
    }
    assert!(refused(&svg(&laughs)).contains("more than 1000 elements"));
    let mut masks = String::from("<mask id='m0'><path d='M0 0h1'/></mask>");
    for level in 1..=12 {
        let masked = format!("<rect mask='url( #m{} )'/>", level - 1).repeat(10);
        masks += &format!("<mask id='m{level}'>{masked}</mask>");
    }
    assert!(refused(&svg(&masks)).contains("more than 1000 elements"));
}
