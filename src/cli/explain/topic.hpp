#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::cli {

/// One page of `apilab explain`, built from what is written once elsewhere: the judge's checks and
/// docs/topics/checks.toml, docs/integration-checklist.toml, docs/topics/concepts.toml and the
/// pages of docs/ it names, base/error.hpp, the table of exit codes.
struct Topic {
    /// `RL-01`, `B07`, `exit-9`, `error-timeout`, `retry-after`.
    std::string id;
    std::string title;
    /// Under which heading it is listed.
    std::string group;
    std::vector<std::string> aliases;
    /// Markdown.
    std::string text;
    /// Ids of checks, checklist items and topics that have to do with it.
    std::vector<std::string> checks;
    std::vector<std::string> checklist;
    std::vector<std::string> see;
    /// Of the path; 0: none.
    int day = 0;
};

/// All of them, by group. Errors (`internal`): an embedded file that cannot be read.
[[nodiscard]] Result<std::vector<Topic>> all_topics();

/// By id or alias, capitals as small; null where there is none.
[[nodiscard]] const Topic* find_topic(const std::vector<Topic>& topics, std::string_view name);

/// The id or alias that was probably meant; empty: none is close.
[[nodiscard]] std::string closest_topic(const std::vector<Topic>& topics, std::string_view name);

/// For each source: adds its topics.
[[nodiscard]] Result<void> add_check_topics(std::vector<Topic>& topics);
[[nodiscard]] Result<void> add_checklist_topics(std::vector<Topic>& topics);
[[nodiscard]] Result<void> add_concept_topics(std::vector<Topic>& topics);
void add_exit_code_topics(std::vector<Topic>& topics);
void add_error_topics(std::vector<Topic>& topics);

}  // namespace apilab::cli
