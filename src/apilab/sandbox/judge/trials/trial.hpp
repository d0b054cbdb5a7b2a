#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox::trials {

class Stage;

/// A small client written by hand: what it does to the providers on the stage. It shares no code
/// with the client library.
using Client = std::function<void(Stage& stage)>;

/// Who is on the stage: github, api, effects, foreign and oauth; or every provider.
enum class Providers : std::uint8_t { small, all };

/// A client with a fault of its own, which the check has to find.
struct Mutant {
    /// What it does wrong: "ignores the header".
    std::string name;
    Client client;
};

/// What shows that a check can tell right from wrong: under one scenario a client that passes,
/// those that fail, and (made by itself) one that does nothing, of which nothing can be said.
///
///     list.push_back({.check = "RL-01",
///                     .scenario = fault("{ status = 429, retry_after = \"3s\" }", "{ nth = 1 }"),
///                     .good = calling({}, gets(1)),
///                     .mutants = {{"ignores the header",
///                                  calling({.obeys_retry_after = false}, gets(1))}}});
struct Trial {
    std::string check;
    /// The lines of a scenario after its name.
    std::string scenario;
    Client good;
    std::vector<Mutant> mutants;
    JudgeOptions options = {};
    /// Which of several trials of a check it is: "a date"; may be empty.
    std::string about = {};
    Providers providers = Providers::small;
};

/// Every trial there is, in the order of reports. Made once.
[[nodiscard]] const std::vector<Trial>& all_trials();

/// What the judge said of one client in one trial.
struct MatrixRow {
    std::string check;
    std::string about;
    /// "good", "nobody" or what the mutant does.
    std::string client;
    /// What the check is for: pass of the good one, fail of a mutant, unknown of nobody.
    Verdict expected = Verdict::unknown;
    Finding finding;
    [[nodiscard]] bool as_expected() const { return finding.verdict == expected; }
};

/// Plays every trial (of one check, where `check` is not empty) under virtual time: the same rows
/// every time. Takes some milliseconds a client.
[[nodiscard]] std::vector<MatrixRow> play_matrix(std::string_view check = {});

/// A line a row, for a terminal.
[[nodiscard]] std::string matrix_text(const std::vector<MatrixRow>& rows);
/// `{"version": 1, "rows": [{"check", "about", "client", "expected", "verdict", "reason",
/// "warning", "sentence", "rows"}], "unexpected": n}`.
[[nodiscard]] std::string matrix_json(const std::vector<MatrixRow>& rows);
/// A section a check, for docs/judge-matrix.md.
[[nodiscard]] std::string matrix_markdown(const std::vector<MatrixRow>& rows);

}  // namespace apilab::sandbox::trials
