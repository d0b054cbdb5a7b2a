#include "learn/course.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <tuple>

#include "suggestion.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;

namespace {

constexpr int days = 14;

// The comment lines a file begins with.
std::string opening_comment(const fs::path& file) {
    std::ifstream in(file);
    std::string text;
    for (std::string line; std::getline(in, line) && line.starts_with("//");) {
        text += line.substr(line.starts_with("// ") ? 3 : 2) + "\n";
    }
    return text;
}

// For who has never started.
constexpr std::string_view first_program = "day01_first_call";

// What stands in quotes behind `.scenario = ` of a program.
std::string scenario_of(const fs::path& file) {
    constexpr std::string_view mark = ".scenario = \"";
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (const auto at = line.find(mark); at != std::string::npos) {
            const auto begin = at + mark.size();
            return line.substr(begin, line.find('"', begin) - begin);
        }
    }
    return {};
}

// Where the program stands on its day's page: behind those that come before it. Those that the page
// does not have come last.
std::size_t place_on_page(const Lesson& lesson) {
    const auto heading = fmt::format("## `{}`", lesson.name);
    std::ifstream in(lesson.page);
    std::size_t place = 0;
    for (std::string line; std::getline(in, line) && !line.starts_with(heading);) {
        ++place;
    }
    return in ? place : std::numeric_limits<std::size_t>::max();
}

// `day02_sessions` is of day 2; 0 for what is not a program of the path.
int day_of(std::string_view name) {
    if (name.size() < 6 || !name.starts_with("day") || name[5] != '_') {
        return 0;
    }
    const int tens = name[3] - '0';
    const int ones = name[4] - '0';
    const bool digits = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    const int day = 10 * tens + ones;
    return digits && day <= days ? day : 0;
}

Lesson make_lesson(const fs::path& checkout, const fs::path& program, int day) {
    Lesson lesson;
    lesson.name = program.stem().string();
    lesson.day = day;
    lesson.comment = opening_comment(program);
    lesson.title = lesson.comment.substr(0, lesson.comment.find('\n'));
    lesson.scenario = scenario_of(program);
    lesson.program = program;
    lesson.mine = checkout / "my" / program.filename();
    lesson.starter = program.parent_path() / "starters" / program.filename();
    lesson.hints = program.parent_path() / "hints" / (lesson.name + ".toml");
    lesson.page = checkout / "docs" / "days" / fmt::format("day-{:02}.md", day);
    lesson.place = place_on_page(lesson);
    return lesson;
}

// What to do about a word that is no program: those it may have meant, or where they stand.
std::string instead_of(std::string_view word, const std::vector<Lesson>& lessons,
                       const std::vector<const Lesson*>& fitting) {
    std::string meant;
    for (const Lesson* lesson : fitting) {
        meant += (meant.empty() ? "" : " or ") + lesson->name;
    }
    if (word.empty() || fitting.empty() || fitting.size() > 4) {
        std::vector<std::string> names;
        for (const Lesson& lesson : lessons) {
            names.push_back(lesson.name);
        }
        meant = closest(word, names);
    }
    return fmt::format("{}{}a day is 1 to {} or a program's name; ./lab learn list has them", meant,
                       meant.empty() ? "" : "? ", days);
}

}  // namespace

Result<fs::path> find_checkout(const fs::path& start) {
    for (fs::path place = start;; place = place.parent_path()) {
        if (fs::exists(place / "src" / "exercises" / "exercise.hpp") && fs::exists(place / "lab")) {
            return place;
        }
        if (place == place.root_path() || place.empty()) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("no checkout of apilab at or above {}", start.string()))
                            .with_remedy("work in the folder that holds ./lab"));
        }
    }
}

std::vector<Lesson> find_lessons(const fs::path& checkout) {
    std::vector<Lesson> lessons;
    for (const auto& entry : fs::directory_iterator(checkout / "src" / "exercises")) {
        const int day = day_of(entry.path().stem().string());
        if (day != 0 && entry.path().extension() == ".cpp") {
            lessons.push_back(make_lesson(checkout, entry.path(), day));
        }
    }
    std::ranges::sort(lessons, {}, [](const Lesson& lesson) {
        return std::tuple(lesson.day, lesson.name != first_program, !lesson.has_starter(),
                          lesson.place, lesson.name);
    });
    return lessons;
}

Result<Lesson> pick_lesson(const std::vector<Lesson>& lessons, std::string_view word) {
    std::vector<const Lesson*> fitting;
    const auto digits = word.starts_with("day") ? word.substr(3) : word;
    const bool number = !digits.empty() && digits.size() <= 2 &&
                        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    const int day = number ? std::stoi(std::string(digits)) : 0;
    for (const Lesson& lesson : lessons) {
        // A day is its core program, where it has one.
        if (lesson.name == word || (lesson.day == day && lesson.name != first_program)) {
            return lesson;
        }
        if (lesson.name.starts_with(word) || lesson.name.substr(6).starts_with(word)) {
            fitting.push_back(&lesson);
        }
    }
    if (fitting.size() == 1 && !word.empty()) {
        return *fitting.front();
    }
    return fail(Error(ErrorKind::invalid_argument, fmt::format("no program '{}'", word))
                    .with_remedy(instead_of(word, lessons, fitting)));
}

Result<Hints> read_hints(const Lesson& lesson) {
    if (!fs::exists(lesson.hints)) {
        return fail(ErrorKind::invalid_argument, lesson.name + " has no hints");
    }
    try {
        const auto table = toml::parse_file(lesson.hints.string());
        Hints hints;
        for (const auto key : hint_steps) {
            const auto text = table[key].value<std::string>();
            if (!text || text->empty()) {
                return fail(ErrorKind::invalid_argument,
                            fmt::format("{}: /{} is missing", lesson.hints.string(), key));
            }
            hints.steps.push_back(*text);
        }
        if (const auto* checks = table["checks"].as_table()) {
            for (const auto& [id, text] : *checks) {
                hints.checks.emplace(id.str(), text.value_or(std::string()));
            }
        }
        return hints;
    } catch (const toml::parse_error& error) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{}: {}", lesson.hints.string(), error.description()));
    }
}

}  // namespace apilab::cli
