//! Tidiness: rules about the sources and the documents that no compiler checks. Each test prints everything that breaks
//! its rule, with file and line.
//!
//! `source` reads the repository, `exceptions` are those of a rule; `shape`, `words`, `borders`, `statements`, `plans` and `codes` judge sources, `map` and
//! `documents` compare the documents with them.

#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/exceptions.rs"]
mod exceptions;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/words.rs"]
mod words;
#[path = "tidy/borders.rs"]
mod borders;
#[path = "tidy/statements.rs"]
mod statements;
#[path = "tidy/plans.rs"]
mod plans;
#[path = "tidy/codes.rs"]
mod codes;
#[path = "tidy/map.rs"]
mod map;
#[path = "tidy/places.rs"]
mod places;
#[path = "tidy/documents.rs"]
mod documents;

use source::{Repository, Violation};

#[track_caller]
fn check(rule: impl Fn(&Repository) -> Vec<Violation>) {
    let violations = rule(&Repository::read());
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(violations.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn no_file_is_longer_than_500_lines_before_its_tests() {
    check(shape::short_files);
}

#[test]
fn every_module_says_first_what_it_is() {
    check(shape::module_comments);
}

#[test]
fn no_type_or_module_is_called_manager_helper_or_the_like() {
    check(words::names);
}

#[test]
fn nothing_is_left_for_later() {
    check(words::left_for_later);
}

#[test]
fn the_core_knows_no_outside_world() {
    check(borders::pure_core);
}

#[test]
fn the_simulator_does_not_know_the_core() {
    check(borders::independent_simulator);
}

#[test]
fn only_the_store_speaks_sql() {
    check(borders::sql_in_store);
}

#[test]
fn only_app_http_and_store_spawn() {
    check(borders::spawning);
}

#[test]
fn only_clock_asks_the_machine_for_the_time() {
    check(borders::clock);
}

#[test]
fn only_the_translator_plans_deliveries() {
    check(borders::planning);
}

#[test]
fn no_door_calls_a_remote_system() {
    check(borders::quiet_doors);
}

#[test]
fn every_statement_on_a_tenants_table_names_the_tenant() {
    check(statements::name_the_tenant);
}

#[test]
fn whoever_reads_all_rows_says_how_many_at_the_most() {
    check(statements::have_a_limit);
}

#[tokio::test]
async fn no_statement_goes_through_all_rows_of_a_tenant() {
    let violations = plans::no_walks(&Repository::read()).await.unwrap();
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(violations.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn a_statement_about_open_deliveries_uses_their_index() {
    check(statements::use_the_index_of_open_deliveries);
}

#[test]
fn every_code_in_the_sources_is_listed() {
    check(codes::listed);
}

#[test]
fn modules_import_only_what_the_table_in_architecture_md_allows() {
    check(map::imports);
}

#[test]
fn the_code_map_names_every_module_and_no_other() {
    check(map::modules);
}

#[test]
fn every_place_of_a_rig_stands_in_one_line_of_the_sources() {
    check(places::places);
}

#[test]
fn every_planted_bug_stands_in_one_line_of_the_sources() {
    check(places::bugs);
}

#[test]
fn without_their_features_places_and_bugs_are_nothing() {
    check(places::nothing_is_left);
}

#[test]
fn every_configuration_key_is_documented_with_its_default() {
    check(documents::configuration);
}

#[test]
fn every_code_is_documented_with_sentence_cause_and_repair() {
    check(documents::errors);
}

#[test]
fn every_relative_link_leads_to_a_file() {
    check(documents::links);
}

#[test]
fn nothing_mentions_a_path_outside_the_repository() {
    check(documents::outside_paths);
}
