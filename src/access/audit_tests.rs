//! Tests of the lines of the record.

use proptest::prelude::*;

use super::*;

/// Lines, of which those at these places begin a segment, named by the place.
fn record(number: usize, begins: &[usize]) -> Vec<String> {
    let mut before = BEGINNING.to_owned();
    let mut lines = vec![];
    for at in 0..number {
        let segment = begins.contains(&at).then(|| at.to_string());
        let entry = Entry { count: Some(at as u64), segment, ..Entry::now(What::Denied, "items") };
        let line = entry.line(&before).unwrap();
        before = hash(line.as_bytes());
        lines.push(line);
    }
    lines
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

#[test]
fn a_record_is_whole_and_goes_on_in_the_next_segment() {
    let lines = record(10, &[0, 4]);
    let first = verify("0", &text(&lines[..4]), Some(BEGINNING)).unwrap();
    let second = verify("4", &text(&lines[4..]), Some(&first.last)).unwrap();
    assert_eq!((first.lines.len(), second.lines.len()), (4, 6));
    assert_eq!((&second.before, &second.end), (&first.last, &None));
    assert_eq!(verify("4", &text(&lines[4..]), None).unwrap(), second);
    assert_eq!(verify("4", &text(&lines[5..]), Some(&first.last)).unwrap_err().line, 1);
    // Also where the segment before was deleted, the first lines are not taken out unseen.
    assert_eq!(verify("4", &text(&lines[5..]), None).unwrap_err().line, 1);
    assert_eq!(verify("5", &text(&lines[4..]), None).unwrap_err().line, 1);
    // Nor does the first line move to the end of the segment before.
    assert_eq!(verify("0", &text(&lines[..5]), Some(BEGINNING)).unwrap_err().line, 5);
}

#[test]
fn a_torn_line_is_borne_only_where_the_next_records_it() {
    let lines = record(3, &[0]);
    let whole = text(&lines);
    for kept in [1, 2, 9, lines[2].len()] {
        let torn = &whole[..whole.len() - lines[2].len() - 1 + kept];
        let found = verify("0", torn, Some(BEGINNING)).unwrap();
        assert_eq!(found.end.map(|end| end.line), Some(3), "{kept}");
        let next = |what, before: &[u8]| Entry::now(what, "").line(&hash(before)).unwrap() + "\n";
        let own = &lines[2].as_bytes()[..kept];
        let with = |line: String| verify("0", &[torn, b"\n", line.as_bytes()].concat(), Some(BEGINNING));
        let recorded = next(What::Torn, own);
        let found = with(recorded.clone()).unwrap();
        assert!(found.end.is_none() && found.last == hash(recorded.trim_end().as_bytes()));
        if kept < lines[2].len() {
            assert_eq!(found.torn, 1);
            assert_eq!(with(next(What::Denied, own)).unwrap_err().line, 3);
            assert_eq!(with("x\n".to_owned()).unwrap_err().line, 3);
        }
        assert_eq!(with(next(What::Torn, b"x")).unwrap_err().line, 4);
    }
}

proptest! {
    #[test]
    fn no_line_but_the_last_is_changed_taken_out_or_moved_unseen(
        at in 0usize..9, byte in any::<prop::sample::Index>(), bit in 0u8..8, other in 0usize..10,
        is_oldest in any::<bool>(),
    ) {
        let lines = record(10, &[0]);
        let before = (!is_oldest).then_some(BEGINNING);
        let is_whole = |text: &[u8]| verify("0", text, before).is_ok_and(|segment| segment.end.is_none());
        prop_assert!(is_whole(&text(&lines)));
        let mut changed: Vec<Vec<u8>> = lines.iter().map(|line| line.clone().into_bytes()).collect();
        let place = byte.index(changed[at].len());
        changed[at][place] ^= 1 << bit;
        let changed: Vec<u8> = changed.join(&b'\n').into_iter().chain([b'\n']).collect();
        prop_assert!(!is_whole(&changed));
        let mut fewer = lines.clone();
        fewer.remove(at);
        prop_assert!(!is_whole(&text(&fewer)));
        let mut moved = lines.clone();
        moved.swap(at, other);
        prop_assert!(at == other || !is_whole(&text(&moved)));
    }
}
