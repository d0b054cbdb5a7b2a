#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checklist/run.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"

// A filled checklist as text for a terminal, Markdown, HTML and JSON. Pure. What a service has
// written goes into it: it is bounded, and stripped and escaped for where it goes.
namespace apilab::cli::checklist {

/// What is shown of one text; the rest is left out with ` ...`.
constexpr std::size_t text_shown_max = 600;
/// What is shown of an item's evidence; the rest is counted.
constexpr std::size_t evidence_shown_max = 20;

/// How many of what; only of what was asked about.
struct Summary {
    /// Items that a rule answers, but for those that do not apply.
    std::size_t automatic = 0;
    std::size_t pass = 0;
    std::size_t fail = 0;
    std::size_t untested = 0;
    /// Items that ask a person, but for those that do not apply.
    std::size_t questions = 0;
    std::size_t answered = 0;
    std::size_t not_applicable = 0;
};
[[nodiscard]] Summary summary_of(const std::vector<Line>& lines);
/// `of 93 automatic items 87 pass, 2 fail, 4 were not tested; of 14 questions 9 are answered; 5
/// items do not apply`.
[[nodiscard]] std::string sentence_of(const Summary& summary);
/// `verdict_failed` where an item fails, `verdict_unknown` where none fails and an automatic one
/// was not tested, else `success`. Open questions change nothing: nobody can answer them in a
/// pipeline.
[[nodiscard]] ExitCode exit_code_of(const Summary& summary);

/// What a report says of an episode.
struct EpisodeNote {
    std::string id;
    /// Empty: it ran as planned.
    std::string trouble;
    /// Where its journal is; may be empty.
    std::string kept;
};

struct Report {
    /// The manifest's `name`.
    std::string name;
    std::uint64_t seed = 1;
    std::vector<EpisodeNote> episodes;
    std::vector<Line> lines;
};
[[nodiscard]] Report report_of(const Observed& seen, std::vector<Line> lines, std::uint64_t seed);

/// A table for each group. `verbose`: all evidence, else the first of each item.
[[nodiscard]] std::string report_text(const Report& report, const Terminal& terminal, bool verbose);
/// What to type or to write next, a line each; empty: nothing. `against`: what was run, `.` is the
/// folder one is in. `nothing_ran`: no episode was run although items ask for one.
[[nodiscard]] std::string next_steps(const Report& report, std::string_view against,
                                     bool nothing_ran);
/// Fit for a pull request: nothing in it calls people or runs.
[[nodiscard]] std::string report_markdown(const Report& report);
/// One file without anything from elsewhere, for light and dark, wide and narrow.
[[nodiscard]] std::string report_html(const Report& report);
/// One document, `"version": 1`.
[[nodiscard]] std::string report_json(const Report& report);

/// What `checklist init --json` says.
[[nodiscard]] std::string created_json(std::string_view file);

/// The text on one line: control characters and those that change the direction of writing become
/// blanks, bytes that are no UTF-8 become `?`; at most `text_shown_max` bytes of it.
[[nodiscard]] std::string plain(std::string_view text);
/// What a table says of an item whose questions stand below it.
[[nodiscard]] std::string_view sentence_below(const Line& line);
/// Of `rows 1, 2` and such, with what kind it is: `check flaky RTY-03`.
[[nodiscard]] std::string words_of(const Evidence& evidence);

}  // namespace apilab::cli::checklist
