#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checklist/answer.hpp"
#include "checklist/observed.hpp"

// What answers each item of the checklist. Pure: a rule looks at what was observed and says what it
// saw. One file for each few groups; `rules_test` holds a case that passes and one that fails for
// each item that is not for a person alone.
namespace apilab::cli::checklist {

using Rule = Answer (*)(const Observed&);
struct ItemRule {
    /// `B07`.
    std::string_view item;
    Rule rule;
};

[[nodiscard]] std::span<const ItemRule> scope_rules();      // A
[[nodiscard]] std::span<const ItemRule> transport_rules();  // B
[[nodiscard]] std::span<const ItemRule> error_rules();      // C
[[nodiscard]] std::span<const ItemRule> write_rules();      // D
[[nodiscard]] std::span<const ItemRule> limit_rules();      // E
[[nodiscard]] std::span<const ItemRule> token_rules();      // F
[[nodiscard]] std::span<const ItemRule> secret_rules();     // G
[[nodiscard]] std::span<const ItemRule> webhook_rules();    // H
[[nodiscard]] std::span<const ItemRule> data_rules();       // I
[[nodiscard]] std::span<const ItemRule> operation_rules();  // J
[[nodiscard]] std::span<const ItemRule> delivery_rules();   // K

/// All of them, in the order of their ids.
[[nodiscard]] std::vector<ItemRule> all_rules();

// --- what rules are made of
// -------------------------------------------------------------------------

[[nodiscard]] Answer passes(std::string sentence, std::vector<Evidence> evidence);
[[nodiscard]] Answer fails(std::string sentence, std::vector<Evidence> evidence);
[[nodiscard]] Answer untested(std::string sentence);

/// What the sandbox's judge said of these checks in that episode: fails where one fails, passes
/// where at least one passes, else `untested`. Evidence: the check, and the rows of its witnesses.
[[nodiscard]] Answer judged(const Observed& seen, std::string_view episode,
                            std::initializer_list<std::string_view> checks);
/// The worst of them: `fail` before `untested` before `pass`; evidence of all that decided.
[[nodiscard]] Answer all_of(std::initializer_list<Answer> answers);
/// The first that is decided: `pass` or `fail`; else the first.
[[nodiscard]] Answer first_decided(std::initializer_list<Answer> answers);

[[nodiscard]] Evidence rows_of(const Episode& episode, std::span<const std::uint64_t> rows);
[[nodiscard]] Evidence line_in(std::string_view path, std::size_t line);
/// `integrations.toml:12` of a key (`line_of`).
[[nodiscard]] Evidence manifest_line(const Observed& seen, std::string_view key);
/// At most 200 bytes of it, without control characters.
[[nodiscard]] Evidence log_line(const Episode& episode, std::string_view line);

}  // namespace apilab::cli::checklist
