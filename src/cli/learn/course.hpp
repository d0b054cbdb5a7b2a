#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::cli {

/// One program of the path, as its files in the checkout tell it.
struct Lesson {
    /// `day02_sessions`.
    std::string name;
    int day = 0;
    /// The first line of the program's comment: `Day 2: one session, one order each`.
    std::string title;
    /// What it is judged by: `day02-sessions`, as the program itself says.
    std::string scenario;
    /// The whole opening comment, without its slashes.
    std::string comment;
    std::filesystem::path program;
    /// Where a learner's own copy is or would be: `my/day02_sessions.cpp`.
    std::filesystem::path mine;
    /// May be absent: extras have no starter.
    std::filesystem::path starter;
    std::filesystem::path hints;
    std::filesystem::path page;
    /// Orders the programs of a day as their page does.
    std::size_t place = 0;

    /// A core program has a starter; the others are there to be run and read.
    [[nodiscard]] bool has_starter() const { return std::filesystem::exists(starter); }
};

/// The checkout that a learner works in: the folder with `src/exercises`, from `start` upwards.
/// Error: `invalid_argument` with what to do.
[[nodiscard]] Result<std::filesystem::path> find_checkout(const std::filesystem::path& start);

/// Every program of a checkout, in the order of the days, core programs first, the others as on
/// their day's page; before all of them the one for who has never started.
[[nodiscard]] std::vector<Lesson> find_lessons(const std::filesystem::path& checkout);

/// The lesson that `word` means: a name, the beginning of one that only one has, or a day (`2`,
/// `day2`, `day02`: its core program). Error: `invalid_argument` with what it may have meant.
[[nodiscard]] Result<Lesson> pick_lesson(const std::vector<Lesson>& lessons, std::string_view word);

struct Hints {
    /// Symptom, mechanism, shape.
    std::vector<std::string> steps;
    /// What a red check of this program most often means, by its id.
    std::map<std::string, std::string> checks;
};
inline constexpr std::array<std::string_view, 3> hint_steps{"symptom", "mechanism", "shape"};

/// The hints of a lesson. Errors: `invalid_argument` where it has none or the file is broken.
[[nodiscard]] Result<Hints> read_hints(const Lesson& lesson);

}  // namespace apilab::cli
