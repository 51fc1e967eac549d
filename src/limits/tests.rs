//! The table as agreed, and as it is documented.

use super::*;

#[test]
fn the_whole_table_is_as_agreed() {
    let rows = Limits::default().list();
    let rows = rows.iter().map(|row| {
        let value = row.value.map_or("unlimited".into(), |value| value.to_string());
        format!("{} {} {} {}", row.name, value, row.unit, row.beyond)
    });
    insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
    connections 4096 count closed
    connections_per_client 256 count closed
    head_fields 64 count 431
    head_bytes 32768 bytes 431
    head_time 5000 ms closed
    write_time 20000 ms closed
    answer_time 300000 ms closed
    download_answer_time 3600000 ms closed
    uri_bytes 16384 bytes 414
    parameter_bytes 8192 bytes 400
    parameters 64 count 400
    filter_bytes 1048576 bytes 400
    filter_depth 32 count 400
    filter_nodes 2000 count 400
    filter_items 1000 count 400
    filter_vertices 10000 count 400
    filter_parts 1000 count 400
    filter_comparisons 300000000 count 400
    filter_crossings 1000 count 400
    filter_segment_pairs 1000000 count 400
    sort_columns 16 count 400
    search_terms 16 count 400
    page_default 100 count lowered
    page_maximum 10000 count lowered
    request_memory 536870912 bytes 413
    aggregate_groups 10000 count 413
    spreadsheet_bytes 16777216 bytes 413
    aggregate_columns 16 count 400
    api_collections 100 count left out
    tile_collections 16 count 400
    style_collections 64 count 400
    tile_zoom 22 zoom 404
    tile_features 50000 count thinned
    tile_bytes 2097152 bytes thinned
    tile_time 3000 ms 504
    sprite_ids 8 count 400
    sprite_icons 2000 count 400
    sprite_sheet_pixels 4194304 count 400
    sprite_bytes 16777216 bytes left out
    sprite_icon_bytes 65536 bytes left out
    sprite_icon_size 256 count left out
    font_stack 8 count 400
    font_files 200 count left out
    font_bytes 134217728 bytes left out
    map_files_bytes 33554432 bytes left out
    body_bytes 2097152 bytes 413
    body_time 15000 ms 408
    planning_time 20000 ms 504
    planning_distance 20000 m 400
    planning_places 1000 count 400
    planning_bands 10 count 400
    planning_collections 16 count 400
    planning_changes 1000 count 400
    planning_vertices 2000 count 400
    planning_nearest 50 count 400
    planning_sites 10 count 400
    planning_candidates 60000 count 400
    planning_pairs 64000000 count 400
    planning_ways 250000 count 400
    planning_searches 500 count 400
    planning_samples 1000000 count lowered
    planning_kinds 50 count left out
    warning_ids 50 count left out
    search_letters 200 count 400
    search_hits 50 count lowered
    results_bytes 134217728 bytes 404
    derived_bytes 536870912 bytes 503
    download_time 120000 ms 504
    spool_bytes 2147483648 bytes 413
    kept_downloads_bytes 1073741824 bytes left out
    request_time 6000 ms 504
    requests_per_second 0 count 429
    planning_per_second 0 count 429
    tiles_at_once 64 count 503
    tiles_waiting 128 count 503
    requests_at_once 32 count 503
    requests_waiting 64 count 503
    planning_at_once 2 count 503
    planning_waiting 32 count 503
    change_clients 1000 count 503
    downloads_at_once 4 count 503
    downloads_waiting 16 count 503
    places_per_client 50 % 429
    direct_connections_at_once 16 count 503
    direct_wait 500 ms 503
    direct_statement_time 5000 ms 504
    direct_count_time 100 ms left out
    direct_answer_time 60000 ms closed
    drain_notice 1000 ms closed
    drain_time 25000 ms closed
    ");
}

#[test]
fn the_page_for_operators_has_the_whole_table() {
    let row = |row: Listed| {
        let value = row.value.map_or("–".into(), |value| value.to_string());
        format!("| `{}` | {value} {} | {} | {} |", row.name, row.unit, row.beyond, row.description)
    };
    let rows: Vec<String> = Limits::default().list().into_iter().map(row).collect();
    assert!(
        include_str!("../../docs/operations.md").contains(&rows.join("\n")),
        "it should be\n{}",
        rows.join("\n")
    );
}

#[test]
fn every_default_may_be_configured_and_its_neighbours_beyond_the_range_may_not() {
    for limit in table() {
        let mut limits = Limits::default();
        let (least, most) = (*limit.allowed.start(), *limit.allowed.end());
        assert!(limit.default == u64::MAX || limit.allowed.contains(&limit.default), "{}", limit.name);
        for number in [least, most] {
            assert!(limit.set(&mut limits, number), "{} {number}", limit.name);
            assert_eq!((limit.get)(&limits), number, "{}", limit.name);
        }
        assert!(!limit.set(&mut limits, most + 1), "{}", limit.name);
        assert!(least == 0 || !limit.set(&mut limits, least - 1), "{}", limit.name);
        assert_eq!((limit.get)(&limits), most, "{}", limit.name);
    }
}

#[test]
fn what_happens_beyond_is_in_the_words_too() {
    for limit in table() {
        let words = limit.description;
        assert!(words.ends_with('.') && !words.contains("  "), "{words}");
        if let (Beyond::Status(status), false) = (limit.beyond, limit.name.ends_with("_at_once")) {
            assert!(words.contains(&status.to_string()), "{}: {words}", limit.name);
        }
    }
}

#[test]
fn without_thinning_nothing_thins_and_the_rest_stays() {
    let lifted = Limits::default().without_thinning();
    for (row, before) in lifted.list().iter().zip(Limits::default().list()) {
        match row.beyond {
            Beyond::Thin => assert_eq!(row.value, None, "{}", row.name),
            _ => assert_eq!(*row, before),
        }
    }
}
